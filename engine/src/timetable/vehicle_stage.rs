//! Vehicles for all trips and runs of a date, and the timetable that comes of it: ids, blocks, what had to be left out.

use std::collections::BTreeMap;

use super::blocks::{FixedFleet, VehicleDays, Work, WorkedBlock};
use super::hub_stage::HubStage;
use super::line_plan::PlannedTrip;
use super::luggage::share_luggage;
use super::retiming::{Leeway, Retimed, better_times, moved};
use super::round_trips::leave_none_stranded;
use super::stage::StageFigures;
use super::vehicle_scheduling::{VehicleSchedulingOptions, VehicleSchedulingProgress};
use super::{PlanError, PlanOptions, coverage};
use crate::calendar::DayType;
use crate::ids::{BlockId, DepotId, PatternId, RunId, TripId, VehicleTypeId};
use crate::plan::{Advice, Block, LeftBehind, Run, RunDemand, RunDirection, StageReport, Timetable, Trip};
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Fen;

/// Fills the timetable with trips, runs and blocks, and adds the stage's report to what it has.
pub(super) fn plan_vehicles(
    scenario: &Scenario,
    HubStage { mut runs, mut leeways, trips, on_lines, moved_bells, left_behind, reports }: HubStage,
    (options, seconds): (&PlanOptions, Option<f64>),
    (timetable, progress): (&mut Timetable, &dyn Fn(VehicleSchedulingProgress)),
    stop: StopSignal,
) -> Result<(), PlanError> {
    let begun = (options.clock)();
    let day = scenario.day_type(timetable.date)?;
    let limits = (options, seconds);
    let (mut days, moved) = days_and_times(scenario, &trips, (&mut runs, &mut leeways), limits, progress, stop)?;
    timetable.moved_bells = moved_bells;
    timetable.left_behind = left_behind;
    timetable.stages.extend(reports);
    // Whatever is in no block, for whatever reason, is worked by nobody.
    let is_worked = |work: &Work| days.blocks.iter().any(|block| block.work.contains(work));
    let all = (0..trips.len()).map(Work::Trip).chain((0..runs.len()).map(Work::Run));
    let left_out: Vec<Work> = all.filter(|work| !is_worked(work)).collect();
    let dropped: Vec<&PlannedTrip> = left_out.iter().filter_map(|&work| trip_of(&trips, work)).collect();
    let mut relaxed = said_of_dropped((scenario, &day), &trips, &dropped);
    for &work in &left_out {
        if let Work::Run(run) = work {
            leave_behind(&mut timetable.left_behind, of_run(&runs[run]));
            relaxed.push(said_of_run(scenario, &runs[run]));
        }
    }
    let lost = on_lines.iter().filter(|pupils| left_out.contains(&Work::Trip(pupils.trip)));
    for pupils in lost {
        let is_it = |left: &&mut LeftBehind| left.of == pupils.of && left.direction == pupils.direction;
        timetable.left_behind.iter_mut().filter(is_it).for_each(|left| left.on_lines -= pupils.people);
        leave_behind(&mut timetable.left_behind, [(pupils.of, pupils.direction, pupils.people)]);
    }
    let stranded = leave_none_stranded(&mut runs, &mut days.blocks);
    if !stranded.is_empty() {
        let people: i32 = stranded.iter().map(|left| left.people).sum();
        relaxed.push(format!("{people} market goers are not brought in, because no run brings them home"));
        leave_behind(&mut timetable.left_behind, stranded.iter().map(|left| (left.of, left.direction, left.people)));
    }
    number(timetable, &days, &trips, &runs, scenario);
    if moved > 0 {
        relaxed.push(format!("{moved} runs are at other times than chosen at first, so that vehicles reach them"));
    }
    let figures = StageFigures { cost: days.cost, lower_bound: days.lower_bound, seconds: (options.clock)() - begun };
    let advice = advice(scenario, &days);
    timetable.stages.push(StageReport { advice, ..figures.report("vehicles", String::new(), relaxed) });
    Ok(())
}

