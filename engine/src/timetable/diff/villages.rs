//! What it means for every village when departures of the lines come, go or move.
//!
//! Knows departures alone, whoever runs them: a timetable of ours, or today's, of which nobody knows vehicles or costs.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::matching::{BySide, Matched, matched};
use super::{Pair, RETIMED_WITHIN};
use crate::ids::{PatternId, RouteId, VillageId};
use crate::plan::Timetable;
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime};

/// A departure of a line from its first stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Departure {
    /// Line, direction and stops.
    pub pattern: PatternId,
    /// When.
    pub time: ServiceTime,
}

/// Departures of two lists, by their positions in them.
pub(super) type DepartureChanges = Matched<usize>;

/// What one village has of the lines within walking distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VillageService {
    /// Trips that can be boarded.
    pub departures: usize,
    /// When the first one leaves a stop of the village.
    pub first: Option<ServiceTime>,
    /// When the last one does.
    pub last: Option<ServiceTime>,
    /// The largest time between two departures in a row of the same line and direction; none where none has two.
    pub largest_gap: Option<Duration>,
}

/// What changes for one village.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VillageDiff {
    /// Which.
    pub village: VillageId,
    /// Added trips that it can board.
    pub gained: usize,
    /// Removed trips that it could board.
    pub lost: usize,
    /// Retimed trips that it can board.
    pub retimed: usize,
    /// As it was.
    pub before: VillageService,
    /// As it will be.
    pub after: VillageService,
}

/// The villages for which anything differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VillageChanges {
    /// In the order of the scenario.
    pub villages: Vec<VillageDiff>,
}

impl VillageDiff {
    /// Fewer departures, a longer time without one, or a day that begins later or ends earlier by more than a retiming.
    pub fn is_worse(&self) -> bool {
        let (before, after) = (&self.before, &self.after);
        let gaps = before.largest_gap.zip(after.largest_gap);
        let first = before.first.zip(after.first);
        let last = before.last.zip(after.last);
        after.departures < before.departures
            || gaps.is_some_and(|(before, after)| after > before)
            || first.is_some_and(|(before, after)| after - before > RETIMED_WITHIN)
            || last.is_some_and(|(before, after)| before - after > RETIMED_WITHIN)
    }

    /// More departures or a shorter longest time without one, and nothing worse.
    pub fn is_better(&self) -> bool {
        let (before, after) = (&self.before, &self.after);
        let gaps = before.largest_gap.zip(after.largest_gap);
        let gains = after.departures > before.departures || gaps.is_some_and(|(before, after)| after < before);
        gains && !self.is_worse()
    }

    /// Departures more than before; negative: fewer.
    pub fn departures_more(&self) -> i64 {
        self.after.departures as i64 - self.before.departures as i64
    }

    fn gap_longer(&self) -> Duration {
        let gaps = self.before.largest_gap.zip(self.after.largest_gap);
        gaps.map_or(Duration::ZERO, |(before, after)| after - before)
    }
}

impl VillageChanges {
    /// Villages that are worse off: those left without any departure, then who loses most departures, first.
    pub fn losers(&self) -> Vec<&VillageDiff> {
        let mut losers: Vec<&VillageDiff> = self.villages.iter().filter(|village| village.is_worse()).collect();
        let loss = |village: &VillageDiff| (village.departures_more(), -village.gap_longer(), village.village);
        losers.sort_by_key(|village| (village.after.departures > 0, loss(village)));
        losers
    }

    /// Villages that are better off in every respect, who gains most departures first.
    pub fn winners(&self) -> Vec<&VillageDiff> {
        let mut winners: Vec<&VillageDiff> = self.villages.iter().filter(|village| village.is_better()).collect();
        winners.sort_by_key(|village| (-village.departures_more(), village.gap_longer(), village.village));
        winners
    }

    /// Those for which times change and that neither lose nor win, in the order of the scenario.
    pub fn others(&self) -> Vec<&VillageDiff> {
        self.villages.iter().filter(|village| !village.is_worse() && !village.is_better()).collect()
    }
}

/// What a timetable changes for the villages, compared with what the public knows: today's timetable on its date.
pub fn compare_with_today(scenario: &Scenario, timetable: &Timetable) -> VillageChanges {
    let (before, after) = (todays_departures(scenario, timetable.date), departures_of(timetable));
    let changes = departure_changes(&before, &after);
    village_changes(scenario, (&before, &after), &changes)
}

