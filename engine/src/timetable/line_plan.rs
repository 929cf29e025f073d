//! Solving the model of one line: a first plan, the search, the recount in whole passengers, the bound.
//!
//! The first plan keeps an even headway with the largest permitted vehicles and is priced by the model itself with its
//! departures pinned; the search starts from it, so there is always a plan. The last step pins the departures of the
//! best solution and assigns whole passengers: its cost is what is reported.

use super::PlanError;
use super::coverage;
use super::demand_groups::demand_groups;
use super::line_model::{Candidate, LineModel, PatternDemand};
use super::mip::{Limits, Outcome};
use crate::calendar::DayType;
use crate::ids::RouteId;
use crate::scenario::Scenario;
use crate::time::ServiceTime;
use crate::units::Fen;

/// Plans closer to the bound than this are good enough: the forecast is not that precise.
const GOOD_ENOUGH_GAP: f64 = 0.005;

/// A departure of a line with the passengers expected on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedTrip {
    /// Pattern, time, vehicle type.
    pub candidate: Candidate,
    /// Passengers on board between each stop and the next.
    pub load: Vec<i32>,
    /// Passengers who board it.
    pub boardings: i32,
}

/// The plan of one line, as if it had vehicles of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct LinePlan {
    /// The line.
    pub route: RouteId,
    /// By pattern, then departure.
    pub trips: Vec<PlannedTrip>,
    /// Vehicles, passengers' time, and what is missing.
    pub cost: Fen,
    /// No plan of this line alone on the departure grid costs less.
    pub lower_bound: Fen,
    /// Rules that are not kept, and passengers left behind, in words.
    pub relaxed: Vec<String>,
}

/// How long to search for a line; `None` as a whole: only the first plan, without a bound.
#[derive(Clone, Copy, Debug)]
pub struct SearchLimits {
    /// Seconds.
    pub seconds: Option<f64>,
    /// Branch-and-bound nodes.
    pub nodes: Option<u32>,
}

/// The best plan of a line within the limits.
pub fn plan_line(
    scenario: &Scenario,
    day: &DayType,
    route: RouteId,
    limits: Option<SearchLimits>,
) -> Result<LinePlan, PlanError> {
    let groups = |&pattern| PatternDemand { pattern, groups: demand_groups(scenario, day, pattern) };
    let demand: Vec<PatternDemand> = scenario.route(route).patterns.iter().map(groups).collect();
    let model = LineModel::new(scenario, route, &demand);
    let failed = |outcome: &Outcome| PlanError::Solver {
        part: format!("line {}", scenario.route(route).code),
        status: outcome.status.clone(),
    };
    let first = price(&model, &even_headways(scenario, &model));
    let mut values = first.values.as_ref().ok_or_else(|| failed(&first))?.clone();
    let mut lower_bound = 0;
    if let Some(SearchLimits { seconds, nodes }) = limits {
        let found = model.mip.solve(Limits { seconds, nodes, gap: GOOD_ENOUGH_GAP }, Some(&values));
        lower_bound = found.lower_bound.unwrap_or(0).max(0);
        if let Some(better) = found.values {
            let recounted = price(&model, &chosen(&model, &better));
            let better = recounted.values.as_ref().ok_or_else(|| failed(&recounted))?;
            if model.mip.cost(better) < model.mip.cost(&values) {
                values = better.clone();
            }
        }
    }
    let cost = model.mip.cost(&values);
    let trips = trips(scenario, &model, &values);
    let relaxed = relaxed(scenario, &demand, &trips);
    Ok(LinePlan { route, trips, cost: Fen(cost), lower_bound: Fen(lower_bound.min(cost)), relaxed })
}

/// The model with exactly these departures and whole passengers.
fn price(model: &LineModel, departures: &[Candidate]) -> Outcome {
    let mut pinned = model.mip.clone();
    for (candidate, column) in &model.departures {
        pinned.fix(*column, if departures.contains(candidate) { 1.0 } else { 0.0 });
    }
    for assignment in &model.assignments {
        pinned.make_integer(assignment.column);
    }
    pinned.solve(Limits::NONE, None)
}

