//! Lines that together want more vehicles than there are at some time give way, one departure after the other.
//!
//! Searching line by line finds its way out of an overload slowly: each line has little reason to be the one that moves. Here
//! departures at the overloaded moments are taken away, moved a little or given to another vehicle type, always the change that costs
//! least for what it relieves. Every change is priced exactly, passengers finding other departures.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::PlanError;
use super::fleet_prices::SharedLines;
use super::line_model::Candidate;
use super::line_plan::{LinePlan, PlannedTrip, with_departures};
use super::shared_fleet::{LineFleet, Moment, Usage, add_usage, moments};
use super::stage::on_threads;
use crate::time::Duration;

/// So many departures are tried in each round, those with the fewest passengers for what they relieve.
const TRIED: usize = 6;

/// Departures move by so many steps of the grid at most.
const MOST_STEPS: i32 = 2;

const MOST_ROUNDS: usize = 60;

/// Plans of lines, by route; those of lines that were not searched are missing.
pub(super) type Plans = [Option<LinePlan>];

/// Changes departures until no moment is overloaded, nothing relieves any, or it is over.
pub(super) fn give_way(
    shared: &SharedLines,
    plans: &mut Plans,
    is_over: &(dyn Fn() -> bool + Sync),
) -> Result<(), PlanError> {
    for _ in 0..MOST_ROUNDS {
        let beyond = overloads(shared.fleet, plans);
        if beyond.is_empty() || is_over() {
            return Ok(());
        }
        let changes = changes(shared, plans, &beyond);
        let priced: Vec<Mutex<Option<LinePlan>>> = changes.iter().map(|_| Mutex::new(None)).collect();
        let all: Vec<usize> = (0..changes.len()).collect();
        let price = |index: usize| -> Result<(), PlanError> {
            let change = &changes[index];
            if let Some(plan) = &plans[change.line] {
                let found = with_departures((shared.scenario, shared.day), plan, &change.departures);
                *priced[index].lock().unwrap_or_else(PoisonError::into_inner) = found;
            }
            Ok(())
        };
        on_threads(shared.options.threads, &all, &price)?;
        let mut best: Option<(i64, i64, usize, LinePlan)> = None;
        for (index, (change, found)) in changes.iter().zip(priced).enumerate() {
            let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
            let (Some(found), Some(before)) = (found, &plans[change.line]) else { continue };
            let dearer = found.cost.0 - before.cost.0;
            let is_better = |&(other, relieved, ..): &(i64, i64, usize, LinePlan)| {
                i128::from(dearer) * i128::from(relieved) < i128::from(other) * i128::from(change.relieved)
            };
            if best.as_ref().is_none_or(is_better) {
                best = Some((dearer, change.relieved, index, found));
            }
        }
        let Some((_, _, index, found)) = best else { return Ok(()) };
        plans[changes[index].line] = Some(found);
    }
    Ok(())
}

/// By moment: vehicles on trips.
pub(super) fn used(fleet: LineFleet, plans: &Plans) -> Usage {
    let trips = plans.iter().flatten().flat_map(|plan| &plan.trips);
    let mut usage = Usage::new();
    add_usage(&mut usage, fleet.scenario, trips.map(|trip| (trip.candidate, 1.0)));
    usage
}

/// By moment: vehicles on trips beyond those that there are for lines.
pub(super) fn overloads(fleet: LineFleet, plans: &Plans) -> BTreeMap<Moment, i64> {
    let beyond = |(moment, used): (Moment, f64)| (moment, used as i64 - fleet.vehicles(moment));
    used(fleet, plans).into_iter().map(beyond).filter(|&(_, beyond)| beyond > 0).collect()
}

/// A line with other departures.
struct Change {
    line: usize,
    departures: Vec<Candidate>,
    /// Vehicles less beyond the fleet, all moments together; positive.
    relieved: i64,
}

/// What could be changed about the departures that matter least.
fn changes(shared: &SharedLines, plans: &Plans, beyond: &BTreeMap<Moment, i64>) -> Vec<Change> {
    let scenario = shared.scenario;
    let overloaded =
        |candidate: Candidate| moments(scenario, candidate).filter(|moment| beyond.contains_key(moment)).count() as i64;
    let mut trips: Vec<(usize, &PlannedTrip, i64)> = Vec::new();
    for (line, plan) in plans.iter().enumerate() {
        let of_line = plan.iter().flat_map(|plan| &plan.trips);
        let of_line = of_line.map(|trip| (line, trip, overloaded(trip.candidate)));
        trips.extend(of_line.filter(|&(_, _, relieved)| relieved > 0));
    }
    // Fewest passengers per moment.
    trips.sort_by(|one, other| {
        let per_moment = i64::from(one.1.boardings) * other.2;
        per_moment.cmp(&(i64::from(other.1.boardings) * one.2)).then(one.0.cmp(&other.0)).then(one.1.cmp(other.1))
    });
    let used = used(shared.fleet, plans);
    let mut changes = Vec::new();
    for &(line, trip, relieved) in trips.iter().take(TRIED) {
        let Some(plan) = &plans[line] else { continue };
        let rest: Vec<Candidate> =
            plan.trips.iter().map(|trip| trip.candidate).filter(|other| *other != trip.candidate).collect();
        changes.push(Change { line, departures: rest.clone(), relieved });
        let own: Vec<Moment> = moments(scenario, trip.candidate).collect();
        for instead in instead_of(shared, trip.candidate) {
            let is_free = |moment: Moment| {
                let used = used.get(&moment).copied().unwrap_or(0.0) as i64;
                used - i64::from(own.contains(&moment)) < shared.fleet.vehicles(moment)
            };
            let is_taken =
                rest.iter().any(|other| (other.pattern, other.departure) == (instead.pattern, instead.departure));
            if !is_taken && moments(scenario, instead).all(is_free) {
                let departures = rest.iter().copied().chain([instead]).collect();
                changes.push(Change { line, departures, relieved });
            }
        }
    }
    changes
}

/// The same departure a little earlier or later, or with another vehicle type.
fn instead_of(shared: &SharedLines, candidate: Candidate) -> Vec<Candidate> {
    let scenario = shared.scenario;
    let grid = scenario.policy.lines.departure_grid.seconds();
    let steps = (-MOST_STEPS..=MOST_STEPS).filter(|&step| step != 0);
    let moved = steps
        .map(|step| Candidate { departure: candidate.departure + Duration::from_seconds(step * grid), ..candidate });
    let types = scenario.route(scenario.pattern(candidate.pattern).route).vehicle_types.iter();
    let other_type = types.filter(|&&kind| kind != candidate.vehicle_type);
    moved.chain(other_type.map(|&vehicle_type| Candidate { vehicle_type, ..candidate })).collect()
}
