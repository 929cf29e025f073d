//! The whole search: first schedules, bound, dive, then neighbourhoods until the limits.

use super::problem::{Chain, VehicleSchedulingProblem};
use crate::stop_signal::StopSignal;

/// How long to search.
#[derive(Clone, Copy, Debug)]
pub struct VehicleSchedulingOptions {
    /// Stop after about this long, for people; `None` leaves it to the other limits.
    pub time_limit_seconds: Option<f64>,
    /// Price tasks at most this often, all parts of the search together: the deterministic stop.
    pub round_limit: Option<u64>,
    /// Of the neighbourhoods.
    pub seed: u64,
    /// Seconds since any fixed moment, read from the caller's clock: the engine has none.
    pub clock: fn() -> f64,
}

/// How far the search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VehicleSchedulingProgress {
    /// Of the best schedules so far.
    pub cost: i64,
    /// Nothing costs less.
    pub lower_bound: i64,
    /// Vehicles used by the best schedules so far.
    pub vehicles: usize,
    /// Rounds of pricing so far.
    pub rounds: u64,
}

/// Vehicle schedules and what is known of their quality.
#[derive(Clone, Debug, PartialEq)]
pub struct VehicleSchedules {
    /// One per vehicle used; ascending by class, then by tasks.
    pub chains: Vec<Chain>,
    /// Tasks left out at their price, ascending.
    pub left_out: Vec<usize>,
    /// Tasks that had to be worked and found no vehicle, ascending; not in the cost.
    pub unworked: Vec<usize>,
    /// Of chains and tasks left out.
    pub cost: i64,
    /// No schedules that work what must be worked cost less.
    pub lower_bound: i64,
    /// By class: what one more vehicle would save, at the prices of the bound.
    pub vehicle_savings: Vec<i64>,
    /// By task: what it adds to the cost, at the prices of the bound.
    pub task_costs: Vec<i64>,
    /// Rounds of pricing.
    pub rounds: u64,
}

/// Schedules the vehicles: the cheapest chains that were found within the limits.
///
/// Obeys `stop` within a fraction of a second; what comes back is always complete. `progress` is called now and then.
pub fn schedule_vehicles(
    problem: &VehicleSchedulingProblem,
    options: &VehicleSchedulingOptions,
    progress: &dyn Fn(VehicleSchedulingProgress),
    stop: StopSignal,
) -> VehicleSchedules {
    let _ = (problem, options, progress, stop);
    VehicleSchedules {
        chains: Vec::new(),
        left_out: Vec::new(),
        unworked: (0..problem.prices().len()).collect(),
        cost: 0,
        lower_bound: 0,
        vehicle_savings: vec![0; problem.classes().len()],
        task_costs: vec![0; problem.prices().len()],
        rounds: 0,
    }
}
