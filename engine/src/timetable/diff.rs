//! What changes for the public from one timetable to another: departures, runs, and the villages that gain or lose by it.
//!
//! Pure and deterministic; both timetables belong to the same scenario, their dates may differ. A departure that only moves a
//! little is *retimed*, not removed and added: the two are each other's nearest ones of their pattern and at most
//! [`RETIMED_WITHIN`] apart. A village's departures are those of all trips that it can board on foot. [`compare_with_today`] knows
//! the timetable before by its departures alone.

mod matching;
mod villages;

use std::collections::BTreeMap;

pub use villages::{Departure, VillageChanges, VillageDiff, VillageService, compare_with_today, todays_departures};

use self::matching::{BySide, Matched, matched};
use self::villages::{departure_changes, departures_of, village_changes};
use crate::ids::{RunId, TripId};
use crate::plan::{Hub, Run, RunDirection, Timetable};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime};
use crate::units::Fen;

/// Departures farther apart are two different ones.
pub const RETIMED_WITHIN: Duration = Duration::from_minutes(15);

/// Positions of one thing in the timetable before and in the one after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair<Id> {
    /// In the timetable before.
    pub before: Id,
    /// In the timetable after.
    pub after: Id,
}

/// Everything that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimetableDiff {
    /// Departures of the timetable after that have no counterpart; ascending.
    pub added_trips: Vec<TripId>,
    /// Departures of the timetable before that have no counterpart; ascending.
    pub removed_trips: Vec<TripId>,
    /// Departures that move by at most [`RETIMED_WITHIN`].
    pub retimed_trips: Vec<Pair<TripId>>,
    /// The same or retimed departures worked by another type of vehicle.
    pub changed_types: Vec<Pair<TripId>>,
    /// Student and market runs of the timetable after that have no counterpart; ascending.
    pub added_runs: Vec<RunId>,
    /// Those of the timetable before that have no counterpart; ascending.
    pub removed_runs: Vec<RunId>,
    /// Runs for the same hubs that move by at most [`RETIMED_WITHIN`] at the hub, or call elsewhere at the same time.
    pub changed_runs: Vec<Pair<RunId>>,
    /// Villages for which anything differs.
    pub villages: VillageChanges,
    /// What whole stages cost, in the order of planning; those of either timetable.
    pub costs: Vec<StageCost>,
}

/// What a whole stage costs a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageCost {
    /// `lines`, `students` …
    pub stage: String,
    /// None where the timetable before has no such stage.
    pub before: Option<Fen>,
    /// None where the timetable after has no such stage.
    pub after: Option<Fen>,
}

impl TimetableDiff {
    /// Nothing differs, whatever the costs.
    pub fn is_empty(&self) -> bool {
        *self == Self { costs: self.costs.clone(), ..Self::default() }
    }
}

/// What differs between two timetables of one scenario.
pub fn compare(scenario: &Scenario, before: &Timetable, after: &Timetable) -> TimetableDiff {
    let mut diff = TimetableDiff::default();
    compare_trips(scenario, before, after, &mut diff);
    compare_runs(before, after, &mut diff);
    compare_costs(before, after, &mut diff);
    diff
}

/// Departures that come, go or move, and whom that concerns.
fn compare_trips(scenario: &Scenario, before: &Timetable, after: &Timetable, diff: &mut TimetableDiff) {
    let departures = [departures_of(before), departures_of(after)];
    let changes = departure_changes(&departures[0], &departures[1]);
    let pair =
        |pair: &Pair<usize>| Pair { before: TripId::from_index(pair.before), after: TripId::from_index(pair.after) };
    let other_type = |pair: &Pair<TripId>| before.trip(pair.before).vehicle_type != after.trip(pair.after).vehicle_type;
    diff.changed_types = changes.same.iter().chain(&changes.moved).map(pair).filter(other_type).collect();
    diff.changed_types.sort_unstable();
    diff.removed_trips = changes.removed.iter().copied().map(TripId::from_index).collect();
    diff.added_trips = changes.added.iter().copied().map(TripId::from_index).collect();
    diff.retimed_trips = changes.moved.iter().map(pair).collect();
    diff.villages = village_changes(scenario, (&departures[0], &departures[1]), &changes);
}

/// When a run is at its hub: it arrives at the last call inward, and leaves the first one outward.
pub fn at_hub(run: &Run) -> ServiceTime {
    match run.direction {
        RunDirection::Inward => run.calls[run.calls.len() - 1].arrival,
        RunDirection::Outward => run.calls[0].departure,
    }
}