/// Vehicle days, better times of runs beside them, vehicle days again; how many runs moved.
fn days_and_times(
    scenario: &Scenario,
    trips: &[PlannedTrip],
    (runs, leeways): (&mut [Run], &mut [Leeway]),
    (options, seconds): (&PlanOptions, Option<f64>),
    progress: &dyn Fn(VehicleSchedulingProgress),
    stop: StopSignal,
) -> Result<(VehicleDays, usize), PlanError> {
    let begun = (options.clock)();
    let mut search = VehicleSchedulingOptions {
        time_limit_seconds: seconds.map(|seconds| FIRST_PART * seconds),
        round_limit: options.node_limit.map(u64::from),
        gap: FIRST_GAP,
        seed: 1,
        clock: options.clock,
    };
    let mut days = FixedFleet::new(scenario, trips, runs).vehicle_days(&search, progress, stop)?;
    search.gap = GOOD_ENOUGH_GAP;
    let mut has_moved = vec![false; runs.len()];
    for round in 0..MOST_RETIMINGS {
        let left = seconds.map(|seconds| begun + seconds - (options.clock)());
        let is_over = left.zip(seconds).is_some_and(|(left, seconds)| left < SHORTEST_PART * seconds);
        if round > 0 && (is_over || stop.is_raised()) {
            break;
        }
        // Vehicle days that are far from good leave out what better ones don't: they are made better first.
        let is_good = (days.cost.0 - days.lower_bound.0) as f64 <= WORTH_RETIMING_GAP * days.cost.0 as f64;
        let fleet = FixedFleet::new(scenario, trips, runs);
        match better_times(&fleet, leeways, &days).filter(|_| is_good && !stop.is_raised()) {
            Some(Retimed { shifts, chains }) => {
                for (run, shift) in shifts.into_iter().enumerate().filter(|(_, shift)| *shift != Duration::ZERO) {
                    (runs[run], leeways[run]) = (moved(&runs[run], shift), leeways[run].after(shift));
                    has_moved[run] = true;
                }
                days.chains = chains;
            }
            None if round > 0 && is_good => break,
            None => {}
        }
        search.time_limit_seconds = left;
        days = FixedFleet::new(scenario, trips, runs).vehicle_days_from(&days, &search, progress, stop)?;
    }
    Ok((days, has_moved.into_iter().filter(|has_moved| *has_moved).count()))
}

fn trip_of(trips: &[PlannedTrip], work: Work) -> Option<&PlannedTrip> {
    match work {
        Work::Trip(trip) => Some(&trips[trip]),
        Work::Run(_) => None,
    }
}

/// What is worked gets its id, its block and the type of the vehicle that works it.
fn number(timetable: &mut Timetable, days: &VehicleDays, trips: &[PlannedTrip], runs: &[Run], scenario: &Scenario) {
    let mut block_of_trip = vec![None; trips.len()];
    let mut block_of_run = vec![None; runs.len()];
    for (index, block) in days.blocks.iter().enumerate() {
        for &work in &block.work {
            let id = Some((BlockId::from_index(index), scenario.fleet.vehicle(block.vehicle).vehicle_type));
            match work {
                Work::Trip(trip) => block_of_trip[trip] = id,
                Work::Run(run) => block_of_run[run] = id,
            }
        }
    }
    let worked = trips.iter().zip(block_of_trip).filter_map(|(trip, block)| {
        let (block, vehicle_type) = block?;
        let (pattern, departure) = (trip.candidate.pattern, trip.candidate.departure);
        Some(Trip { pattern, departure, vehicle_type, block, expected_load: trip.load.clone() })
    });
    timetable.trips = worked.collect();
    timetable.trips.sort_by_key(|trip| (trip.pattern, trip.departure));
    let worked = runs.iter().zip(block_of_run);
    let worked =
        worked.filter_map(|(run, block)| block.map(|(block, kind)| Run { vehicle_type: kind, block, ..run.clone() }));
    timetable.runs = worked.collect();
    share_luggage(scenario, &mut timetable.runs);
    let block = |(index, block): (usize, &WorkedBlock)| {
        let id = BlockId::from_index(index);
        let mut trips: Vec<TripId> = (0..timetable.trips.len())
            .filter(|&trip| timetable.trips[trip].block == id)
            .map(TripId::from_index)
            .collect();
        trips.sort_by_key(|&trip| timetable.trip(trip).departure);
        let mut runs: Vec<RunId> =
            (0..timetable.runs.len()).filter(|&run| timetable.runs[run].block == id).map(RunId::from_index).collect();
        runs.sort_by_key(|&run| timetable.run(run).starts());
        let WorkedBlock { vehicle, leaves_depot, returns, .. } = *block;
        Block { vehicle, leaves_depot, returns, trips, runs }
    };
    timetable.blocks = days.blocks.iter().enumerate().map(block).collect();
}

