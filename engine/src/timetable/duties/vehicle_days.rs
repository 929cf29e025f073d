//! Blocks of a timetable as the vehicle days that duties are planned for.

use std::collections::BTreeSet;

use super::problem::{DutyDepot, Stretch, StretchKind, VehicleDay};
use crate::ids::{BlockId, PlaceId, RunId, TripId};
use crate::plan::{Block, Timetable};
use crate::scenario::Scenario;
use crate::time::ServiceTime;

/// The vehicle days of all blocks, by block; without those of booked vehicles, whose drivers' shifts are the scenario's.
pub fn vehicle_days(scenario: &Scenario, timetable: &Timetable) -> Vec<VehicleDay> {
    let relief = relief_places(scenario);
    let day = |(index, block): (usize, &Block)| {
        let vehicle = scenario.fleet.vehicle(block.vehicle);
        let tasks = tasks(scenario, timetable, block);
        VehicleDay {
            block: BlockId::from_index(index),
            name: vehicle.code.clone(),
            depot: vehicle.depot,
            stretches: stretches(scenario, block, &tasks, &relief),
        }
    };
    let has_shifts = |block: &Block| scenario.fleet.shift_pieces.iter().any(|piece| piece.vehicle == block.vehicle);
    timetable.blocks.iter().enumerate().filter(|(_, block)| !has_shifts(block)).map(day).collect()
}

/// The depots, with as many drivers as it takes.
pub fn duty_depots(scenario: &Scenario) -> Vec<DutyDepot> {
    scenario.fleet.depots.iter().map(|depot| DutyDepot { place: depot.place, drivers: None }).collect()
}

/// Where drivers can be changed and rest: depots, the stations at the ends of the lines, and school gates and markets, which lie in
/// the towns.
pub fn relief_places(scenario: &Scenario) -> BTreeSet<PlaceId> {
    let depots = scenario.fleet.depots.iter().map(|depot| depot.place);
    let ends = scenario.patterns.iter().flat_map(|pattern| [pattern.first_stop(), pattern.last_stop()]);
    let hubs = scenario.schools.iter().map(|school| school.place);
    depots.chain(ends).chain(hubs).chain(scenario.markets.iter().map(|market| market.place)).collect()
}

/// Service that a vehicle gives: it is driven from begin to end.
struct Task {
    begin: ServiceTime,
    end: ServiceTime,
    from: PlaceId,
    to: PlaceId,
}

/// What a block serves, in order of time.
fn tasks(scenario: &Scenario, timetable: &Timetable, block: &Block) -> Vec<Task> {
    let of_trip = |&trip: &TripId| {
        let trip = timetable.trip(trip);
        let pattern = scenario.pattern(trip.pattern);
        let end = trip.departure + pattern.running_time();
        Task { begin: trip.departure, end, from: pattern.first_stop(), to: pattern.last_stop() }
    };
    let of_run = |&run: &RunId| {
        let run = timetable.run(run);
        Task { begin: run.starts(), end: run.ends(), from: run.first_place(), to: run.last_place() }
    };
    let mut tasks: Vec<Task> = block.trips.iter().map(of_trip).chain(block.runs.iter().map(of_run)).collect();
    tasks.sort_by_key(|task| (task.begin, task.end));
    tasks
}

/// Out of the depot, task after task, and back. The vehicle waits where it has come to and leaves as late as possible.
fn stretches(scenario: &Scenario, block: &Block, tasks: &[Task], relief: &BTreeSet<PlaceId>) -> Vec<Stretch> {
    let travel = &scenario.network.travel;
    let depot = scenario.fleet.depot_place(block.vehicle);
    let mut day = Day { time: block.leaves_depot, place: depot, relief, stretches: Vec::new() };
    for task in tasks {
        day.drive(task.begin - travel.duration(day.place, task.from), task.begin, task.from);
        day.drive(task.begin, task.end, task.to);
    }
    day.drive(block.returns - travel.duration(day.place, depot), block.returns, depot);
    day.stretches
}

/// A vehicle's day up to some moment.
struct Day<'a> {
    time: ServiceTime,
    place: PlaceId,
    relief: &'a BTreeSet<PlaceId>,
    stretches: Vec<Stretch>,
}

impl Day<'_> {
    /// Stands until it is time, if only for a moment where the driver may be changed, then drives.
    fn drive(&mut self, begin: ServiceTime, end: ServiceTime, to: PlaceId) {
        let is_relief = self.relief.contains(&self.place);
        if self.time < begin || is_relief {
            let (from, kind) = (self.place, StretchKind::Standing { is_relief });
            self.stretches.push(Stretch { begin: self.time, end: begin, from, to: from, kind });
        }
        if begin < end {
            self.stretches.push(Stretch { begin, end, from: self.place, to, kind: StretchKind::Driving });
        }
        (self.time, self.place) = (end, to);
    }
}
