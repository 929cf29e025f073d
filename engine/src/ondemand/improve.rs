//! Better plans: fewer vehicles first where vehicles cost anything (`fleet`), then adaptive large neighbourhood search (Ropke &
//! Pisinger 2006) with strings of removed requests (Christiaens & Vanden Berghe 2020), remembered insertions and exchanged
//! tails, and from time to time a combination of all routes seen (`recombination`).
//!
//! Deterministic by seed and rounds; a raised stop signal ends it early with the best solution found, even while the
//! first one is being built: then some requests are left unserved that would have fitted. Every request
//! that the given solution serves stays served.

mod fleet;
mod leaving_out;
mod recombination;
mod reinsertion;
mod removal;
mod tails;
mod weights;

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::problem::{Problem, RequestIndex};
use super::route::Route;
use super::solution::Solution;
use crate::stop_signal::StopSignal;
use leaving_out::LeavingOut;
use recombination::{Limits, Pool};
use reinsertion::{Reinserter, Style};
use removal::{Remover, Rule, Size};
use weights::{Outcome, Weights};

/// How long to search, and from which seed.
#[derive(Clone, Copy)]
pub struct SearchOptions<'a> {
    /// When the search is over, and how far it is.
    pub pace: Pace<'a>,
    /// Seed of the ChaCha8 generator.
    pub seed: u64,
}

/// What the search is measured by.
#[derive(Clone, Copy)]
pub enum Pace<'a> {
    /// So many destroy-and-repair rounds: the same result every time.
    Rounds(u64),
    /// The caller's clock.
    Clock {
        /// The share of the time that is over; from 1 on the search ends.
        share: &'a dyn Fn() -> f64,
        /// The whole time in seconds.
        seconds: f64,
    },
}

/// What is known while the search runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rounds done.
    pub iteration: u64,
    /// Cost of the best solution so far.
    pub cost: i64,
    /// Its vehicles.
    pub vehicles: usize,
    /// Requests it leaves unserved.
    pub unserved: usize,
}

/// A round in so many tells the progress.
const ROUNDS_PER_REPORT: u64 = 64;
/// Simulated annealing starts at this share of the mean driving cost of a served request …
const START_TEMPERATURE_SHARE: f64 = 1.0;
/// … and ends at this share of that.
const END_TEMPERATURE_SHARE: f64 = 0.05;
/// Solutions worse by less than so many temperatures are looked at more closely.
const PROMISING: f64 = 10.0;
/// The share of the search that may be spent on using fewer vehicles, where vehicles cost anything.
const FLEET_SHARE: f64 = 0.35;
/// When the routes seen so far are recombined, as shares of the search.
const RECOMBINATIONS: [f64; 3] = [0.5, 0.8, 0.95];
/// A recombination may take this share of the whole time.
const RECOMBINATION_SHARE: f64 = 0.06;

/// Improves a solution. Whoever it serves stays served; retired requests were removed from it before.
pub fn improve(
    problem: &Problem,
    start: Solution,
    options: &SearchOptions<'_>,
    progress: &dyn Fn(Progress),
    stop: StopSignal<'_>,
) -> Solution {
    let mut search = Search::new(problem, start, options, progress, stop);
    if problem.objective().per_vehicle > 0 {
        search.reduce_fleet(FLEET_SHARE);
    }
    search.anneal();
    search.best
}

/// The state of one search; `best` serves everybody in `keep`.
struct Search<'a> {
    problem: &'a Problem,
    pace: Pace<'a>,
    random: ChaCha8Rng,
    remover: Remover<'a>,
    reinserter: Reinserter<'a>,
    rules: Weights<{ Rule::ALL.len() }>,
    styles: Weights<{ Style::ALL.len() }>,
    sizes: Weights<{ Size::ALL.len() }>,
    keep: Vec<RequestIndex>,
    best: Solution,
    best_cost: i64,
    pool: Pool,
    iteration: u64,
    progress: &'a dyn Fn(Progress),
    stop: StopSignal<'a>,
}

impl<'a> Search<'a> {
    fn new(
        problem: &'a Problem,
        start: Solution,
        options: &SearchOptions<'a>,
        progress: &'a dyn Fn(Progress),
        stop: StopSignal<'a>,
    ) -> Self {
        let mut best = start;
        best.served_by.resize(problem.request_count(), None);
        let keep = problem.active_requests().filter(|&request| best.vehicle_of(request).is_some()).collect();
        let mut search = Self {
            problem,
            pace: options.pace,
            random: ChaCha8Rng::seed_from_u64(options.seed),
            remover: Remover::new(problem),
            reinserter: Reinserter::new(problem, stop),
            rules: Weights::new(Rule::WEIGHTS),
            styles: Weights::new(Style::WEIGHTS),
            sizes: Weights::new(Size::WEIGHTS),
            keep,
            best_cost: 0,
            best,
            pool: Pool::default(),
            iteration: 0,
            progress,
            stop,
        };
        let mut unserved: Vec<RequestIndex> = search.best.unserved(problem).collect();
        search.reinserter.reinsert(&mut search.best, &mut unserved, Style::Regret(2), &mut search.random);
        search.best_cost = search.best.cost(problem);
        search
    }

    /// The share of the search that is over.
    fn share(&self) -> f64 {
        match self.pace {
            Pace::Rounds(rounds) => self.iteration as f64 / rounds.max(1) as f64,
            Pace::Clock { share, .. } => share(),
        }
    }

    /// Counts a round, reports now and then; true when the caller wants no more.
    fn begin_round(&mut self) -> bool {
        if self.iteration.is_multiple_of(ROUNDS_PER_REPORT) {
            (self.progress)(Progress {
                iteration: self.iteration,
                cost: self.best_cost,
                vehicles: self.best.vehicles_used(),
                unserved: self.best.unserved(self.problem).count(),
            });
        }
        self.iteration += 1;
        self.stop.is_raised()
    }

