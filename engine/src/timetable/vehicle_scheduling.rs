//! Multi-depot vehicle scheduling: which vehicle of which depot works which tasks one after the other.
//!
//! Abstract on purpose: whoever has trips, runs and a fleet turns them into tasks, classes of vehicles and whole costs
//! (fen, or the units of a benchmark). Nothing here knows a scenario, a clock or a file.
//!
//! | module | one idea |
//! |---|---|
//! | [`problem`] | tasks, classes of vehicles, links: what is asked, checked once |
//! | [`search`] | the whole: first schedules, bound, dive, then neighbourhoods until the limits |
//!
//! Invariants: one thread, no randomness but the seed's; every cost is counted in integers from the problem; every lower
//! bound is computed in integers from whatever prices the linear program came to, so that no rounding can lift it.

mod problem;
mod search;

pub use problem::{Chain, InvalidProblem, LARGEST_COST, Links, VehicleClass, VehicleSchedulingProblem, WorkableTask};
pub use search::{VehicleSchedules, VehicleSchedulingOptions, VehicleSchedulingProgress, schedule_vehicles};
