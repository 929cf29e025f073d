//! Rides booked on demand: exact feasibility, best insertion, improvement.
//!
//! One [`Problem`] (vehicles, requests, travel times, objective) and one [`Solution`] (a route per vehicle) serve a
//! live day that grows request by request as well as a static benchmark instance. What a request may be refused
//! for by policy is not known here; see `dispatch`.
//!
//! | file | what lives there |
//! |---|---|
//! | [`problem`] | vehicles, requests, objective |
//! | `schedule` | does a schedule exist for a route, and which is the earliest: slow, obvious, for any limits |
//! | `separations` | how far apart two visits are in all schedules of a route: makes insertion tests constant |
//! | `route` | one vehicle's stops with the sums that make insertion tests cheap |
//! | [`solution`] | all routes, and who is not served |
//! | [`insertion`] | all vehicles × positions, exactly |
//! | [`refusal`] | why nothing fits, and the nearest miss |
//! | [`improve`] | large neighbourhood search |
//! | [`dynamic`] | a day on which requests become known one after the other |
//!
//! Invariants: every route of a [`Solution`] has a schedule; ties are broken by vehicle, then positions; times are
//! seconds in production and finer ticks for benchmark instances, never mixed within a problem.

pub mod dynamic;
pub mod improve;
pub mod insertion;
pub mod problem;
pub mod refusal;
mod route;
mod schedule;
mod separations;
pub mod solution;

#[cfg(test)]
mod exactness_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod route_tests;

pub use dynamic::{Improvement, Moment, ServedDay, serve_day};
pub use improve::{Pace, Progress, SearchOptions, improve};
pub use insertion::{Insertion, best_insertion, every_insertion, insertions};
pub use problem::{Objective, Problem, RequestIndex, RequestSpec, StopSpec, VehicleSpec};
pub use refusal::{LateAt, Miss, NearestMiss, Refusal, RiderOf};
pub use route::{RouteStop, StopKind};
pub use solution::{InvalidRoute, ScheduledStop, Solution, VehicleTimes};
