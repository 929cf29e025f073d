//! Multi-depot vehicle scheduling: which vehicle of which depot works which tasks one after the other.
//!
//! Abstract on purpose: whoever has trips, runs and a fleet turns them into tasks, classes of vehicles and whole costs
//! (fen, or the units of a benchmark). Nothing here knows a scenario, a clock or a file.
//!
//! | module | one idea |
//! |---|---|
//! | [`problem`] | tasks, classes of vehicles, links: what is asked, checked once |
//! | [`reduced`] | what is left to decide once some tasks are joined and some vehicles are settled |
//! | [`pricing`] | the best chains of tasks at given prices of tasks, exactly, and the bound that follows |
//! | [`assignment`] | prices to begin with, as if there were one depot |
//! | [`interior_point`] | solves that program to a well-centred point |
//! | [`cholesky`] | the dense factors that it needs |
//! | [`column_generation`] | master and pricing in turn, until the bound meets the program |
//! | [`dive`] | whole schedules out of fractional ones: join what belongs together, price again |
//! | [`greedy`] | first schedules at once |
//! | [`effort`] | what may still be spent |
//! | [`search`] | the whole: first schedules, bound, dive, then neighbourhoods until the limits |
//!
//! Invariants: one thread, no randomness but the seed's; every cost is counted in integers from the problem; every lower
//! bound is computed in integers from whatever prices the linear program came to, so that no rounding can lift it.

mod assignment;
mod cholesky;
mod column_generation;
mod dive;
mod effort;
mod greedy;
mod interior_point;
mod pricing;
mod problem;
mod reduced;
mod search;

#[cfg(test)]
mod tests;

pub use problem::{Chain, InvalidProblem, LARGEST_COST, Links, VehicleClass, VehicleSchedulingProblem, WorkableTask};
pub use search::{
    KnownSchedules, VehicleSchedules, VehicleSchedulingOptions, VehicleSchedulingProgress, reschedule_vehicles,
    schedule_vehicles,
};
