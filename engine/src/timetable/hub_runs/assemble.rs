//! From the plans of the parts to the plan of the whole: directions turned back, costs counted anew in whole fen.

use super::instance::Instance;
use super::instance::UNITS_PER_FEN;
use super::part::Part;
use super::plan::{HubRun, HubRunPlan, PeopleAtCall, RunCall};
use super::problem::{Direction, HubRunProblem};
use super::routes::Route;
use crate::time::Duration;
use crate::units::{Fen, Metres};

/// Adds what was found of a part.
pub(super) fn add_part(plan: &mut HubRunPlan, problem: &HubRunProblem<'_>, part: &Part<'_>) {
    let (instance, solution) = (part.instance, part.solution());
    for route in &solution.routes {
        let run = run_of(problem, instance, route);
        share_cost(plan, instance, route, run.cost);
        plan.runs.push(run);
    }
    for (data, &absent) in instance.groups.iter().zip(&solution.absent) {
        let group = &problem.groups[data.index];
        let riders = absent.min(data.line.1);
        plan.line_riders[data.index] = riders;
        plan.left_behind[data.index] = absent - riders;
        let riding = group.line.map_or(0, |line| line.cost.0 * i64::from(riders));
        plan.cost_of_hub[group.hub] += Fen(riding + group.cost_left_behind.0 * i64::from(absent - riders));
    }
    for run in &plan.runs[plan.runs.len() - solution.routes.len()..] {
        for (call, at) in run.calls.iter().flat_map(|call| call.people.iter().map(move |people| (call, people))) {
            let group = &problem.groups[at.group];
            let stop = group.stops.iter().filter(|stop| stop.place == call.place).map(|stop| stop.walking_cost).min();
            plan.cost_of_hub[group.hub] += Fen(stop.map_or(0, |walk| walk.0) * i64::from(at.people));
        }
    }
    plan.cost = plan.cost_of_hub.iter().copied().sum();
    plan.lower_bound += Fen(part.bound().max(0) / UNITS_PER_FEN);
    let to_fen = |units: i64| Fen((units + UNITS_PER_FEN / 2) / UNITS_PER_FEN);
    for (data, &dual) in instance.groups.iter().zip(&part.duals().people) {
        plan.prices.one_more_person[data.index] = to_fen(dual);
    }
    for (price, &dual) in plan.prices.one_more_run.iter_mut().zip(&part.duals().runs) {
        *price = to_fen(dual);
    }
}

fn run_of(problem: &HubRunProblem<'_>, instance: &Instance, route: &Route) -> HubRun {
    let distance = Metres(route.shape.metres);
    let duration = Duration::from_seconds(route.shape.duration(instance, route.kind));
    let calls = route.visits.chunk_by(|one, other| one.node == other.node);
    let mut end = 0;
    let mut calls: Vec<RunCall> = calls
        .map(|visits| {
            end += visits.len();
            // The ride of those here is that of a run that ends here, with everybody of the second hub on board.
            let mut so_far = super::routes::Shape::of(instance, route.origin, &route.visits[..end]);
            so_far.people_of_second = route.shape.people_of_second;
            let mut people: Vec<PeopleAtCall> = visits
                .iter()
                .map(|visit| PeopleAtCall { group: instance.groups[visit.group as usize].index, people: visit.people })
                .collect();
            people.sort_unstable();
            RunCall {
                place: instance.places[visits[0].node as usize],
                ride: Duration::from_seconds(so_far.ride(instance, route.kind)),
                people,
            }
        })
        .collect();
    let mut hubs: Vec<usize> = route.origin.hubs().map(|hub| instance.hubs[hub]).collect();
    if problem.direction == Direction::ToHub {
        calls.reverse();
        hubs.reverse();
    }
    let cost = instance.kinds[route.kind].cost(distance, duration);
    HubRun { kind: route.kind, hubs, calls, distance, duration, cost }
}

/// The cost of a run goes to its hubs by heads; the first has what doesn't divide.
fn share_cost(plan: &mut HubRunPlan, instance: &Instance, route: &Route, cost: Fen) {
    let Some(second) = route.origin.second else {
        plan.cost_of_hub[instance.hubs[route.origin.first]] += cost;
        return;
    };
    let of_second = cost.0 * i64::from(route.shape.people_of_second) / i64::from(route.shape.people.max(1));
    plan.cost_of_hub[instance.hubs[second]] += Fen(of_second);
    plan.cost_of_hub[instance.hubs[route.origin.first]] += cost - Fen(of_second);
}