    fn keeps_promises(&self, solution: &Solution) -> bool {
        self.keep.iter().all(|&request| solution.vehicle_of(request).is_some())
    }

    fn offer(&mut self, candidate: &Solution, cost: i64) -> bool {
        let better = cost < self.best_cost && self.keeps_promises(candidate);
        if better {
            self.best = candidate.clone();
            self.best_cost = cost;
        }
        better
    }

    /// Simulated annealing on the whole objective.
    fn anneal(&mut self) {
        let began = self.share();
        let mut current = self.best.clone();
        let (mut waiting, mut changed) = (Vec::new(), Vec::new());
        let mean_cost = self.mean_cost();
        let mut leaving_out = LeavingOut::new(mean_cost);
        let mut current_cost = leaving_out.cost(self.problem, &current);
        self.close_idle_vehicles_that_nothing_is_worth();
        let mut recombinations = RECOMBINATIONS.iter().copied().filter(|&share| share > began).peekable();
        loop {
            let share = self.share();
            if share >= 1.0 || self.begin_round() {
                return;
            }
            let cooled = (share - began) / (1.0 - began);
            let temperature = START_TEMPERATURE_SHARE * mean_cost * END_TEMPERATURE_SHARE.powf(cooled);
            if recombinations.next_if(|&due| share >= due).is_some() && self.recombine() {
                current = self.best.clone();
                current_cost = leaving_out.cost(self.problem, &current);
            }
            if leaving_out.has_gone_astray() {
                current = self.best.clone();
                current_cost = leaving_out.cost(self.problem, &current);
            }
            if leaving_out.adapts(&current, self.problem) {
                current_cost = leaving_out.cost(self.problem, &current);
            }
            let mut candidate = current.clone();
            let (rule, style) = (self.rules.draw(&mut self.random), self.styles.draw(&mut self.random));
            let size = self.sizes.draw(&mut self.random);
            let removal = (Rule::ALL[rule], Size::ALL[size]);
            self.remover.remove_some(&mut candidate, removal, &mut waiting, &mut self.random);
            self.reinserter.reinsert(&mut candidate, &mut waiting, Style::ALL[style], &mut self.random);
            let worse_by = |candidate: &Solution| (leaving_out.cost(self.problem, candidate) - current_cost) as f64;
            if worse_by(&candidate) < PROMISING * temperature {
                let same = |vehicle: &usize| Arc::ptr_eq(&current.routes[*vehicle], &candidate.routes[*vehicle]);
                changed.extend((0..current.routes.len()).filter(|vehicle| !same(vehicle)));
                self.pool.add(&candidate, &changed);
                tails::exchange_tails(self.problem, &mut candidate, &mut changed);
            }
            let worse_by = worse_by(&candidate);
            let accepted = worse_by <= 0.0 || self.random.random::<f64>() < (-worse_by / temperature.max(1e-9)).exp();
            let outcome = if accepted {
                current_cost = leaving_out.cost(self.problem, &candidate);
                current = candidate;
                let cost = current.cost(self.problem);
                match () {
                    () if self.offer(&current, cost) => Outcome::Best,
                    () if worse_by < 0.0 => Outcome::Better,
                    () if worse_by > 0.0 => Outcome::Accepted,
                    // Most likely everybody is back where they were.
                    () => Outcome::Rejected,
                }
            } else {
                Outcome::Rejected
            };
            self.rules.reward(rule, outcome);
            self.styles.reward(style, outcome);
            self.sizes.reward(size, outcome);
        }
    }

    /// True if a combination of routes seen, completed, is better than the best solution.
    fn recombine(&mut self) -> bool {
        let (began, pace, stop) = (self.share(), self.pace, self.stop);
        let is_over = || {
            stop.is_raised()
                || match pace {
                    Pace::Rounds(_) => false,
                    Pace::Clock { share, .. } => share() > began + RECOMBINATION_SHARE,
                }
        };
        let seconds = match pace {
            Pace::Rounds(_) => None,
            Pace::Clock { seconds, .. } => Some(seconds * RECOMBINATION_SHARE).filter(|seconds| seconds.is_finite()),
        };
        let limits = Limits { is_over: &is_over, seconds };
        let Some(mut found) = self.pool.recombine(self.problem, &self.best, limits) else { return false };
        let mut waiting: Vec<RequestIndex> = found.unserved(self.problem).collect();
        self.reinserter.reinsert(&mut found, &mut waiting, Style::Regret(2), &mut self.random);
        let mut changed = (0..found.routes.len()).collect();
        tails::exchange_tails(self.problem, &mut found, &mut changed);
        let cost = found.cost(self.problem);
        self.offer(&found, cost)
    }

    /// Where vehicles count first, none more than the best solution has is worth anything.
    fn close_idle_vehicles_that_nothing_is_worth(&mut self) {
        let driving: i64 = self.best.routes.iter().map(|route| driving(self.problem, route)).sum();
        if self.problem.objective().per_vehicle > driving {
            self.reinserter.closed = self.best.routes.iter().map(|route| route.stops.is_empty()).collect();
        }
    }

    /// What driving costs per request served.
    fn mean_cost(&self) -> f64 {
        let served = self.problem.active_requests().count() - self.best.unserved(self.problem).count();
        let driving: i64 = self.best.routes.iter().map(|route| driving(self.problem, route)).sum();
        driving as f64 / served.max(1) as f64
    }
}

fn driving(problem: &Problem, route: &Route) -> i64 {
    if route.stops.is_empty() { 0 } else { route.cost - problem.objective().per_vehicle }
}
