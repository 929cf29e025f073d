//! What changes from one timetable to another, outwards.

use sanban_engine::ids::TripId;
use sanban_engine::plan::Timetable;
use sanban_engine::scenario::Scenario;
use sanban_engine::timetable::diff::{Pair, TimetableDiff, VillageDiff, VillageService, at_hub, compare};

use super::outwards::{Day, duration};
use super::timetable::Named;
use crate::plan_files::codes::trip_code;
use crate::proto;

/// What differs between two timetables.
pub fn timetable_diff(scenario: &Scenario, before: &Timetable, after: &Timetable) -> proto::TimetableDiff {
    let diff = compare(scenario, before, after);
    let (before, after) = (Named::new(scenario, before), Named::new(scenario, after));
    let sides = Sides { before: &before, after: &after };
    proto::TimetableDiff {
        added_trips: diff.added_trips.iter().map(|&trip| trip_call(&after, trip)).collect(),
        removed_trips: diff.removed_trips.iter().map(|&trip| trip_call(&before, trip)).collect(),
        retimed_trips: sides.trip_changes(&diff.retimed_trips),
        changed_vehicle_types: sides.trip_changes(&diff.changed_types),
        removed_runs: diff.removed_runs.iter().map(|&run| before.run(run)).collect(),
        added_runs: diff.added_runs.iter().map(|&run| after.run(run)).collect(),
        changed_runs: sides.run_changes(&diff),
        losers: diff.villages.losers().into_iter().map(|village| sides.village(village)).collect(),
        winners: diff.villages.winners().into_iter().map(|village| sides.village(village)).collect(),
        others: diff.villages.others().into_iter().map(|village| sides.village(village)).collect(),
        costs: diff.costs.iter().map(stage_cost).collect(),
    }
}

struct Sides<'a> {
    before: &'a Named<'a>,
    after: &'a Named<'a>,
}

impl Sides<'_> {
    fn trip_changes(&self, pairs: &[Pair<TripId>]) -> Vec<proto::TripChange> {
        let change = |pair: &Pair<TripId>| proto::TripChange {
            before: Some(trip_call(self.before, pair.before)),
            after: Some(trip_call(self.after, pair.after)),
        };
        pairs.iter().map(change).collect()
    }

    fn run_changes(&self, diff: &TimetableDiff) -> Vec<proto::RunChange> {
        let change = |pair: &Pair<sanban_engine::ids::RunId>| {
            let (before, after) = (self.before.timetable.run(pair.before), self.after.timetable.run(pair.after));
            proto::RunChange {
                before: self.before.run(pair.before),
                after: self.after.run(pair.after),
                later: duration(at_hub(after) - at_hub(before)),
            }
        };
        diff.changed_runs.iter().map(change).collect()
    }

    fn village(&self, village: &VillageDiff) -> proto::VillageDiff {
        let home = self.before.day.scenario.villages[village.village.index()].place;
        proto::VillageDiff {
            village: self.before.day.place(home),
            gained: village.gained as i32,
            lost: village.lost as i32,
            retimed: village.retimed as i32,
            before: Some(service(self.before.day, &village.before)),
            after: Some(service(self.after.day, &village.after)),
        }
    }
}

fn trip_call(named: &Named, trip: TripId) -> proto::TripCall {
    let scenario = named.day.scenario;
    let trip = named.timetable.trip(trip);
    let pattern = scenario.pattern(trip.pattern);
    proto::TripCall {
        trip: trip_code(scenario, trip),
        line: scenario.route(pattern.route).code.clone(),
        direction: i32::from(pattern.direction),
        departure: named.day.time(trip.departure),
        vehicle_type: scenario.fleet.vehicle_types[trip.vehicle_type.index()].code.clone(),
    }
}

fn service(day: Day, service: &VillageService) -> proto::VillageService {
    proto::VillageService {
        departures: service.departures as i32,
        first: service.first.and_then(|first| day.time(first)),
        last: service.last.and_then(|last| day.time(last)),
        largest_gap: service.largest_gap.and_then(duration),
    }
}

fn stage_cost(cost: &sanban_engine::timetable::diff::StageCost) -> proto::StageCost {
    proto::StageCost {
        stage: cost.stage.clone(),
        before_fen: cost.before.map(|cost| cost.0),
        after_fen: cost.after.map(|cost| cost.0),
    }
}