/// Today's departures on a date.
pub fn todays_departures(scenario: &Scenario, date: NaiveDate) -> Vec<Departure> {
    let trips = scenario.todays_trips_on(date);
    trips.map(|trip| Departure { pattern: trip.pattern, time: trip.departure }).collect()
}

/// By `TripId`.
pub(super) fn departures_of(timetable: &Timetable) -> Vec<Departure> {
    timetable.trips.iter().map(|trip| Departure { pattern: trip.pattern, time: trip.departure }).collect()
}

/// Which departures stay, move, come and go; each ascending by position.
pub(super) fn departure_changes(before: &[Departure], after: &[Departure]) -> DepartureChanges {
    let mut by_pattern: BySide<PatternId, usize> = BTreeMap::new();
    for (side, departures) in [before, after].into_iter().enumerate() {
        for (position, departure) in departures.iter().enumerate() {
            by_pattern.entry(departure.pattern).or_default()[side].push((departure.time, position));
        }
    }
    let mut all = DepartureChanges::default();
    for [before, after] in by_pattern.values() {
        let Matched { same, removed, added, moved } = matched(before, after);
        all.same.extend(same);
        all.removed.extend(removed);
        all.added.extend(added);
        all.moved.extend(moved);
    }
    all.same.sort_unstable();
    all.removed.sort_unstable();
    all.added.sort_unstable();
    all.moved.sort_unstable();
    all
}

/// Who notices anything of these changes, and what.
pub(super) fn village_changes(
    scenario: &Scenario,
    (before, after): (&[Departure], &[Departure]),
    changes: &DepartureChanges,
) -> VillageChanges {
    let of_village = |index: usize| {
        let village = VillageId::from_index(index);
        let stops = boarding_stops(scenario, village);
        let calls = |departure: &Departure| stops.contains_key(&departure.pattern);
        let count = |positions: &[usize], departures: &[Departure]| {
            positions.iter().filter(|&&position| calls(&departures[position])).count()
        };
        VillageDiff {
            village,
            gained: count(&changes.added, after),
            lost: count(&changes.removed, before),
            retimed: changes.moved.iter().filter(|pair: &&Pair<usize>| calls(&after[pair.after])).count(),
            before: service_of(scenario, &stops, before),
            after: service_of(scenario, &stops, after),
        }
    };
    let differs = |village: &VillageDiff| village.gained + village.lost + village.retimed > 0;
    VillageChanges { villages: (0..scenario.villages.len()).map(of_village).filter(differs).collect() }
}

/// Where, by village, the trips of each pattern can be boarded: the nearest of the stops within walking distance.
fn boarding_stops(scenario: &Scenario, village: VillageId) -> BTreeMap<PatternId, usize> {
    let home = scenario.villages[village.index()].place;
    let limit = scenario.policy.walking.limit;
    let links = scenario.network.walks.from(home).iter().filter(|link| link.distance <= limit);
    let on_foot: BTreeMap<_, _> = links.map(|link| (link.stop, link.distance)).collect();
    let nearest = scenario.patterns.iter().enumerate().filter_map(|(index, pattern)| {
        // Nobody boards at the last stop.
        let stops = pattern.stops.iter().enumerate().take(pattern.stops.len().saturating_sub(1));
        let reached = stops.filter_map(|(position, stop)| Some((*on_foot.get(stop)?, position)));
        Some((PatternId::from_index(index), reached.min()?.1))
    });
    nearest.collect()
}

