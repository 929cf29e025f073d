//! The scheduling engine of Sanban: a pure library.
//!
//! It has no sockets, no files, no wall clock, no global randomness and no async runtime. Whoever calls it
//! hands in the scenario, the instant, the seed and a stop signal, so that production, planning, simulation
//! and tests run the very same code and the same inputs give the same bytes.
//!
//! Rooms, in the order in which they may depend on each other (each only on those before it):
//!
//! | room | what lives there |
//! |---|---|
//! | [`time`], [`ids`], [`units`] | times of a service date, typed ids, loads, distances, money |
//! | [`network`] | places, the road graph, many-to-many travel times, walking |
//! | [`calendar`] | day types: school terms, holidays, market cycles |
//! | [`fleet`], [`demand`], [`policy`] | who can drive, who wants to travel, what the county has decided |
//! | [`scenario`] | all of these together, validated |
//! | [`plan`] | what was decided: timetables and booked vehicle schedules |
//! | [`check`] | the independent checker: (plan, scenario) → violations |
//! | [`ondemand`], [`timetable`] | the solvers: heuristics for booked rides; LP/MIP for fixed schedules, which leave freight runs to them |
//! | [`dispatch`] | what to offer, and the state of a service area that decisions change |
//! | [`generate`] | believable scenarios from a seed |

pub mod calendar;
pub mod check;
pub mod demand;
pub mod dispatch;
pub mod fleet;
pub mod generate;
pub mod ids;
pub mod network;
pub mod ondemand;
pub mod plan;
pub mod policy;
pub mod scenario;
pub mod stop_signal;
pub mod time;
pub mod timetable;
pub mod units;
