//! The whole day: lines side by side on threads, then the vehicles of all of them together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;

use super::blocks::{Chains, chain, loss};
use super::depots::assign_vehicles;
use super::line_plan::{LinePlan, PlannedTrip, SearchLimits, improve_line, plan_line};
use super::{PlanError, PlanOptions, PlanProgress, coverage};
use crate::calendar::DayType;
use crate::fleet::Product;
use crate::ids::{BlockId, PatternId, RouteId, TripId, VehicleId, VehicleTypeId};
use crate::plan::{Block, StageReport, Timetable, Trip};
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::time::ServiceTime;
use crate::units::Fen;

/// Of the time limit the lines may use this share; vehicles, and the solver's overshoot, get the rest.
const SHARE_OF_LINES: f64 = 0.85;

/// A search of one line takes at most this long, so that a stop is obeyed soon. Much shorter searches, which begin anew
/// each time, find less: in slices of 3 s, a minute's plan of the county was a third farther from its bound.
const LONGEST_SEARCH_SECONDS: f64 = 15.0;

pub(super) fn plan_day(
    scenario: &Scenario,
    date: NaiveDate,
    options: &PlanOptions,
    progress: &(dyn Fn(PlanProgress) + Sync),
    stop: StopSignal,
) -> Result<Timetable, PlanError> {
    let day = scenario.day_type(date)?;
    let (lines, mut stages) = plan_lines(scenario, &day, options, progress, stop)?;
    let trips: Vec<PlannedTrip> = {
        let mut trips: Vec<PlannedTrip> = lines.into_iter().flat_map(|line| line.trips).collect();
        trips.sort();
        trips
    };
    let (trips, blocks, report) = plan_vehicles(scenario, &trips, options, progress)?;
    stages.insert(1, report);
    Ok(Timetable { trips, blocks, stages, ..Timetable::empty(date) })
}

/// The plans by route, and the reports: the whole stage, then a part per line.
///
/// Every line first gets a plan and a bound, then the lines that are farthest from their bounds get the time that is
/// left, in rounds. A round of searches is short, so that a stop is obeyed soon: the solver cannot be interrupted.
fn plan_lines(
    scenario: &Scenario,
    day: &DayType,
    options: &PlanOptions,
    progress: &(dyn Fn(PlanProgress) + Sync),
    stop: StopSignal,
) -> Result<(Vec<LinePlan>, Vec<StageReport>), PlanError> {
    let total = scenario.routes.len();
    let begun = (options.clock)();
    let end = options.time_limit_seconds.map(|limit| begun + limit * SHARE_OF_LINES);
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
        parts.push(report("lines", part, plan.cost, plan.lower_bound, seconds, plan.relaxed.clone()));
        cost += plan.cost;
        lower_bound += plan.lower_bound;
        found.push(plan);
    }
    let seconds = (options.clock)() - begun;
    let relaxed = parts.iter().flat_map(|part| {
        let of_line = move |text: &String| format!("line {}, {text}", part.part);
        part.relaxed.iter().map(of_line)
    });
    let whole = report("lines", String::new(), cost, lower_bound, seconds, relaxed.collect());
    Ok((found, std::iter::once(whole).chain(parts).collect()))
}

fn costs_and_bounds(plans: &[Mutex<Option<(LinePlan, f64)>>]) -> Vec<(Fen, Fen)> {
    let of_plan = |plan: &Mutex<Option<(LinePlan, f64)>>| {
        let plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.as_ref().map_or((Fen(0), Fen(0)), |(plan, _)| (plan.cost, plan.lower_bound))
    };
    plans.iter().map(of_plan).collect()
}

/// Works the items in order, with their positions, on so many threads; ends at the first error.
fn on_threads(
    threads: usize,
    items: &[usize],
    work: &(dyn Fn(usize, usize) -> Result<(), PlanError> + Sync),
) -> Result<(), PlanError> {
    let next = AtomicUsize::new(0);
    let first_error = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&item) = items.get(position) else { return };
                    if let Err(error) = work(position, item) {
                        first_error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                        return;
                    }
                }
            });
        }
    });
    first_error.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