fn compare_runs(before: &Timetable, after: &Timetable, diff: &mut TimetableDiff) {
    let mut by_hubs: BySide<(Vec<Hub>, RunDirection), RunId> = BTreeMap::new();
    let places = |run: &Run| run.calls.iter().map(|call| (call.place, call.arrival)).collect::<Vec<_>>();
    for (side, timetable) in [before, after].into_iter().enumerate() {
        for (index, run) in timetable.runs.iter().enumerate() {
            let key = (run.hubs.clone(), run.direction);
            by_hubs.entry(key).or_default()[side].push((at_hub(run), RunId::from_index(index)));
        }
    }
    for [before_runs, after_runs] in by_hubs.values_mut() {
        // Several runs may be at a hub at the same time: those that are the same in every call first.
        before_runs.retain(|&(_, id)| {
            let is_same = |other: &(ServiceTime, RunId)| places(after.run(other.1)) == places(before.run(id));
            let twin = after_runs.iter().position(is_same);
            twin.map(|twin| after_runs.remove(twin)).is_none()
        });
        let Matched { same, removed, added, moved } = matched(before_runs, after_runs);
        diff.changed_runs.extend(same.into_iter().chain(moved));
        diff.removed_runs.extend(removed);
        diff.added_runs.extend(added);
    }
    diff.changed_runs.sort_unstable();
    diff.removed_runs.sort_unstable();
    diff.added_runs.sort_unstable();
}

