//! A large neighbourhood search over runs: strings of neighbouring visits are removed (Christiaens & Vanden Berghe 2020), then
//! people are put back where they cost least, split where a run has no room for all of them, at falling temperatures.
//!
//! Whoever has no seat in the plan rides a line or stays behind at the group's price; there is no infeasible plan.

use std::collections::BTreeSet;
use std::rc::Rc;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::instance::{Instance, Origin};
use super::pace::Pace;
use super::routes::{Route, Shape, Visit};

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

/// Where some of a group could go, and what that changes.
#[derive(Clone, Copy, Debug)]
struct Choice {
    /// `None`: a run of their own.
    route: Option<usize>,
    origin: Origin,
    kind: usize,
    position: usize,
    node: usize,
    people: i32,
    delta: i64,
}

/// The search in one part.
pub(super) struct Search<'a> {
    instance: &'a Instance,
    rng: ChaCha8Rng,
    current: Solution,
    pub best: Solution,
    /// By kind: runs in the current plan.
    runs_of_kind: Vec<i32>,
    /// By node: all stops, the nearest first.
    near: Vec<Vec<usize>>,
    /// Of all kinds, units per metre and per second: a detour costs no less.
    cheapest_rates: [i64; 2],
    /// Runs of good plans.
    pub pool: Pool,
}

