//! Duties for the blocks of a date, depot by depot.
//!
//! Drivers work the vehicles of their own depot: who signs on at one doesn't take over a bus of another. So depots are problems of their
//! own, planned side by side, and their bounds add up.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::duties::vehicle_days::{duty_depots, vehicle_days};
use super::duties::{DutyOptions, DutyPlan, DutyProblem, VehicleDay, plan_duties};
use super::stage::{StageFigures, on_threads};
use super::{PlanError, PlanOptions};
use crate::ids::{DepotId, PlaceId};
use crate::plan::Timetable;
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::units::Fen;

/// Adds duties to a timetable, for all blocks that have no driver by a shift piece, and the reports of the stage: the whole first.
pub(super) fn plan_drivers(
    scenario: &Scenario,
    timetable: &mut Timetable,
    (options, seconds): (&PlanOptions, Option<f64>),
    tell: &(dyn Fn(&str, &str, Fen, Fen) + Sync),
    stop: StopSignal,
) -> Result<(), PlanError> {
    let begun = (options.clock)();
    let mut of_depot: BTreeMap<DepotId, Vec<VehicleDay>> = BTreeMap::new();
    for day in vehicle_days(scenario, timetable) {
        of_depot.entry(day.depot).or_default().push(day);
    }
    let parts: Vec<(DepotId, Vec<VehicleDay>)> = of_depot.into_iter().collect();
    let (depots, travel) = (duty_depots(scenario), &scenario.network.travel);
    let work_of = |part: usize| -> usize { parts[part].1.iter().map(|day| day.stretches.len()).sum() };
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&part| (std::cmp::Reverse(work_of(part)), part));
    let all: usize = order.iter().map(|&part| work_of(part)).sum();
    let plans: Vec<Mutex<Option<DutyPlan>>> = parts.iter().map(|_| Mutex::new(None)).collect();
    let plan = |part: usize| -> Result<(), PlanError> {
        let (depot, blocks) = &parts[part];
        let problem = DutyProblem {
            blocks,
            depots: &depots,
            travel: &|from: PlaceId, to: PlaceId| travel.duration(from, to),
            rules: scenario.policy.driving,
            policy: scenario.policy.duties,
        };
        let threads = options.threads.max(1) as f64;
        let share = work_of(part) as f64 / all.max(1) as f64;
        let time_limit_seconds = seconds.map(|seconds| (seconds * threads * share).min(seconds).max(0.2));
        let search = DutyOptions { time_limit_seconds, work_limit: options.node_limit, seed: 1, clock: options.clock };
        let code = &scenario.fleet.depots[depot.index()].code;
        let progress =
            |progress: super::duties::DutyProgress| tell("duties", code, progress.cost, progress.lower_bound);
        let found = plan_duties(&problem, &search, &progress, stop)?;
        *plans[part].lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok(())
    };
    on_threads(options.threads, &order, &plan)?;
    let (mut cost, mut lower_bound, mut relaxed, mut reports) = (Fen(0), Fen(0), Vec::new(), Vec::new());
    for ((depot, _), plan) in parts.iter().zip(plans) {
        let Some(plan) = plan.into_inner().unwrap_or_else(PoisonError::into_inner) else { continue };
        cost += plan.cost;
        lower_bound += plan.lower_bound;
        timetable.duties.extend(plan.duties);
        let unlawful: Vec<String> = plan.unlawful.into_iter().map(|block| block.why).collect();
        relaxed.extend(unlawful.iter().cloned());
        let figures = StageFigures { cost: plan.cost, lower_bound: plan.lower_bound, seconds: plan.seconds };
        reports.push(figures.report("duties", scenario.fleet.depots[depot.index()].code.clone(), unlawful));
    }
    let seconds = (options.clock)() - begun;
    timetable.stages.push(StageFigures { cost, lower_bound, seconds }.report("duties", String::new(), relaxed));
    timetable.stages.extend(reports);
    Ok(())
}
