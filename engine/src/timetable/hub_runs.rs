//! Runs to a hub: student runs (villages → school gate, and home) and market runs (villages → market, and home).
//!
//! A split-delivery vehicle routing problem with a choice of stops and a limit on everybody's ride: a large neighbourhood search
//! makes the plan, column generation with exact pricing and cuts makes the lower bound; why so is decision record 0008.
//!
//! | module | one idea |
//! |---|---|
//! | [`problem`] | what is asked: hubs, groups, kinds of vehicles, limits |
//! | [`plan`] | what comes out: runs, costs, lower bound, prices |
//! | `part` | one part from beginning to end; hubs that have nothing in common are parts of their own |
//! | `instance` | a part in dense numbers, every run going from its hub |
//! | `routes` | a run: whom it takes where, its limits, its cost |
//! | `search` | the large neighbourhood search: its state and its temperatures |
//! | `ruin` | whom it takes out |
//! | `repair` | where it puts them |
//! | `relaxation` | column generation, and the bound of any prices |
//! | `pricing` | prices, and what pricing remembers of groups |
//! | `labelling` | the runs of least reduced cost, by labels |
//! | `calls` | whom a run may take at one call |
//! | `labels` | which labels are kept |
//! | `still_to_gain` | which are dropped, because the rest of the run can't gain enough |
//! | `tails` | how runs can end, found backwards, for pricing to join to their beginnings |
//! | `onward` | which legs are not looked at, because the way onward can't gain enough |
//! | `columns` | a run as a column, a cut or a decision as a row over legs |
//! | `cuts` | which cuts are violated |
//! | `master` | the linear program |
//! | `branching` | decisions where the gap demands them |
//! | `whole_numbers` | a plan from the columns, by HiGHS |
//! | `assemble` | parts back into one plan, costs in whole fen |
//! | `pace` | how much of the budget is used up |
//!
//! Times are relative: a run is a sequence of calls with rides to the hub. Whoever calls this chooses clock times and vehicles.
//!
//! Invariants: every cost is counted in whole fen from the plan itself; the lower bound is valid for the problem in which groups
//! may be split over runs in any way, and those of a group on one run use one stop; the same problem, seed and work limit give the same plan.

mod assemble;
mod branching;
mod calls;
mod columns;
mod cuts;
mod instance;
mod labelling;
mod labels;
mod master;
mod onward;
mod pace;
mod part;
pub mod plan;
mod pricing;
pub mod problem;
mod relaxation;
mod repair;
mod routes;
mod ruin;
mod search;
mod still_to_gain;
mod tails;
#[cfg(test)]
mod tests;
mod whole_numbers;

use std::cell::Cell;

pub use plan::{HubRun, HubRunPlan, PeopleAtCall, Prices, RunCall};
pub use problem::{
    CandidateStop, Direction, Group, HubRunOptions, HubRunProblem, HubRunProgress, LineAlternative, RunDwell, RunKind,
};

use crate::stop_signal::StopSignal;
use crate::units::Fen;
use instance::{Instance, UNITS_PER_FEN};
use pace::Pace;
use part::Part;

/// Of the budget: kept for the parts with the largest gaps, shared out in turns of so much; a rest smaller than the last is nobody's.
const LATER_TURNS: f64 = 0.5;
const TURN: f64 = 0.125;
const LEAST_TURN: f64 = 0.01;
/// A turn is poor if it closes less of a gap than one in so many parts.
const POOR_TURN: i64 = 8;