const LONGEST_STRING: usize = 10;
const REMOVED_ON_AVERAGE: f64 = 10.0;
const BLINK: f64 = 0.01;
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

    fn recounted(&self, instance: &Instance) -> i64 {
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
            let route = Route::new(self.instance, *origin, *kind, kept).filter(|route| !route.visits.is_empty());
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

    fn ruin(&mut self) {
        let routes = self.current.routes.len();
        if routes == 0 {
            return;
        }
        let stops = self.instance.stop_nodes();
        let seed = self.rng.random_range(stops);
        let dice = self.rng.random_range(0..100);
        let mut removed: Vec<(usize, BTreeSet<usize>)> = Vec::new();
        let visits: usize = self.current.routes.iter().map(|route| route.visits.len()).sum();
        if dice < 75 {
            let mean = visits as f64 / routes as f64;
            let longest = (LONGEST_STRING as f64).min(mean.max(1.0));
            let most_strings = 4.0 * REMOVED_ON_AVERAGE / (1.0 + longest) - 1.0;
            let strings = self.rng.random_range(1.0..most_strings.max(1.0) + 1.0) as usize;
            for &node in &self.near[seed] {
                if removed.len() >= strings {
                    break;
                }
                for (index, route) in self.current.routes.iter().enumerate() {
                    if removed.len() >= strings || removed.iter().any(|&(other, _)| other == index) {
                        continue;
                    }
                    let Some(at) = route.visits.iter().position(|visit| visit.node as usize == node) else { continue };
                    let most = longest.min(route.visits.len() as f64);
                    let length = self.rng.random_range(1.0..most + 1.0) as usize;
                    let earliest = (at + 1).saturating_sub(length);
                    let latest = at.min(route.visits.len() - length);
                    let start = self.rng.random_range(earliest..=latest);
                    removed.push((index, (start..start + length).collect()));
                }
            }
        } else if dice < 88 {
            // Whole runs that are near each other.
            let wanted = self.rng.random_range(1..=3).min(routes);
            for &node in &self.near[seed] {
                for (index, route) in self.current.routes.iter().enumerate() {
                    let visits_it = route.visits.iter().any(|visit| visit.node as usize == node);
                    if removed.len() < wanted && visits_it && removed.iter().all(|&(other, _)| other != index) {
                        removed.push((index, (0..route.visits.len()).collect()));
                    }
                }
            }
        } else {
            let wanted = self.rng.random_range(1..=(2.0 * REMOVED_ON_AVERAGE) as usize).min(visits);
            for _ in 0..wanted {
                let index = self.rng.random_range(0..routes);
                let at = self.rng.random_range(0..self.current.routes[index].visits.len());
                match removed.iter_mut().find(|(other, _)| *other == index) {
                    Some((_, positions)) => {
                        positions.insert(at);
                    }
                    None => removed.push((index, BTreeSet::from([at]))),
                }
            }
        }
        for (index, positions) in &removed {
            self.remove_visits(*index, positions);
        }
        self.drop_empty_routes();
    }

    fn remove_visits(&mut self, index: usize, positions: &BTreeSet<usize>) {
        let instance = self.instance;
        let old = Rc::clone(&self.current.routes[index]);
        let mut kept = Vec::with_capacity(old.visits.len());
        for (position, &visit) in old.visits.iter().enumerate() {
            if positions.contains(&position) {
                self.current.absent[visit.group as usize] += visit.people;
            } else {
                kept.push(visit);
            }
        }
        let hub = |visit: &Visit| instance.groups[visit.group as usize].hub;
        let serves = |wanted: usize| kept.iter().any(|visit| hub(visit) == wanted);
        let origin = match old.origin.second {
            Some(second) if !serves(second) => Origin { second: None, ..old.origin },
            Some(second) if !serves(old.origin.first) => Origin { first: second, second: None },
            _ => old.origin,
        };
        let shape = Shape::of(instance, origin, &kept);
        let (runs, own) = (&self.runs_of_kind, old.kind);
        let is_allowed = |kind: usize| kind == own || is_free(instance, runs, kind);
        let (cost, kind) = shape.best_kind(instance, is_allowed).expect("less fits where more did");
        self.runs_of_kind[own] -= 1;
        self.runs_of_kind[kind] += 1;
        self.current.routes[index] = Rc::new(Route { origin, kind, visits: kept, shape, cost });
    }

    fn drop_empty_routes(&mut self) {
        let runs = &mut self.runs_of_kind;
        self.current.routes.retain(|route| {
            runs[route.kind] -= i32::from(route.visits.is_empty());
            !route.visits.is_empty()
        });
    }

    /// Puts everybody back where it costs least, then recounts.
    fn repair(&mut self) {
        let instance = self.instance;
        let mut waiting: Vec<usize> =
            (0..instance.groups.len()).filter(|&group| self.current.absent[group] > 0).collect();
        waiting.shuffle(&mut self.rng);
        let from_hub = |group: usize| {
            let data = &instance.groups[group];
            data.stops.iter().map(|stop| instance.metres(data.hub, stop.0)).min().unwrap_or(0)
        };
        match self.rng.random_range(0..11) {
            0..4 => {}
            4..8 => waiting.sort_by_key(|&group| -self.current.absent[group]),
            8..10 => waiting.sort_by_key(|&group| -from_hub(group)),
            _ => waiting.sort_by_key(|&group| from_hub(group)),
        }
        for group in waiting {
            let mut waiting = self.current.absent[group];
            while waiting > 0 {
                let Some(choice) = self.choose(group, waiting) else { break };
                waiting -= choice.people;
                self.apply(group, choice);
            }
        }
        self.drop_what_does_not_pay();
        self.current.cost = self.current.recounted(instance);
    }

    /// Runs whose people cost less on lines or left behind.
    fn drop_what_does_not_pay(&mut self) {
        let instance = self.instance;
        for index in 0..self.current.routes.len() {
            let route = &self.current.routes[index];
            let mut change = -route.cost - walking(instance, &route.visits);
            let mut absent = self.current.absent.clone();
            for visit in &route.visits {
                let group = visit.group as usize;
                change -= absence(instance, group, absent[group]);
                absent[group] += visit.people;
                change += absence(instance, group, absent[group]);
            }
            if change < 0 {
                let everything = (0..route.visits.len()).collect();
                self.remove_visits(index, &everything);
            }
        }
        self.drop_empty_routes();
    }

    /// The best place for so many of a group, or for some of them; `None` if they had better stay absent.
    fn choose(&mut self, group: usize, people: i32) -> Option<Choice> {
        let (mut whole, mut part): (Option<Choice>, Option<Choice>) = (None, None);
        for index in 0..self.current.routes.len() {
            if self.rng.random_bool(BLINK) {
                continue;
            }
            if let Some(choice) = self.best_in_route(index, group, people) {
                if choice.people == people {
                    whole = whole.filter(|other| other.delta <= choice.delta).or(Some(choice));
                } else {
                    part = part.filter(|other| unit(other) <= unit(&choice)).or(Some(choice));
                }
            }
        }
        let of_their_own = self.run_of_their_own(group, people);
        let eagerness: f64 = self.rng.random_range(0.3..1.0);
        let whole = match (whole, of_their_own) {
            (Some(one), Some(other)) => Some(if one.delta <= other.delta { one } else { other }),
            (one, other) => one.or(other),
        };
        let choice = match (whole, part) {
            (Some(whole), Some(part)) if unit(&part) < eagerness * unit(&whole) => part,
            (Some(whole), _) => whole,
            (None, part) => part?,
        };
        // A new run is worth more than its first passengers: others may join.
        let share = if choice.route.is_none() {
            let full = f64::from(choice.people) / f64::from(self.instance.kinds[choice.kind].seats.max(1));
            self.rng.random_range(full.min(1.0)..=1.0)
        } else {
            1.0
        };
        let absent = self.current.absent[group];
        let saved = absence(self.instance, group, absent) - absence(self.instance, group, absent - choice.people);
        (choice.delta as f64 * share < saved as f64).then_some(choice)
    }

    fn run_of_their_own(&self, group: usize, people: i32) -> Option<Choice> {
        let instance = self.instance;
        let data = &instance.groups[group];
        let origin = Origin { first: data.hub, second: None };
        let mut best: Option<Choice> = None;
        for kind in (0..instance.kinds.len()).filter(|&kind| is_free(instance, &self.runs_of_kind, kind)) {
            let room = room(instance, kind, &Shape::default(), data.luggage);
            if room <= 0 {
                continue;
            }
            for &(node, walk) in &data.stops {
                let people = people.min(room);
                let visit = Visit { node: node as u32, group: group as u32, people };
                let Some(cost) = Shape::of(instance, origin, &[visit]).cost(instance, kind) else { continue };
                let delta = cost + walk * i64::from(people);
                let choice = Choice { route: None, origin, kind, position: 0, node, people, delta };
                best = best.filter(|other| unit(other) <= unit(&choice)).or(Some(choice));
            }
        }
        best
    }

    fn best_in_route(&self, index: usize, group: usize, people: i32) -> Option<Choice> {
        let route = &self.current.routes[index];
        let hub = self.instance.groups[group].hub;
        if route.origin.serves(hub) {
            return self.best_from_origin(index, route.origin, route.shape, group, people);
        }
        if route.origin.second.is_some() || self.instance.origins.len() == self.instance.hubs.len() {
            return None;
        }
        let first = route.origin.first;
        let origins = [Origin { first, second: Some(hub) }, Origin { first: hub, second: Some(first) }];
        let choices = origins.into_iter().filter_map(|origin| {
            let shape = Shape::of(self.instance, origin, &route.visits);
            self.best_from_origin(index, origin, shape, group, people)
        });
        choices.min_by_key(|choice| choice.delta)
    }

    fn best_from_origin(
        &self,
        index: usize,
        origin: Origin,
        shape: Shape,
        group: usize,
        people: i32,
    ) -> Option<Choice> {
        let instance = self.instance;
        let route = &self.current.routes[index];
        let data = &instance.groups[group];
        let is_allowed = |kind: usize| kind == route.kind || is_free(instance, &self.runs_of_kind, kind);
        let kinds = (0..instance.kinds.len()).filter(|&kind| is_allowed(kind));
        let people = people.min(kinds.map(|kind| room(instance, kind, &shape, data.luggage)).max()?);
        if people <= 0 {
            return None;
        }
        let length = route.visits.len();
        let own_speed = instance.speed_of(route.kind);
        // A run calls at a stop once.
        let calls_at = |node: usize| route.visits.iter().any(|visit| visit.node as usize == node);
        let of_second = if origin.second == Some(data.hub) { people } else { 0 };
        let mut best: Option<Choice> = None;
        for &(node, walk) in &data.stops {
            let walk = walk * i64::from(people);
            let must_join = calls_at(node);
            for position in 0..=length {
                let before = if position == 0 { origin.last() } else { route.visits[position - 1].node as usize };
                let after = route.visits.get(position).map(|visit| visit.node as usize);
                let joins_before = position > 0 && before == node;
                let is_inside = position > 0 && after == Some(before);
                if (must_join || is_inside) && !joins_before {
                    continue;
                }
                let mut shape = shape;
                shape.people += people;
                shape.luggage += people * data.luggage;
                shape.people_of_second += of_second;
                if !joins_before {
                    shape.calls += 1;
                    let removed = after.map_or(0, |after| instance.metres(before, after));
                    let onward = after.map_or(0, |after| instance.metres(node, after));
                    shape.metres += i64::from(instance.metres(before, node) + onward - removed);
                    for speed in 0..instance.speeds() {
                        let leg = |from, to| instance.seconds_at(speed, from, to);
                        let detour = after.map_or(0, |after| leg(node, after) - leg(before, after));
                        shape.driving[speed] += leg(before, node) + detour;
                    }
                    if after.is_none() {
                        shape.people_at_last = people;
                    }
                } else if route.visits[length - 1].node as usize == node
                    && route.visits[position.min(length - 1)..].iter().all(|visit| visit.node as usize == node)
                {
                    shape.people_at_last += people;
                }
                let longer = shape.driving[own_speed] - route.shape.driving[own_speed];
                let farther = shape.metres - route.shape.metres;
                let at_least = self.cheapest_rates[0] * farther + self.cheapest_rates[1] * i64::from(longer) + walk;
                if best.is_some_and(|best| best.delta <= at_least) {
                    continue;
                }
                let Some((cost, kind)) = shape.best_kind(instance, is_allowed) else { continue };
                let delta = cost - route.cost + walk;
                if best.is_none_or(|best| delta < best.delta) {
                    best = Some(Choice { route: Some(index), origin, kind, position, node, people, delta });
                }
                if joins_before {
                    break;
                }
            }
        }
        best
    }

    fn apply(&mut self, group: usize, choice: Choice) {
        let Choice { origin, kind, people, .. } = choice;
        let visit = Visit { node: choice.node as u32, group: group as u32, people };
        self.current.absent[group] -= people;
        self.runs_of_kind[kind] += 1;
        let mut visits = Vec::new();
        if let Some(index) = choice.route {
            self.runs_of_kind[self.current.routes[index].kind] -= 1;
            visits.clone_from(&self.current.routes[index].visits);
        }
        let at_node = |visit: &Visit| visit.node as usize == choice.node;
        let end = choice.position + visits[choice.position..].iter().take_while(|&visit| at_node(visit)).count();
        let start =
            choice.position - visits[..choice.position].iter().rev().take_while(|&visit| at_node(visit)).count();
        match visits[start..end].iter_mut().find(|other| other.group == visit.group) {
            Some(other) => other.people += people,
            None => visits.insert(choice.position, visit),
        }
        let route = Route::new(self.instance, origin, kind, visits).expect("the choice was checked");
        match choice.route {
            Some(index) => self.current.routes[index] = Rc::new(route),
            None => self.current.routes.push(Rc::new(route)),
        }
    }
}

/// Fen units per person of a choice.
fn unit(choice: &Choice) -> f64 {
    choice.delta as f64 / f64::from(choice.people)
}

fn is_free(instance: &Instance, runs_of_kind: &[i32], kind: usize) -> bool {
    instance.kinds[kind].most_runs.is_none_or(|most| runs_of_kind[kind] < most)
}

/// How many more people of this much luggage each a run has room for.
fn room(instance: &Instance, kind: usize, shape: &Shape, luggage: i32) -> i32 {
    let data = &instance.kinds[kind];
    let seats = data.seats - shape.people;
    if luggage > 0 { seats.min((data.luggage - shape.luggage) / luggage) } else { seats }
}
