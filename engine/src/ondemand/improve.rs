//! Adaptive large neighbourhood search (Ropke & Pisinger 2006): take some requests out, put them back better.
//! Rules of taking out and putting back that helped lately are drawn more often.
//!
//! Deterministic by seed and iteration limit; a raised stop signal ends it early with the best solution found, even while the
//! first one is being built: then some requests are left unserved that would have fitted. Every request
//! that the given solution serves stays served.

mod reinsertion;
mod removal;
mod weights;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::problem::{Problem, RequestIndex};
use super::solution::Solution;
use crate::stop_signal::StopSignal;
use reinsertion::{Reinserter, Style};
use removal::Rule;
use weights::{Outcome, Weights};

/// How long to search, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchOptions {
    /// The work limit: destroy-and-repair rounds.
    pub iterations: u64,
    /// Seed of the ChaCha8 generator.
    pub seed: u64,
    /// Rounds over which the temperature falls to nothing; with a time limit, what is expected to fit into it.
    pub cooling_iterations: u64,
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
const ROUNDS_PER_REPORT: u64 = 16;
/// Simulated annealing starts at this share of the mean driving cost of a served request …
const START_TEMPERATURE_SHARE: f64 = 0.2;
/// … and ends at this share of that.
const END_TEMPERATURE_SHARE: f64 = 1e-3;
/// The share of the rounds that may be spent on using fewer vehicles, where vehicles cost anything.
const FLEET_SHARE: u64 = 3;

/// Improves a solution. Whoever it serves stays served; retired requests were removed from it before.
pub fn improve(
    problem: &Problem,
    start: Solution,
    options: &SearchOptions,
    progress: &dyn Fn(Progress),
    stop: StopSignal<'_>,
) -> Solution {
    let mut search = Search::new(problem, start, options, progress, stop);
    if problem.objective().per_vehicle > 0 {
        search.reduce_fleet(options.cooling_iterations.min(options.iterations) / FLEET_SHARE);
    }
    search.anneal(options);
    search.best
}

/// The state of one search; `best` serves everybody in `keep`.
struct Search<'a> {
    problem: &'a Problem,
    random: ChaCha8Rng,
    reinserter: Reinserter<'a>,
    rules: Weights<{ Rule::ALL.len() }>,
    styles: Weights<{ Style::ALL.len() }>,
    drawn: (usize, usize),
    keep: Vec<RequestIndex>,
    best: Solution,
    best_cost: i64,
    iteration: u64,
    progress: &'a dyn Fn(Progress),
    stop: StopSignal<'a>,
}

impl<'a> Search<'a> {
    fn new(
        problem: &'a Problem,
        start: Solution,
        options: &SearchOptions,
        progress: &'a dyn Fn(Progress),
        stop: StopSignal<'a>,
    ) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(options.seed);
        let mut reinserter = Reinserter::new(problem, stop);
        let mut best = start;
        best.served_by.resize(problem.request_count(), None);
        let unserved: Vec<RequestIndex> = best.unserved(problem).collect();
        let keep = problem.active_requests().filter(|&request| best.vehicle_of(request).is_some()).collect();
        reinserter.reinsert(&mut best, &unserved, Style::Regret(2), 0.0, &mut random);
        let best_cost = best.cost(problem);
        let (rules, styles) = (Weights::new(Rule::WEIGHTS), Weights::new(Style::WEIGHTS));
        let drawn = (0, 0);
        Self { problem, random, reinserter, rules, styles, drawn, keep, best, best_cost, iteration: 0, progress, stop }
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

    /// Takes some requests out and puts all that wait back as well as possible.
    fn neighbour(&mut self, solution: &Solution) -> Solution {
        let mut candidate = solution.clone();
        let (rule, style) = (self.rules.draw(&mut self.random), self.styles.draw(&mut self.random));
        self.drawn = (rule, style);
        removal::remove_some(self.problem, &mut candidate, Rule::ALL[rule], &mut self.random);
        let waiting: Vec<RequestIndex> = candidate.unserved(self.problem).collect();
        let noise = if self.random.random_bool(0.5) { 0.05 } else { 0.0 };
        self.reinserter.reinsert(&mut candidate, &waiting, Style::ALL[style], noise, &mut self.random);
        candidate
    }