/// Plans the runs. What comes back is always complete: whoever finds no seat is left behind, at the price the group has.
///
/// `progress` is called whenever the plan or the bound of a part has changed.
pub fn plan_hub_runs(
    problem: &HubRunProblem<'_>,
    options: &HubRunOptions,
    progress: &dyn Fn(HubRunProgress),
    stop: StopSignal<'_>,
) -> HubRunPlan {
    let started = (options.clock)();
    let mut plan = HubRunPlan::without_runs(problem);
    plan.cost_of_hub.fill(Fen(0));
    let instances = parts(problem);
    let mut parts: Vec<Part<'_>> = instances.iter().map(|instance| Part::new(instance, options.seed)).collect();
    let nobody_rides: Vec<i64> = instances.iter().map(|instance| search::Solution::empty(instance).cost).collect();
    // By part: cost and bound so far.
    let mut known: Vec<(i64, i64)> = nobody_rides.iter().map(|&cost| (cost, 0)).collect();
    let mut work = 0.0;
    let size = |instance: &Instance| (instance.nodes() * instance.groups.len()) as f64;
    let mut size_ahead: f64 = instances.iter().map(size).sum();
    let mut turn = |part: usize, parts: &mut [Part<'_>], first: Option<f64>| -> bool {
        let now = (options.clock)();
        let seconds = options.time_limit_seconds.map(|limit| (limit - (now - started)).max(0.0));
        let units = options.work_limit.map(|limit| (limit as f64 - work).max(0.0));
        let is_over = seconds.is_some_and(|left| left < LEAST_TURN * options.time_limit_seconds.unwrap_or(0.0))
            || units.is_some_and(|left| left < LEAST_TURN * options.work_limit.unwrap_or(0) as f64);
        if first.is_none() && (is_over || stop.is_raised()) {
            return false;
        }
        let turn = |left: f64, limit: f64| match first {
            Some(share) => (left - LATER_TURNS * limit).max(0.0) * share,
            None => left.min(TURN * limit),
        };
        let pace = Pace {
            clock: options.clock,
            seconds: seconds.map(|left| turn(left, options.time_limit_seconds.unwrap_or(0.0))),
            started: now,
            work_limit: units.map(|left| turn(left, options.work_limit.unwrap_or(0) as f64)),
            stop,
            work: Cell::new(0.0),
        };
        parts[part].advance(&pace, options.gap, &mut |cost: i64, bound: i64| {
            known[part] = (cost, known[part].1.max(bound));
            progress(HubRunProgress {
                cost: Fen(known.iter().map(|known| known.0).sum::<i64>() / UNITS_PER_FEN),
                lower_bound: Fen(known.iter().map(|known| known.1).sum::<i64>() / UNITS_PER_FEN),
                work: (work + pace.work.get()) as u64,
            });
        });
        work += pace.work.get();
        // Whoever can do nothing with a turn gets no other.
        pace.share() > 0.0
    };
    for (index, instance) in instances.iter().enumerate() {
        // What earlier parts left over is shared out among the rest.
        let share = size(instance) / size_ahead.max(1.0);
        size_ahead -= size(instance);
        turn(index, &mut parts, Some(share));
    }
    let unknown = |part: &Part<'_>| part.solution().cost - part.bound();
    let mut poor_turns = vec![0_u32; parts.len()];
    loop {
        // What is left goes to the parts of which least is known. A turn that made little of it known halves what the part counts.
        let open = (0..parts.len()).filter(|&part| !parts[part].is_done(options.gap));
        let counts = |part: &usize| (unknown(&parts[*part]) >> poor_turns[*part].min(60), std::cmp::Reverse(*part));
        let Some(next) = open.max_by_key(counts) else { break };
        let before = unknown(&parts[next]);
        if !turn(next, &mut parts, None) {
            break;
        }
        poor_turns[next] += u32::from(before - unknown(&parts[next]) < before / POOR_TURN);
    }
    for part in &parts {
        assemble::add_part(&mut plan, problem, part);
    }
    plan.work = work as u64;
    plan.seconds = (options.clock)() - started;
    plan
}

/// Hubs that may be planned each for itself, or all together where runs or a limited kind of vehicle belong to several.
fn parts(problem: &HubRunProblem<'_>) -> Vec<Instance> {
    let is_limited = problem.kinds.iter().any(|kind| kind.most_runs.is_some());
    let hubs: Vec<usize> = (0..problem.hubs.len()).collect();
    if !problem.mixed_hubs.is_empty() || is_limited {
        return vec![Instance::new(problem, &hubs)];
    }
    hubs.chunks(1).map(|hub| Instance::new(problem, hub)).collect()
}
