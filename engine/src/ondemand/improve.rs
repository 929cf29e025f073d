//! Adaptive large neighbourhood search (Ropke & Pisinger 2006): take some requests out, put them back better.
//!
//! Deterministic by seed and iteration limit; a raised stop signal ends it early with the best solution found. Requests
//! of the given solution stay served: a solution that serves fewer is never returned.

mod reinsertion;
mod removal;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::problem::{Problem, RequestIndex};
use super::solution::Solution;
use crate::stop_signal::StopSignal;
use reinsertion::Reinserter;

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

/// A round in so many asks the stop signal and tells the progress.
const ROUNDS_PER_REPORT: u64 = 16;
/// Acceptance: at first a solution worse by this share of the driving cost is taken every other time.
const START_TEMPERATURE_SHARE: f64 = 0.02;

/// Improves a solution; retired requests are left out of it already.
pub fn improve(
    problem: &Problem,
    start: Solution,
    options: &SearchOptions,
    progress: &dyn Fn(Progress),
    stop: StopSignal<'_>,
) -> Solution {
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut reinserter = Reinserter::new(problem);
    let mut current = start;
    current.served_by.resize(problem.request_count(), None);
    let unserved: Vec<RequestIndex> = current.unserved(problem).collect();
    reinserter.reinsert(&mut current, &unserved, reinsertion::Style::Regret(2), 0.0, &mut random);
    let (mut best, mut best_cost) = (current.clone(), current.cost(problem));
    let mut current_cost = best_cost;
    let driving =
        best_cost % problem.objective().per_unserved.max(1) % problem.objective().per_vehicle.max(i64::MAX / 4);
    let mut temperature = START_TEMPERATURE_SHARE * driving as f64 / std::f64::consts::LN_2 / 10.0;
    let cooling = (1e-3_f64).powf(1.0 / options.cooling_iterations.max(1) as f64);
    for iteration in 0..options.iterations {
        if iteration % ROUNDS_PER_REPORT == 0 {
            let unserved = best.unserved(problem).count();
            progress(Progress { iteration, cost: best_cost, vehicles: best.vehicles_used(), unserved });
            if stop.is_raised() {
                break;
            }
        }
        let mut candidate = current.clone();
        removal::remove_some(problem, &mut candidate, &mut random);
        let unserved: Vec<RequestIndex> = candidate.unserved(problem).collect();
        let style = reinsertion::Style::draw(&mut random);
        let noise = if random.random_bool(0.5) { 0.02 } else { 0.0 };
        reinserter.reinsert(&mut candidate, &unserved, style, noise, &mut random);
        let cost = candidate.cost(problem);
        let worse_by = (cost - current_cost) as f64;
        if worse_by <= 0.0 || random.random::<f64>() < (-worse_by / temperature.max(1e-9)).exp() {
            current = candidate;
            current_cost = cost;
            if cost < best_cost {
                best = current.clone();
                best_cost = cost;
            }
        }
        temperature *= cooling;
    }
    best
}