fn compare_costs(before: &Timetable, after: &Timetable, diff: &mut TimetableDiff) {
    let whole = |timetable: &Timetable| -> Vec<(String, Fen)> {
        let stages = timetable.stages.iter().filter(|stage| stage.part.is_empty());
        stages.map(|stage| (stage.stage.clone(), stage.cost)).collect()
    };
    let (before, mut after) = (whole(before), whole(after));
    for (stage, cost) in before {
        let other = after.iter().position(|(other, _)| *other == stage).map(|index| after.remove(index).1);
        diff.costs.push(StageCost { stage, before: Some(cost), after: other });
    }
    diff.costs.extend(after.into_iter().map(|(stage, cost)| StageCost { stage, before: None, after: Some(cost) }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Product;
    use crate::ids::{BlockId, MarketId, PatternId, VehicleTypeId, VillageId};
    use crate::plan::{RunCall, Trip};
    use crate::scenario::sample::{hourly_timetable, market_day, place, small_town};

    /// Departures of the sample's line to town (pattern 1), in minutes of the day.
    pub(super) fn to_town(minutes: &[i32]) -> Timetable {
        let trip = |&minutes: &i32| Trip {
            pattern: PatternId(1),
            departure: ServiceTime::hm(0, minutes),
            vehicle_type: VehicleTypeId(0),
            block: BlockId(0),
            expected_load: vec![0; 4],
        };
        Timetable { trips: minutes.iter().map(trip).collect(), ..Timetable::empty(market_day()) }
    }

    /// Removed, added and retimed departures, by their times.
    fn check(before: &[i32], after: &[i32], removed: &[i32], added: &[i32], retimed: &[(i32, i32)]) {
        let (old, new) = (to_town(before), to_town(after));
        let diff = compare(&small_town(), &old, &new);
        let minutes = |timetable: &Timetable, trip: TripId| timetable.trip(trip).departure.seconds() / 60;
        let found: Vec<i32> = diff.removed_trips.iter().map(|&trip| minutes(&old, trip)).collect();
        assert_eq!(found, removed, "removed: {before:?} {after:?}");
        let found: Vec<i32> = diff.added_trips.iter().map(|&trip| minutes(&new, trip)).collect();
        assert_eq!(found, added, "added: {before:?} {after:?}");
        let pairs = diff.retimed_trips.iter().map(|pair| (minutes(&old, pair.before), minutes(&new, pair.after)));
        assert_eq!(pairs.collect::<Vec<_>>(), retimed, "retimed: {before:?} {after:?}");
    }

    #[test]
    fn a_departure_moves_where_the_two_are_each_others_nearest() {
        check(&[400], &[400], &[], &[], &[]);
        check(&[400], &[], &[400], &[], &[]);
        check(&[], &[400], &[], &[400], &[]);
        check(&[400], &[415], &[], &[], &[(400, 415)]);
        check(&[400], &[416], &[400], &[416], &[]);
        check(&[400, 500], &[390, 505], &[], &[], &[(400, 390), (500, 505)]);
        // Two old ones near one new one: the nearer one moves, the other one is given up.
        check(&[400, 412], &[410], &[400], &[], &[(412, 410)]);
        // Equally near: the earlier one moves.
        check(&[400, 420], &[410], &[420], &[], &[(400, 410)]);
        // One that stays is not taken for one that moves.
        check(&[400, 410], &[410], &[400], &[], &[]);
    }

    #[test]
    fn another_vehicle_type_is_named_though_the_time_stays() {
        let (before, mut after) = (to_town(&[400, 500]), to_town(&[400, 510]));
        after.trips.iter_mut().for_each(|trip| trip.vehicle_type = VehicleTypeId(1));
        let diff = compare(&small_town(), &before, &after);
        let pair = |trip| Pair { before: TripId(trip), after: TripId(trip) };
        assert_eq!((diff.changed_types, diff.retimed_trips), (vec![pair(0), pair(1)], vec![pair(1)]));
    }

    fn village(diff: &TimetableDiff, number: u32) -> Option<&VillageDiff> {
        diff.villages.villages.iter().find(|village| village.village == VillageId(number))
    }

    #[test]
    fn villages_near_a_stop_lose_and_those_up_the_slope_never_had_anything() {
        let town = small_town();
        let diff = compare(&town, &to_town(&[400, 460, 520]), &to_town(&[400, 530]));
        // V1 and V2 walk to the line; V3 and V4 live too far up.
        assert_eq!(diff.villages.villages.len(), 2);
        let near = village(&diff, 0).unwrap();
        assert_eq!((near.gained, near.lost, near.retimed), (0, 1, 1));
        assert_eq!((near.before.departures, near.after.departures), (3, 2));
        let gaps = [near.before, near.after].map(|service| service.largest_gap);
        assert_eq!(gaps, [60, 130].map(|minutes| Some(Duration::from_minutes(minutes))));
        // Times are those at the village's own stop.
        let stop = town.patterns[1].departures[3];
        assert_eq!(
            (near.after.first, near.after.last),
            (Some(ServiceTime::hm(0, 400) + stop), Some(ServiceTime::hm(0, 530) + stop))
        );
        assert_eq!(diff.villages.losers().len(), 2);
        assert!(diff.villages.winners().is_empty());
    }

    #[test]
    fn a_longer_gap_is_a_loss_though_there_are_as_many_departures() {
        let check = |after: &[i32], loses: bool, wins: bool| {
            let diff = compare(&small_town(), &to_town(&[400, 460, 520]), &to_town(after));
            let found = village(&diff, 1).map(|village| (village.is_worse(), village.is_better()));
            assert_eq!(found.unwrap_or_default(), (loses, wins), "{after:?}");
        };
        check(&[400, 460, 520], false, false);
        check(&[400, 460, 530], true, false);
        check(&[400, 455, 510], false, true);
        check(&[400, 430, 460, 520], false, true);
        // More departures, but a longer time without one: it loses.
        check(&[400, 405, 410, 520], true, false);
        check(&[], true, false);
    }

    fn market_run(direction: RunDirection, from: &str, at_market: ServiceTime) -> Run {
        let call = |code: &str, time| RunCall {
            place: place(code),
            arrival: time,
            departure: time,
            boardings: Vec::new(),
            alightings: Vec::new(),
        };
        let home = Duration::from_minutes(30);
        let calls = match direction {
            RunDirection::Inward => vec![call(from, at_market - home), call("MKT", at_market)],
            RunDirection::Outward => vec![call("MKT", at_market), call(from, at_market + home)],
        };
        let hubs = vec![Hub::Market(MarketId(0))];
        Run { product: Product::Market, hubs, direction, vehicle_type: VehicleTypeId(1), block: BlockId(0), calls }
    }

    #[test]
    fn runs_are_compared_by_their_hub_and_the_time_there() {
        use RunDirection::{Inward, Outward};
        let at = ServiceTime::hm;
        let with = |runs: &[(RunDirection, &str, ServiceTime)]| {
            let runs = runs.iter().map(|&(direction, from, time)| market_run(direction, from, time));
            Timetable { runs: runs.collect(), ..Timetable::empty(market_day()) }
        };
        let before = with(&[(Inward, "V3", at(8, 0)), (Inward, "V4", at(8, 0)), (Outward, "V3", at(11, 0))]);
        let check = |after: &Timetable, expected: (&[u32], &[u32], &[(u32, u32)])| {
            let diff = compare(&small_town(), &before, after);
            let numbers = |runs: &[RunId]| runs.iter().map(|run| run.0).collect::<Vec<_>>();
            let changed: Vec<_> = diff.changed_runs.iter().map(|pair| (pair.before.0, pair.after.0)).collect();
            let found = (numbers(&diff.removed_runs), numbers(&diff.added_runs), changed);
            assert_eq!((&found.0[..], &found.1[..], &found.2[..]), expected);
        };
        // In another order they are still the same.
        check(
            &with(&[(Inward, "V4", at(8, 0)), (Inward, "V3", at(8, 0)), (Outward, "V3", at(11, 0))]),
            (&[], &[], &[]),
        );
        check(&with(&[(Inward, "V3", at(8, 0)), (Outward, "V3", at(11, 10))]), (&[1], &[], &[(2, 1)]));
        check(&with(&[(Inward, "V3", at(8, 0)), (Inward, "V2", at(8, 0))]), (&[2], &[], &[(1, 1)]));
        check(&with(&[]), (&[0, 1, 2], &[], &[]));
    }

    #[test]
    fn a_timetable_differs_in_nothing_from_itself() {
        let town = small_town();
        let timetable = hourly_timetable(&town);
        assert!(compare(&town, &timetable, &timetable).is_empty());
    }
}
