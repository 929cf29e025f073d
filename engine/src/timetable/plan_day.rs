//! The whole day: lines side by side on threads, then the vehicles of all of them together.

use std::sync::Mutex;
use std::sync::PoisonError;

use chrono::NaiveDate;

use super::blocks::{Chains, chain};
use super::depots::assign_vehicles;
use super::line_plan::{LinePlan, PlannedTrip, SearchLimits, plan_line};
use super::{PlanError, PlanOptions, PlanProgress, coverage};
use crate::calendar::DayType;
use crate::ids::{BlockId, PatternId, RouteId, TripId, VehicleId, VehicleTypeId};
use crate::plan::{Block, StageReport, Timetable, Trip};
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::time::ServiceTime;
use crate::units::Fen;

/// Of the time limit the lines may use this share; vehicles, and the solver's overshoot, get the rest.
const SHARE_OF_LINES: f64 = 0.85;

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
    Ok(Timetable { date, trips, blocks, stages })
}

/// Lines done so far, shared by the threads.
#[derive(Default)]
struct Done {
    next: usize,
    plans: Vec<(usize, Result<LinePlan, PlanError>, f64)>,
    cost: Fen,
    lower_bound: Fen,
}

/// The plans by route, and the reports: the whole stage, then a part per line.
fn plan_lines(
    scenario: &Scenario,
    day: &DayType,
    options: &PlanOptions,
    progress: &(dyn Fn(PlanProgress) + Sync),
    stop: StopSignal,
) -> Result<(Vec<LinePlan>, Vec<StageReport>), PlanError> {
    let total = scenario.routes.len();
    let threads = options.threads.clamp(1, total.max(1));
    let begun = (options.clock)();
    let done = Mutex::new(Done::default());
    let lock = || done.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = |part: String, done: &Done| PlanProgress {
        stage: "lines".to_owned(),
        part,
        done: done.plans.len(),
        total,
        cost: done.cost,
        lower_bound: done.lower_bound,
    };
    progress(stage(String::new(), &lock()));
    let work = || {
        loop {
            let line = {
                let mut done = lock();
                done.next += 1;
                done.next - 1
            };
            if line >= total {
                return;
            }
            let line_begun = (options.clock)();
            let seconds = options.time_limit_seconds.map(|limit| {
                let left = (limit * SHARE_OF_LINES - (line_begun - begun)).max(0.0);
                // Whole rounds of all threads are left, this line's included.
                let rounds = (total - line).div_ceil(threads);
                left / rounds as f64
            });
            let limits = SearchLimits { seconds, nodes: options.node_limit };
            let plan = plan_line(scenario, day, RouteId::from_index(line), (!stop.is_raised()).then_some(limits));
            let mut done = lock();
            if let Ok(plan) = &plan {
                done.cost += plan.cost;
                done.lower_bound += plan.lower_bound;
            }
            done.plans.push((line, plan, (options.clock)() - line_begun));
            let finished = stage(scenario.routes[line].code.clone(), &done);
            drop(done);
            progress(finished);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.plans.sort_by_key(|&(line, ..)| line);
    let (mut plans, mut parts) = (Vec::new(), Vec::new());
    for (line, plan, seconds) in done.plans {
        let plan = plan?;
        let part = scenario.routes[line].code.clone();
        parts.push(report("lines", part, plan.cost, plan.lower_bound, seconds, plan.relaxed.clone()));
        plans.push(plan);
    }
    let seconds = (options.clock)() - begun;
    let relaxed = parts.iter().flat_map(|part| {
        let of_line = move |text: &String| format!("line {}, {text}", part.part);
        part.relaxed.iter().map(of_line)
    });
    let whole = report("lines", String::new(), done.cost, done.lower_bound, seconds, relaxed.collect());
    Ok((plans, std::iter::once(whole).chain(parts).collect()))
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
        cost += of_vehicles;
        lower_bound += bound.min(of_vehicles);
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
