//! The one module that knows both the wire's types and the engine's.
//!
//! Inwards everything is validated, and all problems of a message are reported at once with their field's path;
//! outwards everything is named by the scenario's codes and by instants.

mod activation;
mod freight;
mod inwards;
mod outwards;
mod plan;
mod quote;
mod reasons;
mod runs;
mod timetable;
mod timetable_diff;

pub use activation::{Reoffers, activation_refused};
pub use inwards::{journey, optional_date, required_date};
pub use plan::{plan, plan_change};
pub use quote::{booking, booking_state, quote};
pub use reasons::refusal_zh;
pub use timetable::{operation, timetable, timetable_summary};
pub use timetable_diff::timetable_diff;
