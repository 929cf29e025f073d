//! One search in one problem: what it knows, how far it is, and its best solution.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::leaving_out::LeavingOut;
use super::recombination::{Limits, Pool};
use super::reinsertion::{Reinserter, Style};
use super::removal::{Remover, Rule, Size};
use super::weights::Weights;
use super::{Pace, Progress, Report, tails};
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::route::{Route, RouteStop};
use crate::ondemand::solution::Solution;
use crate::ondemand::specs::VehicleSpec;
use crate::stop_signal::StopSignal;

/// A round in so many tells the progress.
const ROUNDS_PER_REPORT: u64 = 64;
/// A recombination may take this share of the whole time …
const RECOMBINATION_SHARE: f64 = 0.06;
/// … and is passed over as long as all before it took more than this share of the time so far …
const RECOMBINATIONS_SHARE: f64 = 0.1;
/// … or fewer rounds than this were searched since the last one: they have hardly seen other routes. Of few rounds, each of which
/// does less than a combination, a fifth is enough.
const LEAST_ROUNDS_BETWEEN: u64 = 2_000;

/// The state of one search; `best` serves everybody in `keep`.
pub(super) struct Search<'a> {
    pub problem: &'a Problem,
    pub pace: Pace<'a>,
    pub random: ChaCha8Rng,
    pub remover: Remover<'a>,
    pub reinserter: Reinserter<'a>,
    pub rules: Weights<{ Rule::ALL.len() }>,
    pub styles: Weights<{ Style::ALL.len() }>,
    pub sizes: Weights<{ Size::ALL.len() }>,
    keep: Vec<RequestIndex>,
    /// Vehicles that have begun, with the stops they have begun with.
    begun: Vec<(usize, Vec<RouteStop>)>,
    pub best: Solution,
    pub best_cost: i64,
    pub pool: Pool,
    pub leaving_out: LeavingOut,
    pub iteration: u64,
    /// At which round routes were last recombined, and the share of the time that has gone into that so far.
    recombined: (u64, f64),
    progress: Option<Report<'a>>,
    pub stop: StopSignal<'a>,
}

