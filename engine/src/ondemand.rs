//! Rides booked on demand: exact feasibility, best insertion, improvement.
//!
//! One [`Problem`] (vehicles, requests, travel times, objective) and one [`Solution`] (a route per vehicle) serve a
//! live day that grows request by request as well as a static benchmark instance. What a request may be refused
//! for by policy is not known here; see `dispatch`.
//!
//! | file | what lives there |
//! |---|---|
//! | [`specs`] | what requests ask for and vehicles can do: capacities, breaks, driving hours, pins |
//! | [`problem`] | vehicles, requests, objective, what was told |
//! | `schedule` | does a schedule exist for a route, and which is the earliest: slow, obvious, for any limits |
//! | `separations` | how far apart two visits are in all schedules of a route: makes insertion tests constant |
//! | `duty` | breaks, driving hours, waiting on board: exact, by trying every place for them |
//! | `route` | one vehicle's stops with the sums that make insertion tests cheap |
//! | [`solution`] | all routes, and who is not served |
//! | [`insertion`] | all vehicles × positions, exactly |
//! | [`index`] | the same without looking at every route: legs by time, vehicles in the order of what they add at least |
//! | [`refusal`] | why nothing fits, and the nearest miss |
//! | [`improve`] | large neighbourhood search |
//! | [`dynamic`] | a day on which requests become known one after the other |
//!
//! Invariants: every route of a [`Solution`] has a schedule; ties are broken by vehicle, then positions; times are
//! seconds in production and finer ticks for benchmark instances, never mixed within a problem.

mod duty;
pub mod dynamic;
pub mod improve;
pub mod index;
pub mod insertion;
pub mod problem;
pub mod refusal;
mod route;
mod schedule;
mod separations;
pub mod solution;
pub mod specs;

#[cfg(test)]
mod duty_tests;
#[cfg(test)]
mod exactness_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod route_tests;

pub use dynamic::{Improvement, Moment, ServedDay, serve_day};
pub use improve::{Pace, Progress, Report, SearchOptions, improve};
pub use index::InsertionIndex;
pub use insertion::{
    Insertion, Wanted, best_insertion, cheapest_insertion, every_insertion, insert_all_or_none, insertions,
};
pub use problem::{Objective, Problem, RequestIndex};
pub use refusal::{DutyRule, LateAt, Miss, NearestMiss, Refusal, RiderOf};
pub use route::{RouteStop, StopKind};
pub use solution::{InvalidRoute, ScheduledRest, ScheduledStop, Solution, VehicleTimes};
pub use specs::{BreakSpec, Capacity, ContinuousDriving, DutyRules, Order, RequestSpec, StopSpec, Told, VehicleSpec};