fn report(stage: &str, part: String, cost: Fen, lower_bound: Fen, seconds: f64, relaxed: Vec<String>) -> StageReport {
    let gap = if cost.0 == 0 { 0.0 } else { (cost.0 - lower_bound.0) as f64 / cost.0 as f64 };
    StageReport { stage: stage.to_owned(), part, cost, lower_bound, gap, seconds, relaxed }
}

/// Trips and blocks with their ids, and the report of the stage.
fn plan_vehicles(
    scenario: &Scenario,
    planned: &[PlannedTrip],
    options: &PlanOptions,
    progress: &(dyn Fn(PlanProgress) + Sync),
) -> Result<(Vec<Trip>, Vec<Block>, StageReport), PlanError> {
    let begun = (options.clock)();
    let total = scenario.fleet.vehicle_types.len();
    let (mut cost, mut lower_bound) = (Fen(0), Fen(0));
    let mut planned = planned.to_vec();
    use_other_types(scenario, &mut planned)?;
    let planned = &planned[..];
    let mut days: Vec<(VehicleId, Vec<&PlannedTrip>)> = Vec::new();
    let mut dropped: Vec<&PlannedTrip> = Vec::new();
    for index in 0..total {
        let vehicle_type = VehicleTypeId::from_index(index);
        let of_type: Vec<&PlannedTrip> =
            planned.iter().filter(|trip| trip.candidate.vehicle_type == vehicle_type).collect();
        let Chains { chains, dropped: of_type_dropped, lower_bound: bound } = chain(scenario, vehicle_type, &of_type)?;
        let chains: Vec<Vec<&PlannedTrip>> =
            chains.into_iter().map(|chain| chain.into_iter().map(|trip| of_type[trip]).collect()).collect();
        let (vehicles, of_vehicles) = assign_vehicles(scenario, vehicle_type, &chains)?;
        let lost: Fen = of_type_dropped.iter().map(|&trip| loss(scenario, of_type[trip])).sum();
        cost += of_vehicles + lost;
        lower_bound += bound.min(of_vehicles + lost);
        days.extend(vehicles.into_iter().zip(chains));
        dropped.extend(of_type_dropped.into_iter().map(|trip| of_type[trip]));
        progress(PlanProgress {
            stage: "vehicles".to_owned(),
            part: scenario.fleet.vehicle_types[index].code.clone(),
            done: index + 1,
            total,
            cost,
            lower_bound,
        });
    }
    days.sort_by_key(|&(vehicle, _)| vehicle);
    let relaxed = said_of_dropped(scenario, planned, &dropped);
    let (trips, blocks) = with_ids(scenario, &days);
    let seconds = (options.clock)() - begun;
    Ok((trips, blocks, report("vehicles", String::new(), cost, lower_bound, seconds, relaxed)))
}

/// Gives trips that their type's vehicles cannot work to another type that the line permits and whose seats suffice.
fn use_other_types(scenario: &Scenario, planned: &mut [PlannedTrip]) -> Result<(), PlanError> {
    let types = &scenario.fleet.vehicle_types;
    let seats = |kind: VehicleTypeId| types[kind.index()].capacity.seats;
    let works_lines = |kind| scenario.fleet.of_type_for(kind, Product::Line).next().is_some();
    let mut by_seats: Vec<VehicleTypeId> = (0..types.len()).map(VehicleTypeId::from_index).collect();
    by_seats.sort_by_key(|&kind| (std::cmp::Reverse(seats(kind)), kind));
    for (rank, &vehicle_type) in by_seats.iter().enumerate() {
        let positions: Vec<usize> =
            (0..planned.len()).filter(|&trip| planned[trip].candidate.vehicle_type == vehicle_type).collect();
        let of_type: Vec<&PlannedTrip> = positions.iter().map(|&trip| &planned[trip]).collect();
        for dropped in chain(scenario, vehicle_type, &of_type)?.dropped {
            let trip = &mut planned[positions[dropped]];
            let permitted = &scenario.route(scenario.pattern(trip.candidate.pattern).route).vehicle_types;
            let most = trip.load.iter().copied().max().unwrap_or(0);
            let fits = |kind: &&VehicleTypeId| permitted.contains(kind) && seats(**kind) >= most && works_lines(**kind);
            if let Some(&other) = by_seats[rank + 1..].iter().find(fits) {
                trip.candidate.vehicle_type = other;
            }
        }
    }
    planned.sort();
    Ok(())
}