fn service_of(scenario: &Scenario, stops: &BTreeMap<PatternId, usize>, departures: &[Departure]) -> VillageService {
    let mut by_direction: BTreeMap<(RouteId, u8), Vec<ServiceTime>> = BTreeMap::new();
    for departure in departures {
        if let Some(&position) = stops.get(&departure.pattern) {
            let pattern = scenario.pattern(departure.pattern);
            let times = by_direction.entry((pattern.route, pattern.direction)).or_default();
            times.push(departure.time + pattern.departures[position]);
        }
    }
    by_direction.values_mut().for_each(|times| times.sort_unstable());
    let all = || by_direction.values().flatten().copied();
    let gaps = by_direction.values().flat_map(|times| times.windows(2).map(|pair| pair[1] - pair[0]));
    VillageService { departures: all().count(), first: all().min(), last: all().max(), largest_gap: gaps.max() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::TodaysTrip;
    use crate::scenario::sample::{market_day, small_town};
    use crate::timetable::diff::tests::to_town;

    /// The sample with these departures of the line to town today, in minutes of the day.
    fn town_with(todays: &[i32]) -> Scenario {
        let trip = |&minutes: &i32| TodaysTrip {
            code: format!("T{minutes}"),
            pattern: PatternId(1),
            departure: ServiceTime::hm(0, minutes),
            dates: vec![market_day()],
        };
        Scenario { todays_trips: todays.iter().map(trip).collect(), ..small_town() }
    }

    fn diff_of(village: u32, before: usize, after: usize) -> VillageDiff {
        VillageDiff {
            village: VillageId(village),
            gained: 0,
            lost: 0,
            retimed: 0,
            before: VillageService { departures: before, ..VillageService::default() },
            after: VillageService { departures: after, ..VillageService::default() },
        }
    }

    #[test]
    fn who_is_left_without_a_bus_and_then_who_loses_most_comes_first() {
        let check = |villages: &[VillageDiff], losers: &[u32], winners: &[u32]| {
            let changes = VillageChanges { villages: villages.to_vec() };
            let order = |villages: Vec<&VillageDiff>| villages.iter().map(|diff| diff.village.0).collect::<Vec<_>>();
            assert_eq!((order(changes.losers()), order(changes.winners())), (losers.to_vec(), winners.to_vec()));
        };
        check(&[diff_of(0, 5, 4), diff_of(1, 5, 1), diff_of(2, 5, 6), diff_of(3, 5, 9)], &[1, 0], &[3, 2]);
        check(&[diff_of(0, 9, 4), diff_of(1, 1, 0), diff_of(2, 2, 0)], &[2, 1, 0], &[]);
    }

    #[test]
    fn a_plan_is_compared_with_the_departures_that_the_public_knows_on_its_date() {
        let check = |todays: &[i32], planned: &[i32], expected: Option<(usize, usize, usize)>| {
            let changes = compare_with_today(&town_with(todays), &to_town(planned));
            let near = changes.villages.iter().find(|village| village.village == VillageId(0));
            assert_eq!(near.map(|found| (found.gained, found.lost, found.retimed)), expected, "{todays:?} {planned:?}");
        };
        check(&[400, 460], &[400, 460], None);
        check(&[400, 460], &[400], Some((0, 1, 0)));
        check(&[400], &[405, 460], Some((1, 0, 1)));
        check(&[], &[400], Some((1, 0, 0)));
        check(&[400], &[], Some((0, 1, 0)));
        // On another day than the planned one.
        let mut town = town_with(&[400]);
        town.todays_trips[0].dates = vec![market_day() + chrono::Days::new(1)];
        assert_eq!(compare_with_today(&town, &to_town(&[400])).villages[0].gained, 1);
    }

    #[test]
    fn one_village_loses_its_last_bus_while_another_gains_a_departure() {
        let mut town = town_with(&[400, 1_200]);
        // Buses that end at S1: V2 by S2 can board them, V1 by S1 can't.
        let mut short = town.patterns[1].clone();
        short.stops.truncate(4);
        short.arrivals.truncate(4);
        short.departures.truncate(4);
        short.distances.truncate(4);
        town.patterns.push(short);
        let mut planned = to_town(&[400, 600, 1_200]);
        planned.trips[1..].iter_mut().for_each(|trip| trip.pattern = PatternId(2));
        let changes = compare_with_today(&town, &planned);
        let of = |villages: Vec<&VillageDiff>| {
            let counts = |found: &&VillageDiff| (found.village.0, found.before.departures, found.after.departures);
            villages.iter().map(counts).collect::<Vec<_>>()
        };
        assert_eq!((of(changes.losers()), of(changes.winners())), (vec![(0, 2, 1)], vec![(1, 2, 3)]));
        let (before, after) = (changes.losers()[0].before, changes.losers()[0].after);
        assert_eq!((after.first, after.last), (before.first, before.first));
    }
}