fn chosen(model: &LineModel, values: &[f64]) -> Vec<Candidate> {
    let is_made = |(_, column): &&(Candidate, _)| super::mip::Column::value(*column, values) == 1;
    model.departures.iter().filter(is_made).map(|&(candidate, _)| candidate).collect()
}

/// Every direction at an even headway that keeps the coverage rules, by the type with the most seats.
///
/// If the fleet is too small for that, nothing runs: the model then prices the missing departures.
fn even_headways(scenario: &Scenario, model: &LineModel) -> Vec<Candidate> {
    let policy = &scenario.policy.lines;
    let seats = |candidate: &Candidate| scenario.fleet.vehicle_types[candidate.vehicle_type.index()].capacity.seats;
    let grid = policy.departure_grid.seconds();
    let (by, from) = (policy.first_departure_by.seconds().div_euclid(grid), policy.last_departure_from.seconds());
    let last = (from + grid - 1).div_euclid(grid);
    let steps = (policy.largest_gap.seconds() / grid).max(1);
    let intervals = ((last - by + steps - 1) / steps).max(policy.least_departures - 1).max(1);
    let times: Vec<ServiceTime> = (0..=intervals)
        .map(|number| ServiceTime::from_seconds((by + (last - by) * number / intervals) * grid))
        .collect();
    let largest = model.departures.iter().map(|(candidate, _)| (seats(candidate), candidate.vehicle_type)).max();
    let Some((_, vehicle_type)) = largest else { return Vec::new() };
    let wanted = |candidate: &Candidate| {
        candidate.vehicle_type == vehicle_type && times.binary_search(&candidate.departure).is_ok()
    };
    let even: Vec<Candidate> = model.departures.iter().map(|&(candidate, _)| candidate).filter(wanted).collect();
    if price(model, &even).values.is_some() { even } else { Vec::new() }
}

fn trips(scenario: &Scenario, model: &LineModel, values: &[f64]) -> Vec<PlannedTrip> {
    let mut trips: Vec<PlannedTrip> = chosen(model, values)
        .into_iter()
        .map(|candidate| {
            let segments = scenario.pattern(candidate.pattern).stops.len() - 1;
            PlannedTrip { candidate, load: vec![0; segments], boardings: 0 }
        })
        .collect();
    trips.sort();
    for assignment in &model.assignments {
        let passengers = assignment.column.value(values) as i32;
        let is_it = |trip: &&mut PlannedTrip| {
            trip.candidate.pattern == assignment.pattern && trip.candidate.departure == assignment.departure
        };
        if let Some(trip) = trips.iter_mut().find(is_it) {
            trip.boardings += passengers;
            trip.load[assignment.group.from_stop..assignment.group.to_stop]
                .iter_mut()
                .for_each(|load| *load += passengers);
        }
    }
    trips
}

fn relaxed(scenario: &Scenario, demand: &[PatternDemand], trips: &[PlannedTrip]) -> Vec<String> {
    let mut relaxed = Vec::new();
    for PatternDemand { pattern, groups } in demand {
        let of_pattern = || trips.iter().filter(|trip| trip.candidate.pattern == *pattern);
        let direction = scenario.pattern(*pattern).direction;
        let departures: Vec<ServiceTime> = of_pattern().map(|trip| trip.candidate.departure).collect();
        let owed = coverage::shortfalls(&scenario.policy.lines, &departures);
        relaxed.extend(owed.into_iter().map(|owed| format!("direction {direction}: {owed}")));
        let wanted: i32 = groups.iter().map(|group| group.passengers).sum();
        let carried: i32 = of_pattern().map(|trip| trip.boardings).sum();
        if carried < wanted {
            relaxed.push(format!("direction {direction}: {} of {wanted} passengers not served", wanted - carried));
        }
    }
    relaxed
}