/// Whoever rides a run.
fn of_run(run: &Run) -> impl Iterator<Item = (RunDemand, RunDirection, i32)> {
    let riders = run.calls.iter().flat_map(|call| &call.boardings);
    riders.map(|riders| (riders.of, run.direction, riders.people))
}

/// Adds people who stay behind.
fn leave_behind(left_behind: &mut Vec<LeftBehind>, staying: impl IntoIterator<Item = (RunDemand, RunDirection, i32)>) {
    for (of, direction, people) in staying {
        let is_it = |left: &&mut LeftBehind| left.of == of && left.direction == direction;
        match left_behind.iter_mut().find(is_it) {
            Some(left) => left.people += people,
            None => left_behind.push(LeftBehind { of, direction, people, on_lines: 0 }),
        }
    }
}

fn said_of_run(scenario: &Scenario, run: &Run) -> String {
    let people: i32 = run.calls.iter().flat_map(|call| &call.boardings).map(|riders| riders.people).sum();
    let hub = run.hubs.first().map_or_else(String::new, |hub| hub.code(scenario).to_owned());
    let way = if run.direction == RunDirection::Inward { "to" } else { "home from" };
    format!("no vehicle left for the {} run {way} {hub} at {} ({people} people)", run.product.word(), run.starts())
}

/// The vehicles of which one more would save most: a day's worth of it, when they are needed most.
fn advice(scenario: &Scenario, days: &VehicleDays) -> Vec<Advice> {
    let mut best: BTreeMap<(DepotId, VehicleTypeId), Fen> = BTreeMap::new();
    for &(depot, kind, saves) in days.savings.iter().filter(|(_, _, saves)| *saves > Fen(0)) {
        let known = best.entry((depot, kind)).or_default();
        *known = saves.max(*known);
    }
    let mut best: Vec<_> = best.into_iter().collect();
    best.sort_by_key(|&(of, saves)| (std::cmp::Reverse(saves), of));
    let advice = best.into_iter().take(MOST_ADVICE).map(|((depot, vehicle_type), saves)| {
        let of_class = |block: &&WorkedBlock| {
            let vehicle = scenario.fleet.vehicle(block.vehicle);
            vehicle.depot == depot && vehicle.vehicle_type == vehicle_type
        };
        Advice::OneMoreVehicle {
            vehicle_type: scenario.fleet.vehicle_types[vehicle_type.index()].code.clone(),
            depot: scenario.fleet.depots[depot.index()].code.clone(),
            busiest: busiest_hour(days.blocks.iter().filter(of_class)),
            saves,
        }
    });
    advice.collect()
}

/// The part of the time, and the gap, of the first vehicle days; the rest is for better times of runs.
const FIRST_PART: f64 = 0.6;
const FIRST_GAP: f64 = 1e-3;

/// Times are looked at again so often at most, with at least this part of the time, and only where vehicle days are this good.
const MOST_RETIMINGS: usize = 4;
const SHORTEST_PART: f64 = 0.2;
const WORTH_RETIMING_GAP: f64 = 0.01;

/// Vehicle days this close to their bound are good enough: lines and drivers need the time more.
const GOOD_ENOUGH_GAP: f64 = 1e-4;

/// No planner reads more.
const MOST_ADVICE: usize = 5;

/// The hour of the clock in which most of these blocks are out; the earliest of several.
fn busiest_hour<'a>(blocks: impl Iterator<Item = &'a WorkedBlock>) -> TimeWindow {
    let out: Vec<TimeWindow> = blocks.map(|block| TimeWindow::new(block.leaves_depot, block.returns)).collect();
    let hours = (0..30).map(|hour| TimeWindow::new(ServiceTime::hm(hour, 0), ServiceTime::hm(hour + 1, 0)));
    let count = |hour: &TimeWindow| out.iter().filter(|block| block.overlaps(*hour)).count();
    let busiest = hours.max_by_key(|hour| (count(hour), std::cmp::Reverse(hour.earliest)));
    busiest.unwrap_or(TimeWindow::new(ServiceTime::hm(0, 0), ServiceTime::hm(1, 0)))
}

/// Every dropped trip, and what its line owes without it.
fn said_of_dropped(
    (scenario, day): (&Scenario, &DayType),
    planned: &[PlannedTrip],
    dropped: &[&PlannedTrip],
) -> Vec<String> {
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
        let arrivals = coverage::arrivals(scenario, day, pattern);
        let owed = coverage::shortfalls(&scenario.policy.lines, &arrivals, &departures);
        said.extend(owed.into_iter().map(|owed| format!("{}: {owed}", name(pattern))));
    }
    said
}
