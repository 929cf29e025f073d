//! A large neighbourhood search over runs: strings of neighbouring visits are removed (Christiaens & Vanden Berghe 2020), then
//! people are put back where they cost least, split where a run has no room for all of them, at falling temperatures.
//!
//! Whoever has no seat in the plan rides a line or stays behind at the group's price; there is no infeasible plan.

use std::collections::BTreeSet;
use std::rc::Rc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::instance::{Instance, Origin};
use super::pace::Pace;
use super::routes::{Route, Visit};

/// A complete plan of a part.
#[derive(Clone, Debug)]
pub(super) struct Solution {
    pub routes: Vec<Rc<Route>>,
    /// By group: people in no run.
    pub absent: Vec<i32>,
    /// Units: runs, walking, lines, people left behind.
    pub cost: i64,
}

/// Runs worth a column, in order of their contents.
pub(super) type Pool = BTreeSet<(Origin, usize, Vec<Visit>)>;

/// The search in one part.
pub(super) struct Search<'a> {
    pub instance: &'a Instance,
    pub rng: ChaCha8Rng,
    pub current: Solution,
    pub best: Solution,
    /// By kind: runs in the current plan.
    pub runs_of_kind: Vec<i32>,
    /// By node: all stops, the nearest first.
    pub near: Vec<Vec<usize>>,
    /// Of all kinds, units per metre and per second: a detour costs no less.
    pub cheapest_rates: [i64; 2],
    /// Runs of good plans.
    pub pool: Pool,
}

const MOST_IN_POOL: usize = 20_000;
/// A round of the search is so much work.
const WORK_PER_ROUND: f64 = 0.1;

impl Solution {
    pub fn empty(instance: &Instance) -> Self {
        let absent: Vec<i32> = instance.groups.iter().map(|group| group.people).collect();
        let mut solution = Self { routes: Vec::new(), absent, cost: 0 };
        solution.cost = solution.recounted(instance);
        solution
    }

    pub fn recounted(&self, instance: &Instance) -> i64 {
        let runs: i64 = self.routes.iter().map(|route| route.cost + walking(instance, &route.visits)).sum();
        let absent = self.absent.iter().enumerate().map(|(group, &people)| absence(instance, group, people));
        runs + absent.sum::<i64>()
    }
}

/// What so many of a group cost who are in no run.
pub(super) fn absence(instance: &Instance, group: usize, people: i32) -> i64 {
    let data = &instance.groups[group];
    let riders = people.min(data.line.1);
    i64::from(riders) * data.line.0 + i64::from(people - riders) * data.left_behind
}

/// What the walk to all stops of a run costs.
pub(super) fn walking(instance: &Instance, visits: &[Visit]) -> i64 {
    let walk = |visit: &Visit| {
        let stops = &instance.groups[visit.group as usize].stops;
        let stop = stops.iter().find(|stop| stop.0 == visit.node as usize).expect("groups use their stops only");
        stop.1 * i64::from(visit.people)
    };
    visits.iter().map(walk).sum()
}

impl<'a> Search<'a> {
    pub fn new(instance: &'a Instance, seed: u64) -> Self {
        let empty = Solution::empty(instance);
        let between =
            |one: usize, other: usize| i64::from(instance.metres(one, other)) + i64::from(instance.metres(other, one));
        let near = (0..instance.nodes())
            .map(|node| {
                let mut others: Vec<usize> = instance.stop_nodes().collect();
                others.sort_by_key(|&other| (between(node, other), other));
                others
            })
            .collect();
        Self {
            instance,
            rng: ChaCha8Rng::seed_from_u64(seed),
            runs_of_kind: vec![0; instance.kinds.len()],
            current: empty.clone(),
            best: empty,
            near,
            cheapest_rates: [
                instance.kinds.iter().map(|kind| kind.per_metre).min().unwrap_or(0),
                instance.kinds.iter().map(|kind| kind.per_second).min().unwrap_or(0),
            ],
            pool: Pool::new(),
        }
    }

    /// Searches on from the best plan until this share of the budget is used up or a plan costs no more than `target`.
    pub fn improve(&mut self, pace: &Pace<'_>, until: f64, target: i64) {
        let begin = pace.share();
        if self.instance.kinds.is_empty() || begin >= until {
            return;
        }
        self.take(self.best.clone());
        if self.best.routes.is_empty() {
            self.repair();
            self.remember();
        }
        let mut share = begin;
        let mut rounds = 0_u64;
        while share < until && self.best.cost > target {
            let progress = (share - begin) / (until - begin);
            let hot = 0.03 * self.best.cost as f64 / self.best.routes.len().max(1) as f64;
            let temperature = hot * 0.01_f64.powf(progress);
            let before = self.current.clone();
            let kinds_before = self.runs_of_kind.clone();
            self.ruin();
            self.repair();
            let chance: f64 = self.rng.random_range(1e-9..1.0);
            let is_accepted = ((self.current.cost - before.cost) as f64) < -temperature * chance.ln();
            if is_accepted {
                self.remember();
            } else {
                self.current = before;
                self.runs_of_kind = kinds_before;
            }
            rounds += 1;
            pace.count(WORK_PER_ROUND);
            if rounds.is_multiple_of(16) || pace.work_limit.is_some() {
                share = pace.share();
            }
            if rounds.is_multiple_of(64) && self.pool.len() < MOST_IN_POOL {
                self.keep_routes_of_current();
            }
        }
        self.take(self.best.clone());
        self.keep_routes_of_current();
    }

    /// Goes on from this plan.
    pub fn take(&mut self, solution: Solution) {
        self.runs_of_kind = vec![0; self.instance.kinds.len()];
        solution.routes.iter().for_each(|route| self.runs_of_kind[route.kind] += 1);
        self.current = solution;
        self.current.cost = self.current.recounted(self.instance);
        self.remember();
    }

    /// Makes a plan of these routes: whoever is served more than once stays in the first, everybody else is put in where it
    /// costs least.
    pub fn combine(&mut self, routes: &[(Origin, usize, Vec<Visit>)]) {
        let mut solution = Solution::empty(self.instance);
        for (origin, kind, visits) in routes {
            let (mut kept, mut absent) = (Vec::new(), solution.absent.clone());
            for &visit in visits {
                let absent = &mut absent[visit.group as usize];
                let people = visit.people.min(*absent);
                *absent -= people;
                if people > 0 {
                    kept.push(Visit { people, ..visit });
                }
            }
            // Fewer people at fewer calls keep every limit that more kept; but prices know the least luggage alone, so that a
            // column may have more of it than room. Whoever was on that waits to be put in.
            let origin = origin.as_wanted(self.instance, &kept);
            let route = Route::new(self.instance, origin, *kind, kept).filter(|route| !route.visits.is_empty());
            if let Some(route) = route {
                solution.absent = absent;
                solution.routes.push(Rc::new(route));
            }
        }
        self.take(solution);
        self.repair();
        self.remember();
    }

    fn remember(&mut self) {
        if self.current.cost < self.best.cost {
            self.best = self.current.clone();
            self.keep_routes_of_current();
        }
    }

    fn keep_routes_of_current(&mut self) {
        for route in &self.current.routes {
            self.pool.insert((route.origin, route.kind, route.visits.clone()));
        }
    }
}