    /// Tells what the last neighbour was good for.
    fn reward(&mut self, outcome: Outcome) {
        self.rules.reward(self.drawn.0, outcome);
        self.styles.reward(self.drawn.1, outcome);
    }

    fn keeps_promises(&self, solution: &Solution) -> bool {
        self.keep.iter().all(|&request| solution.vehicle_of(request).is_some())
    }

    fn offer(&mut self, candidate: &Solution, cost: i64) {
        if cost < self.best_cost && self.keeps_promises(candidate) {
            self.best = candidate.clone();
            self.best_cost = cost;
        }
    }

    /// Gives up the smallest route again and again, and searches for places for its requests.
    fn reduce_fleet(&mut self, rounds: u64) {
        while self.iteration < rounds && self.best.unserved(self.problem).next().is_none() {
            let mut current = self.best.clone();
            let used = (0..current.routes.len()).filter(|&vehicle| !current.stops(vehicle).is_empty());
            let Some(smallest) = used.min_by_key(|&vehicle| current.stops(vehicle).len()) else { return };
            let requests: Vec<RequestIndex> = current.stops(smallest).iter().map(|stop| stop.request).collect();
            for request in requests {
                current.remove(self.problem, request);
            }
            self.reinserter.closed = current.routes.iter().map(|route| route.stops.is_empty()).collect();
            let done = self.serve_all(current, rounds);
            self.reinserter.closed.fill(false);
            if !done {
                return;
            }
        }
    }

    /// Searches with the open vehicles until everybody is served; false when the rounds are over before.
    fn serve_all(&mut self, mut current: Solution, rounds: u64) -> bool {
        let waiting = |search: &Self, solution: &Solution| solution.unserved(search.problem).count();
        let mut fewest = usize::MAX;
        while self.iteration < rounds {
            if self.begin_round() {
                return false;
            }
            let candidate = self.neighbour(&current);
            let count = waiting(self, &candidate);
            let close = count <= fewest || (count == fewest + 1 && self.random.random_bool(0.02));
            self.reward(match () {
                () if count < fewest => Outcome::Best,
                () if close => Outcome::Accepted,
                () => Outcome::Rejected,
            });
            if !close {
                continue;
            }
            fewest = count;
            current = candidate;
            if count == 0 {
                let cost = current.cost(self.problem);
                self.offer(&current, cost);
                return true;
            }
        }
        false
    }

    /// Simulated annealing on the whole objective.
    fn anneal(&mut self, options: &SearchOptions) {
        let objective = *self.problem.objective();
        let mut current = self.best.clone();
        let mut current_cost = self.best_cost;
        let served = self.problem.request_count() as i64 - current.unserved(self.problem).count() as i64;
        let driving: i64 = current.routes.iter().map(|route| route.cost).sum::<i64>()
            - objective.per_vehicle * current.vehicles_used() as i64;
        let mut temperature = START_TEMPERATURE_SHARE * driving as f64 / served.max(1) as f64;
        let rounds = options.cooling_iterations.saturating_sub(self.iteration).max(1);
        let cooling = END_TEMPERATURE_SHARE.powf(1.0 / rounds as f64);
        while self.iteration < options.iterations && !self.begin_round() {
            let candidate = self.neighbour(&current);
            let cost = candidate.cost(self.problem);
            let worse_by = (cost - current_cost) as f64;
            if worse_by <= 0.0 || self.random.random::<f64>() < (-worse_by / temperature.max(1e-9)).exp() {
                let best_before = self.best_cost;
                current = candidate;
                current_cost = cost;
                self.offer(&current, cost);
                self.reward(match () {
                    () if self.best_cost < best_before => Outcome::Best,
                    () if worse_by < 0.0 => Outcome::Better,
                    () => Outcome::Accepted,
                });
            } else {
                self.reward(Outcome::Rejected);
            }
            temperature *= cooling;
        }
    }
}