fn with_ids(scenario: &Scenario, days: &[(VehicleId, Vec<&PlannedTrip>)]) -> (Vec<Trip>, Vec<Block>) {
    let mut trips: Vec<Trip> = Vec::new();
    for (block, (_, chain)) in days.iter().enumerate() {
        trips.extend(chain.iter().map(|trip| Trip {
            pattern: trip.candidate.pattern,
            departure: trip.candidate.departure,
            vehicle_type: trip.candidate.vehicle_type,
            block: BlockId::from_index(block),
            expected_load: trip.load.clone(),
        }));
    }
    trips.sort_by_key(|trip| (trip.pattern, trip.departure));
    let mut of_block: Vec<Vec<TripId>> = vec![Vec::new(); days.len()];
    for (index, trip) in trips.iter().enumerate() {
        of_block[trip.block.index()].push(TripId::from_index(index));
    }
    let travel = &scenario.network.travel;
    let blocks = days.iter().zip(of_block).map(|((vehicle, _), mut of_block)| {
        of_block.sort_by_key(|trip| trips[trip.index()].departure);
        let depot = scenario.fleet.depot_place(*vehicle);
        let (first, last) = (&trips[of_block[0].index()], &trips[of_block[of_block.len() - 1].index()]);
        let (first_pattern, last_pattern) = (scenario.pattern(first.pattern), scenario.pattern(last.pattern));
        Block {
            vehicle: *vehicle,
            leaves_depot: first.departure - travel.duration(depot, first_pattern.first_stop()),
            returns: last.departure + last_pattern.running_time() + travel.duration(last_pattern.last_stop(), depot),
            trips: of_block,
            runs: Vec::new(),
        }
    });
    let blocks = blocks.collect();
    (trips, blocks)
}

/// Every dropped trip, and what its line owes without it.
fn said_of_dropped(scenario: &Scenario, planned: &[PlannedTrip], dropped: &[&PlannedTrip]) -> Vec<String> {
    let name = |pattern: PatternId| {
        let pattern = scenario.pattern(pattern);
        format!("line {}, direction {}", scenario.route(pattern.route).code, pattern.direction)
    };
    let mut said: Vec<String> = Vec::new();
    for trip in dropped {
        let kind = &scenario.fleet.vehicle_types[trip.candidate.vehicle_type.index()].code;
        let (line, departure) = (name(trip.candidate.pattern), trip.candidate.departure);
        let riders = trip.boardings;
        said.push(format!("{line}: no {kind} left for the {departure} departure ({riders} passengers)"));
    }
    let mut patterns: Vec<PatternId> = dropped.iter().map(|trip| trip.candidate.pattern).collect();
    patterns.sort();
    patterns.dedup();
    for pattern in patterns {
        let runs = |trip: &&PlannedTrip| trip.candidate.pattern == pattern && !dropped.contains(trip);
        let departures: Vec<ServiceTime> = planned.iter().filter(runs).map(|trip| trip.candidate.departure).collect();
        let owed = coverage::shortfalls(&scenario.policy.lines, &departures);
        said.extend(owed.into_iter().map(|owed| format!("{}: {owed}", name(pattern))));
    }
    said
}
