//! A planned day as all its writers see it: files, feeds, printed sheets and diagrams.
//!
//! Beside the timetable it holds the codes of what has none in the scenario, and says what a vehicle does from minute to
//! minute. Nothing is written here.

#[cfg(test)]
pub(crate) mod sample;

use sanban_engine::ids::{PlaceId, RunId, TripId};
use sanban_engine::network::{Place, TravelTimes};
use sanban_engine::plan::{Block, DutyPiece, Run, Timetable, Trip};
use sanban_engine::scenario::{Pattern, Route, Scenario};
use sanban_engine::time::ServiceTime;

use crate::plan_files::codes;

/// A timetable and the codes of what it consists of.
#[derive(Clone, Debug)]
pub struct PlannedDay<'a> {
    /// The inputs.
    pub scenario: &'a Scenario,
    /// What runs.
    pub timetable: &'a Timetable,
    /// By `RunId`.
    run_codes: Vec<String>,
    /// By `BlockId`.
    block_codes: Vec<String>,
}

/// Something that a vehicle does for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// What.
    pub kind: ActivityKind,
    /// From then …
    pub begin: ServiceTime,
    /// … until then; later.
    pub end: ServiceTime,
    /// From here …
    pub from: PlaceId,
    /// … to there; the same place where the vehicle stands.
    pub to: PlaceId,
}

/// What a vehicle does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityKind {
    /// Works a trip of a line.
    Trip(TripId),
    /// Works a student or market run.
    Run(RunId),
    /// Drives empty: out of the depot, from one service to the next, or home.
    Deadhead,
    /// Stands.
    Standing,
}

impl<'a> PlannedDay<'a> {
    /// Names everything in a timetable.
    pub fn new(scenario: &'a Scenario, timetable: &'a Timetable) -> Self {
        Self {
            scenario,
            timetable,
            run_codes: codes::run_codes(scenario, timetable),
            block_codes: codes::block_codes(scenario, timetable),
        }
    }

    /// The code of a trip.
    pub fn trip_code(&self, trip: TripId) -> String {
        codes::trip_code(self.scenario, self.timetable.trip(trip))
    }

    /// The code of a run.
    pub fn run_code(&self, run: RunId) -> &str {
        &self.run_codes[run.index()]
    }

    /// The code of the block at this position.
    pub fn block_code(&self, index: usize) -> &str {
        &self.block_codes[index]
    }

    /// All runs with their ids.
    pub fn runs_with_ids(&self) -> impl Iterator<Item = (RunId, &'a Run)> {
        self.timetable.runs.iter().enumerate().map(|(index, run)| (RunId::from_index(index), run))
    }

    /// What is at a place.
    pub fn place(&self, id: PlaceId) -> &'a Place {
        self.scenario.network.place(id)
    }

    /// The pattern of a trip.
    pub fn pattern_of(&self, trip: &Trip) -> &'a Pattern {
        self.scenario.pattern(trip.pattern)
    }

    /// The line of a trip.
    pub fn line_of(&self, trip: &Trip) -> &'a Route {
        self.scenario.route(self.pattern_of(trip).route)
    }

    /// What a vehicle does in a block, from leaving its depot to being back, without a moment left out. It waits where it has
    /// come to and leaves as late as it can, as planning has it.
    pub fn activities(&self, block: &Block) -> Vec<Activity> {
        let depot = self.scenario.fleet.depot_place(block.vehicle);
        let mut day = VehicleDay { time: block.leaves_depot, place: depot, activities: Vec::new() };
        for service in self.services(block) {
            day.go_to(service.from, service.begin, &self.scenario.network.travel);
            day.push(service.kind, service.end, service.to);
        }
        day.go_to(depot, block.returns, &self.scenario.network.travel);
        day.activities
    }

    /// What the vehicle of a piece does while its driver has it: drivers change while it stands.
    pub fn activities_of(&self, piece: &DutyPiece) -> Vec<Activity> {
        let activities = self.activities(&self.timetable.blocks[piece.block.index()]);
        let during = activities.into_iter().filter(|activity| activity.begin < piece.end && piece.begin < activity.end);
        let cut = |activity: Activity| match activity.kind {
            ActivityKind::Standing => {
                let (begin, end) = (activity.begin.max(piece.begin), activity.end.min(piece.end));
                Activity { begin, end, ..activity }
            }
            _ => activity,
        };
        during.map(cut).collect()
    }

    /// Trips and runs of a block in order of time.
    fn services(&self, block: &Block) -> Vec<Activity> {
        let trips = block.trips.iter().map(|&id| {
            let trip = self.timetable.trip(id);
            let pattern = self.pattern_of(trip);
            Activity {
                kind: ActivityKind::Trip(id),
                begin: trip.departure,
                end: trip.departure + pattern.running_time(),
                from: pattern.first_stop(),
                to: pattern.last_stop(),
            }
        });
        let runs = block.runs.iter().map(|&id| {
            let run = self.timetable.run(id);
            Activity {
                kind: ActivityKind::Run(id),
                begin: run.starts(),
                end: run.ends(),
                from: run.first_place(),
                to: run.last_place(),
            }
        });
        let mut services: Vec<Activity> = trips.chain(runs).collect();
        services.sort_by_key(|service| service.begin);
        services
    }
}

/// A vehicle's day up to some moment.
struct VehicleDay {
    time: ServiceTime,
    place: PlaceId,
    activities: Vec<Activity>,
}

impl VehicleDay {
    /// Stands until it is time to leave, then drives empty.
    fn go_to(&mut self, place: PlaceId, arrival: ServiceTime, travel: &TravelTimes) {
        self.push(ActivityKind::Standing, arrival - travel.duration(self.place, place), self.place);
        self.push(ActivityKind::Deadhead, arrival, place);
    }

    fn push(&mut self, kind: ActivityKind, end: ServiceTime, to: PlaceId) {
        if self.time < end {
            self.activities.push(Activity { kind, begin: self.time, end, from: self.place, to });
            self.time = end;
        }
        self.place = to;
    }
}

#[cfg(test)]
mod tests {
    use super::sample::ToyDay;
    use super::*;
    use sanban_engine::time::Duration;

    #[test]
    fn a_vehicle_day_leaves_no_moment_and_no_service_out() {
        let toy = ToyDay::new();
        let day = toy.day();
        for block in &toy.timetable.blocks {
            let activities = day.activities(block);
            assert_eq!(
                (activities[0].begin, activities[activities.len() - 1].end),
                (block.leaves_depot, block.returns)
            );
            for pair in activities.windows(2) {
                assert_eq!(pair[0].end, pair[1].begin);
                // The stop and the market share a junction.
                assert_eq!(toy.scenario.network.travel.duration(pair[0].to, pair[1].from), Duration::ZERO);
            }
            let services = activities
                .iter()
                .filter(|activity| matches!(activity.kind, ActivityKind::Trip(_) | ActivityKind::Run(_)));
            assert_eq!(services.count(), block.trips.len() + block.runs.len());
        }
    }

    #[test]
    fn a_vehicle_waits_where_it_has_come_to_and_leaves_as_late_as_it_can() {
        let toy = ToyDay::new();
        let day = toy.day();
        let first = &day.activities(&toy.timetable.blocks[0])[..3];
        let kinds: Vec<ActivityKind> = first.iter().map(|activity| activity.kind).collect();
        assert_eq!(kinds, [ActivityKind::Standing, ActivityKind::Deadhead, ActivityKind::Run(RunId(0))]);
        assert_eq!(first[1].end, toy.timetable.runs[0].starts());
        assert_eq!(first[0].from, toy.scenario.fleet.depots[0].place);
    }
}
