//! The lines of a date side by side on threads, in rounds: the first plans and bounds, then time for the lines farthest from theirs.

use std::sync::{Mutex, PoisonError};

use super::line_plan::{LinePlan, SearchLimits, improve_line, plan_line};
use super::stage::{StageFigures, on_threads};
use super::{PlanError, PlanOptions, PlanProgress};
use crate::calendar::DayType;
use crate::ids::RouteId;
use crate::plan::StageReport;
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::units::Fen;

/// A search of one line takes at most this long, so that a stop is obeyed soon. Much shorter searches, which begin anew
/// each time, find less: in slices of 3 s, a minute's plan of the county was a third farther from its bound.
const LONGEST_SEARCH_SECONDS: f64 = 15.0;

/// The plans by route, and the reports: the whole stage, then a part per line.
///
/// Every line first gets a plan and a bound, then the lines that are farthest from their bounds get the time that is
/// left, in rounds. A round of searches is short, so that a stop is obeyed soon: the solver cannot be interrupted.
pub(super) fn plan_lines(
    scenario: &Scenario,
    day: &DayType,
    (options, seconds_limit): (&PlanOptions, Option<f64>),
    progress: &(dyn Fn(PlanProgress) + Sync),
    stop: StopSignal,
) -> Result<(Vec<LinePlan>, Vec<StageReport>), PlanError> {
    let total = scenario.routes.len();
    let begun = (options.clock)();
    let end = seconds_limit.map(|limit| begun + limit);
    let plans: Vec<Mutex<Option<(LinePlan, f64)>>> = (0..total).map(|_| Mutex::new(None)).collect();
    let lock = |line: usize| plans[line].lock().unwrap_or_else(PoisonError::into_inner);
    let tell = |part: String| {
        let (mut done, mut cost, mut lower_bound) = (0, Fen(0), Fen(0));
        for (plan, _) in (0..total).filter_map(|line| lock(line).clone()) {
            done += 1;
            cost += plan.cost;
            lower_bound += plan.lower_bound;
        }
        progress(PlanProgress { stage: "lines".to_owned(), part, done, total, cost, lower_bound });
    };
    tell(String::new());
    let all: Vec<usize> = (0..total).collect();
    let mut order = all.clone();
    for round in 0.. {
        let search = |position: usize, line: usize| -> Result<(), PlanError> {
            let search_begun = (options.clock)();
            // Whole rounds of all threads are left, this line's included.
            let searches = (order.len() - position).div_ceil(options.threads.max(1)) as f64;
            let seconds = end.map(|end| ((end - search_begun) / searches).clamp(0.0, LONGEST_SEARCH_SECONDS));
            let limits = SearchLimits { seconds, nodes: options.node_limit };
            let before = lock(line).take();
            let plan = match &before {
                None => plan_line(scenario, day, RouteId::from_index(line), limits, stop)?,
                Some((plan, _)) if stop.is_raised() || seconds.is_some_and(|seconds| seconds < 0.5) => plan.clone(),
                Some((plan, _)) => improve_line(scenario, day, plan, limits)?,
            };
            let seconds = before.map_or(0.0, |(_, seconds)| seconds) + (options.clock)() - search_begun;
            *lock(line) = Some((plan, seconds));
            tell(scenario.routes[line].code.clone());
            Ok(())
        };
        let before = costs_and_bounds(&plans);
        on_threads(options.threads, &order, &search)?;
        let is_over = stop.is_raised() || end.is_some_and(|end| (options.clock)() + 1.0 > end);
        // Without a clock one round of improvement is all: what follows would repeat it.
        if is_over || (round > 0 && (end.is_none() || costs_and_bounds(&plans) == before)) {
            break;
        }
        let open = |line: &usize| lock(*line).as_ref().is_some_and(|(plan, _)| !plan.is_good_enough());
        order = all.iter().copied().filter(open).collect();
        order.sort_by_key(|&line| (lock(line).as_ref().map_or(0, |(plan, _)| plan.lower_bound.0 - plan.cost.0), line));
        if order.is_empty() {
            break;
        }
    }
    let (mut found, mut parts) = (Vec::new(), Vec::new());
    let (mut cost, mut lower_bound) = (Fen(0), Fen(0));
    for (line, plan) in plans.into_iter().enumerate() {
        let Some((plan, seconds)) = plan.into_inner().unwrap_or_else(PoisonError::into_inner) else { continue };
        let part = scenario.routes[line].code.clone();
        let figures = StageFigures { cost: plan.cost, lower_bound: plan.lower_bound, seconds };
        parts.push(figures.report("lines", part, plan.relaxed.clone()));
        cost += plan.cost;
        lower_bound += plan.lower_bound;
        found.push(plan);
    }
    let seconds = (options.clock)() - begun;
    let relaxed = parts.iter().flat_map(|part| {
        let of_line = move |text: &String| format!("line {}, {text}", part.part);
        part.relaxed.iter().map(of_line)
    });
    let whole = StageFigures { cost, lower_bound, seconds }.report("lines", String::new(), relaxed.collect());
    Ok((found, std::iter::once(whole).chain(parts).collect()))
}

fn costs_and_bounds(plans: &[Mutex<Option<(LinePlan, f64)>>]) -> Vec<(Fen, Fen)> {
    let of_plan = |plan: &Mutex<Option<(LinePlan, f64)>>| {
        let plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.as_ref().map_or((Fen(0), Fen(0)), |(plan, _)| (plan.cost, plan.lower_bound))
    };
    plans.iter().map(of_plan).collect()
}
