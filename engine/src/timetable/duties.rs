//! Driver duties: blocks cut into pieces where drivers can be changed, pieces put together to days of work.
//!
//! A duty is at most `most_pieces` pieces of work with a rest between any two, so that every piece keeps the law on
//! continuous driving by itself, and the duty the daily hours and the spread. A piece is one that could be a duty of its own.
//! Its price is exact: whole seconds at the price of an hour, rounded once for all duties together.
//!
//! | module | one idea |
//! |---|---|
//! | [`problem`] | vehicle days, rules and limits as plain data |
//! | [`duty_plan`] | what comes back: duties, cost, bound, who is short |
//! | `parts` | where blocks can be cut, and what one driver may work in a row |
//! | `network` | pieces of work, how drivers get from one to the next, what a duty costs |
//! | `pricing` | the best duties at given prices of the work, exactly |
//! | `master` | the linear program; names the solver library |
//! | `relaxation` | column generation and the bound |
//! | [`rota`] | duties of several dates given to drivers |
//! | `search` | a dive to a first plan, then neighbourhoods as small integer programs |
//! | `outcome` | the plan in the words of the result |
//! | [`vehicle_days`] | the blocks of a timetable as plain data |
//! | `watch` | when a search ends |
//!
//! Invariants: with a work limit instead of a time limit the result is the same on every run (all but `seconds`). The
//! bound is evaluated in whole numbers by the solver's own exact pricing, so that no error of the linear program lifts it.

pub mod duty_plan;
mod master;
mod network;
mod outcome;
mod parts;
mod pricing;
pub mod problem;
mod relaxation;
pub mod rota;
mod search;
pub mod vehicle_days;
mod watch;

#[cfg(test)]
mod tests;

pub use duty_plan::{DriverShortage, DutyPlan, DutyProgress, UnlawfulBlock, WorkPrice};
pub use problem::{DutyDepot, DutyOptions, DutyProblem, Stretch, StretchKind, VehicleDay};

use super::PlanError;
use crate::stop_signal::StopSignal;

/// Duties for the blocks. `progress` is called whenever the plan or the bound gets better; a raised stop ends the search
/// with the best plan found, which is always complete.
pub fn plan_duties(
    problem: &DutyProblem,
    options: &DutyOptions,
    progress: &dyn Fn(DutyProgress),
    stop: StopSignal,
) -> Result<DutyPlan, PlanError> {
    let watch = watch::Watch::new(options, stop);
    let network = network::Network::new(problem);
    let failed = |status| PlanError::Solver { part: "driver duties".to_owned(), status };
    let found = search::search(&network, options, &watch, progress).map_err(failed)?;
    Ok(outcome::duty_plan(&network, &found, watch.seconds()))
}