impl<'a> Search<'a> {
    /// Puts in whoever fits into the given solution.
    pub fn new(
        problem: &'a Problem,
        start: Solution,
        (pace, seed): (Pace<'a>, u64),
        progress: Option<Report<'a>>,
        stop: StopSignal<'a>,
    ) -> Self {
        let mut best = start;
        best.served_by.resize(problem.request_count(), None);
        let keep = problem.active_requests().filter(|&request| best.vehicle_of(request).is_some()).collect();
        let vehicles = problem.vehicles().iter().enumerate().filter(|(_, spec)| spec.begun_stops > 0);
        let begun = |(vehicle, spec): (usize, &VehicleSpec)| {
            let stops = best.stops(vehicle);
            (vehicle, stops[..spec.begun_stops.min(stops.len())].to_vec())
        };
        let begun = vehicles.map(begun).collect();
        let mut search = Self {
            problem,
            pace,
            random: ChaCha8Rng::seed_from_u64(seed),
            remover: Remover::new(problem),
            reinserter: Reinserter::new(problem, stop),
            rules: Weights::new(Rule::WEIGHTS),
            styles: Weights::new(Style::WEIGHTS),
            sizes: Weights::new(Size::WEIGHTS),
            keep,
            begun,
            best_cost: 0,
            best,
            pool: Pool::default(),
            leaving_out: LeavingOut::new(0.0, 0),
            iteration: 0,
            recombined: (0, 0.0),
            progress,
            stop,
        };
        let mut unserved: Vec<RequestIndex> = search.best.unserved(problem).collect();
        search.reinserter.reinsert(&mut search.best, &mut unserved, Style::Regret(2), &mut search.random);
        search.best_cost = search.best.cost(problem);
        search.leaving_out = LeavingOut::new(search.mean_cost(), problem.request_count());
        search
    }

    /// The share of the search that is over.
    pub fn share(&self) -> f64 {
        match self.pace {
            Pace::Rounds(rounds) => self.iteration as f64 / rounds.max(1) as f64,
            Pace::Clock { share, .. } => share(),
        }
    }

    /// Counts a round, reports now and then; true when the caller wants no more.
    pub fn begin_round(&mut self) -> bool {
        if self.iteration.is_multiple_of(ROUNDS_PER_REPORT) {
            self.report();
        }
        self.iteration += 1;
        self.stop.is_raised()
    }

    /// Tells the progress.
    pub fn report(&self) {
        if let Some(progress) = self.progress {
            progress(Progress {
                iteration: self.iteration,
                cost: self.best_cost,
                vehicles: self.best.vehicles_used(),
                unserved: self.best.unserved(self.problem).count(),
            });
        }
    }

    /// Does the solution serve everybody whom the given one served, and go on with all that has begun? Single moves leave alone
    /// what has begun, but a combination of routes may have found no place for a vehicle.
    pub fn keeps_promises(&self, solution: &Solution) -> bool {
        self.keep.iter().all(|&request| solution.vehicle_of(request).is_some())
            && self.begun.iter().all(|(vehicle, stops)| solution.stops(*vehicle).starts_with(stops))
    }

    /// Remembers a solution if it is the best; true if it is.
    pub fn offer(&mut self, candidate: &Solution, cost: i64) -> bool {
        let better = cost < self.best_cost && self.keeps_promises(candidate);
        if better {
            self.best = candidate.clone();
            self.best_cost = cost;
        }
        better
    }

    /// Goes on from another solution that keeps the promises, even if it is worse than the best.
    pub fn restart_from(&mut self, solution: Solution) {
        self.best_cost = solution.cost(self.problem);
        self.best = solution;
        self.reinserter.closed.fill(false);
        self.leaving_out = LeavingOut::new(self.mean_cost(), self.problem.request_count());
    }

    /// True if a combination of routes seen, completed, is better than the best solution; false also if it is too early for
    /// another one.
    pub fn recombine(&mut self) -> bool {
        let (began, (last, spent)) = (self.share(), self.recombined);
        let rounds_between = match self.pace {
            Pace::Rounds(all) => LEAST_ROUNDS_BETWEEN.min(all / 5),
            Pace::Clock { .. } => LEAST_ROUNDS_BETWEEN,
        };
        if spent > RECOMBINATIONS_SHARE * began || self.iteration < last + rounds_between {
            return false;
        }
        let is_better = self.recombine_now(began);
        self.recombined = (self.iteration, spent + self.share() - began);
        is_better
    }

    fn recombine_now(&mut self, began: f64) -> bool {
        let (pace, stop) = (self.pace, self.stop);
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

    /// Where vehicles count first and everybody is served, none more than the best solution has is worth anything.
    pub fn close_idle_vehicles_that_nothing_is_worth(&mut self) {
        if self.best.unserved(self.problem).next().is_some() {
            self.reinserter.closed.fill(false);
            return;
        }
        let driving: i64 = self.best.routes.iter().map(|route| driving(self.problem, route)).sum();
        if self.problem.objective().per_vehicle > driving {
            self.reinserter.closed = self.best.routes.iter().map(|route| route.stops.is_empty()).collect();
        }
    }

    /// What driving costs per request served; something even where driving costs nothing.
    pub fn mean_cost(&self) -> f64 {
        let served = self.problem.active_requests().count() - self.best.unserved(self.problem).count();
        let driving: i64 = self.best.routes.iter().map(|route| driving(self.problem, route)).sum();
        (driving as f64 / served.max(1) as f64).max(1.0)
    }
}

fn driving(problem: &Problem, route: &Route) -> i64 {
    if route.stops.is_empty() { 0 } else { route.cost - problem.objective().per_vehicle }
}
