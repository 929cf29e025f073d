//! Who changes from one line to another on a date, by which departures, and what that costs.
//!
//! Passengers of a transfer ride the departure nearest to when they want to arrive, unless another one within the accepted
//! deviation brings them to their second line with less loss in all. What they *lose* is how much farther from their wish they
//! then ride, and how long they wait, beyond walking and the least time to change; both at the price of a passenger's time. Where
//! no departures meet, the price of a missed transfer is paid. What their two rides cost otherwise is counted with the lines.

use super::line_model::Candidate;
use crate::calendar::DayType;
use crate::ids::{LineTransferId, PatternId, TripId};
use crate::plan::{ConnectedRides, Connection, Trip};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime};

/// The departures of every pattern, ascending.
pub(super) type Departures = Vec<Vec<ServiceTime>>;

/// The transfers of a date.
pub(super) struct Transfers<'a> {
    scenario: &'a Scenario,
    of_day: Vec<Transfer>,
    /// By pattern: positions of those who come by it or go on with it.
    touching: Vec<Vec<usize>>,
}

/// A transfer as departures see it.
struct Transfer {
    id: LineTransferId,
    from: PatternId,
    to: PatternId,
    /// The departure of the first line that would bring them when they wish.
    wanted_departure: ServiceTime,
    /// So long after a departure of the first line the second may leave its first stop; negative where it has come far by then.
    ready: Duration,
    passengers: i64,
}

/// Two departures that meet for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meeting {
    /// Of the first line.
    pub from: ServiceTime,
    /// Of the second.
    pub to: ServiceTime,
    /// Beyond walking and the least time to change.
    pub wait: Duration,
    /// The wait, and how much farther from the wish they ride than they would have to.
    pub lost: Duration,
}

impl<'a> Transfers<'a> {
    /// Those that are expected on the day.
    pub fn of_day(scenario: &'a Scenario, day: &DayType) -> Self {
        let (mut of_day, mut touching) = (Vec::new(), vec![Vec::new(); scenario.patterns.len()]);
        for (index, transfer) in scenario.line_transfers.iter().enumerate() {
            if !transfer.days.includes(day) {
                continue;
            }
            let (from, to) = (scenario.pattern(transfer.from_pattern), scenario.pattern(transfer.to_pattern));
            let ride = from.arrivals[transfer.from_stop];
            for pattern in [transfer.from_pattern, transfer.to_pattern] {
                touching[pattern.index()].push(of_day.len());
            }
            let change = transfer.walk + scenario.policy.bus_first.transfer_time;
            of_day.push(Transfer {
                id: LineTransferId::from_index(index),
                from: transfer.from_pattern,
                to: transfer.to_pattern,
                wanted_departure: transfer.wanted_arrival - ride,
                ready: ride + change - to.departures[transfer.to_stop],
                passengers: i64::from(transfer.passengers),
            });
        }
        Self { scenario, of_day, touching }
    }

    /// Does nobody change?
    pub fn is_empty(&self) -> bool {
        self.of_day.is_empty()
    }

    /// Does anybody change to the pattern, or from it?
    pub fn touches(&self, pattern: PatternId) -> bool {
        !self.touching[pattern.index()].is_empty()
    }

    /// What they lose with these departures, in fen.
    pub fn cost(&self, departures: &Departures) -> i64 {
        self.of_day.iter().map(|transfer| self.cost_of(transfer, departures)).sum()
    }

    /// What they lose more, in fen, when departures of these patterns change to those; only they are looked at.
    pub fn change_in_cost(&self, changed: &[PatternId], before: &Departures, after: &Departures) -> i64 {
        let mut around: Vec<usize> =
            changed.iter().flat_map(|pattern| &self.touching[pattern.index()]).copied().collect();
        around.sort_unstable();
        around.dedup();
        let change = |index: usize| {
            let transfer = &self.of_day[index];
            self.cost_of(transfer, after) - self.cost_of(transfer, before)
        };
        around.into_iter().map(change).sum()
    }

    /// They lose no less, whatever the departures on the grid: departures of two lines lie whole steps apart, so that the part of
    /// a step that is left over when people are ready is always waited for.
    pub fn least_cost(&self) -> i64 {
        let lines = &self.scenario.policy.lines;
        let least = |transfer: &Transfer| {
            let left_over = (-transfer.ready.seconds()).rem_euclid(lines.departure_grid.seconds());
            let waited = lines.passenger_hour.per_hour(Duration::from_seconds(left_over)).0;
            transfer.passengers * waited.min(lines.missed_transfer.0)
        };
        self.of_day.iter().map(least).sum()
    }

    /// How many people change, and how many of them find no bus.
    pub fn passengers(&self, departures: &Departures) -> (i64, i64) {
        let misses = |transfer: &&Transfer| self.meeting(transfer, departures).is_none();
        let count = |transfer: &Transfer| transfer.passengers;
        (self.of_day.iter().map(count).sum(), self.of_day.iter().filter(misses).map(count).sum())
    }

    fn cost_of(&self, transfer: &Transfer, departures: &Departures) -> i64 {
        let lines = &self.scenario.policy.lines;
        let each = match self.meeting(transfer, departures) {
            Some(meeting) => lines.passenger_hour.per_hour(meeting.lost),
            None => lines.missed_transfer,
        };
        transfer.passengers * each.0
    }

    /// The departures by which they lose least; of equal ones those that leave first.
    fn meeting(&self, transfer: &Transfer, departures: &Departures) -> Option<Meeting> {
        let lines = &self.scenario.policy.lines;
        let (first, second) = (&departures[transfer.from.index()], &departures[transfer.to.index()]);
        let wanted = transfer.wanted_departure;
        let begin = first.partition_point(|&departure| departure < wanted - lines.max_deviation);
        let end = first.partition_point(|&departure| departure <= wanted + lines.max_deviation);
        let deviation = |departure: ServiceTime| (departure - wanted).seconds().abs();
        let least = first[begin..end].iter().map(|&departure| deviation(departure)).min()?;
        let mut best: Option<Meeting> = None;
        for &from in &first[begin..end] {
            let ready = from + transfer.ready;
            let Some(&to) = second.get(second.partition_point(|&departure| departure < ready)) else { break };
            let wait = to - ready;
            let lost = wait + Duration::from_seconds(deviation(from) - least);
            if wait <= lines.longest_transfer_wait && best.is_none_or(|best| lost < best.lost) {
                best = Some(Meeting { from, to, wait, lost });
            }
        }
        best
    }
}

/// The departures of these, by pattern.
pub(super) fn departures_of(scenario: &Scenario, candidates: impl Iterator<Item = Candidate>) -> Departures {
    by_pattern(scenario, candidates.map(|candidate| (candidate.pattern, candidate.departure)))
}

/// How everybody who changes on the date rides with these trips.
pub(super) fn connections(scenario: &Scenario, day: &DayType, trips: &[Trip]) -> Vec<Connection> {
    let transfers = Transfers::of_day(scenario, day);
    let departures = by_pattern(scenario, trips.iter().map(|trip| (trip.pattern, trip.departure)));
    let trip_at = |pattern: PatternId, departure: ServiceTime| {
        let is_it = |trip: &Trip| (trip.pattern, trip.departure) == (pattern, departure);
        trips.iter().position(is_it).map(TripId::from_index)
    };
    let connection = |transfer: &Transfer| {
        let rides = transfers.meeting(transfer, &departures).and_then(|meeting| {
            let (from, to) = (trip_at(transfer.from, meeting.from)?, trip_at(transfer.to, meeting.to)?);
            Some(ConnectedRides { from, to, wait: meeting.wait })
        });
        Connection { transfer: transfer.id, rides }
    };
    transfers.of_day.iter().map(connection).collect()
}

fn by_pattern(scenario: &Scenario, departures: impl Iterator<Item = (PatternId, ServiceTime)>) -> Departures {
    let mut of_pattern = vec![Vec::new(); scenario.patterns.len()];
    departures.for_each(|(pattern, departure)| of_pattern[pattern.index()].push(departure));
    of_pattern.iter_mut().for_each(|departures| departures.sort_unstable());
    of_pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::sample::{self, changing};
    use crate::units::Fen;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn day(town: &Scenario) -> DayType {
        town.day_type(sample::market_day()).expect("a known date")
    }

    /// Two lines of the sample; people come to the station by the first and go on with the second.
    fn town(passengers: i32) -> Scenario {
        let mut town = sample::with_second_line();
        town.line_transfers = vec![changing((1, 4), (2, 0), ServiceTime::hm(7, 30), passengers)];
        town
    }

    /// Departures of the first line to the station, and of the second one from there.
    fn departures(town: &Scenario, to_station: &[(i32, i32)], from_station: &[(i32, i32)]) -> Departures {
        let times = |times: &[(i32, i32)]| times.iter().map(|&(hour, minute)| ServiceTime::hm(hour, minute)).collect();
        let mut departures = vec![Vec::new(); town.patterns.len()];
        (departures[1], departures[2]) = (times(to_station), times(from_station));
        departures
    }

    /// What two people lose who come by one of these departures and go on with one of those, in seconds each; the ride to the
    /// station takes 30 min and 9 s, to change takes 5 min.
    fn check(to_station: &[(i32, i32)], from_station: &[(i32, i32)], lost: Option<i32>) {
        let town = town(2);
        let transfers = Transfers::of_day(&town, &day(&town));
        let departures = departures(&town, to_station, from_station);
        let lines = &town.policy.lines;
        let each =
            lost.map_or(lines.missed_transfer, |lost| lines.passenger_hour.per_hour(Duration::from_seconds(lost)));
        assert_eq!(Fen(transfers.cost(&departures)), Fen(2 * each.0), "{to_station:?} {from_station:?}");
        assert_eq!(transfers.passengers(&departures), (2, if lost.is_some() { 0 } else { 2 }));
    }

    #[test]
    fn who_changes_waits_for_the_next_bus() {
        check(&[(7, 0)], &[(7, 40)], Some(4 * 60 + 51));
        check(&[(7, 0)], &[(7, 30), (7, 50), (8, 30)], Some(14 * 60 + 51));
        // There at 07:30:09, ready at 07:35:09.
        check(&[(7, 0)], &[(7, 35), (8, 35)], Some(59 * 60 + 51));
    }

    #[test]
    fn who_would_wait_too_long_or_ride_too_far_from_the_wish_misses_the_transfer() {
        check(&[(7, 0)], &[(7, 30), (8, 40)], None);
        check(&[(5, 50), (8, 10)], &[(7, 40)], None);
        check(&[(7, 0)], &[], None);
        check(&[], &[(7, 40)], None);
    }

    #[test]
    fn another_bus_of_the_first_line_is_taken_where_less_is_lost_in_all() {
        // Nine seconds late, or twenty minutes less nine seconds early.
        check(&[(6, 40), (7, 0)], &[(7, 20), (8, 30)], Some(19 * 60 + 42 + 4 * 60 + 51));
        check(&[(6, 40), (7, 0)], &[(7, 20), (7, 50)], Some(14 * 60 + 51));
    }

    /// Random transfers and departures on the grid of the sample with a second line.
    fn random(dice: &mut ChaCha8Rng) -> (Scenario, Departures) {
        let mut town = sample::with_second_line();
        for _ in 0..12 {
            let (from, to) = if dice.random_range(0..2) == 0 { (0, 2) } else { (2, 0) };
            let (from, to) = (from + dice.random_range(0..2), to + dice.random_range(0..2));
            let stop = dice.random_range(1..4);
            let at = |pattern: u32| [stop, 4 - stop][pattern as usize % 2];
            let wanted = ServiceTime::hm(dice.random_range(6..10), dice.random_range(0..60));
            let people = dice.random_range(1..5);
            town.line_transfers.push(changing((from, at(from)), (to, at(to)), wanted, people));
        }
        let departures = (0..4).map(|_| random_departures(dice)).collect();
        (town, departures)
    }

    fn random_departures(dice: &mut ChaCha8Rng) -> Vec<ServiceTime> {
        let share = dice.random_range(1..5);
        let grid = (36..66).map(|point| ServiceTime::hm(0, 10 * point));
        grid.filter(|_| dice.random_range(0..10) < share).collect()
    }

    /// The least loss over all pairs of departures, by the words of the module.
    fn slow_cost(town: &Scenario, departures: &Departures) -> i64 {
        let lines = &town.policy.lines;
        let cost = |transfer: &crate::demand::LineTransfer| {
            let (first, second) = (town.pattern(transfer.from_pattern), town.pattern(transfer.to_pattern));
            let arrivals: Vec<ServiceTime> = departures[transfer.from_pattern.index()]
                .iter()
                .map(|&departure| departure + first.arrivals[transfer.from_stop])
                .filter(|&arrival| (arrival - transfer.wanted_arrival).seconds().abs() <= 3_600)
                .collect();
            let off = |arrival: ServiceTime| (arrival - transfer.wanted_arrival).seconds().abs();
            let least = arrivals.iter().map(|&arrival| off(arrival)).min().unwrap_or(0);
            let mut lost = Vec::new();
            for &arrival in &arrivals {
                for &departure in &departures[transfer.to_pattern.index()] {
                    let leaves = departure + second.departures[transfer.to_stop];
                    let wait = (leaves - arrival).seconds() - 300;
                    if (0..=3_600).contains(&wait) {
                        lost.push(wait + off(arrival) - least);
                    }
                }
            }
            let each = lost.into_iter().min().map(|lost| lines.passenger_hour.per_hour(Duration::from_seconds(lost)));
            i64::from(transfer.passengers) * each.unwrap_or(lines.missed_transfer).0
        };
        town.line_transfers.iter().map(cost).sum()
    }

    #[test]
    fn the_loss_is_the_least_over_all_pairs_of_departures_and_never_below_its_bound() {
        for seed in 0..200 {
            let (town, departures) = random(&mut ChaCha8Rng::seed_from_u64(seed));
            let transfers = Transfers::of_day(&town, &day(&town));
            assert_eq!(transfers.cost(&departures), slow_cost(&town, &departures), "seed {seed}");
            assert!(transfers.least_cost() <= transfers.cost(&departures), "seed {seed}");
        }
    }

    #[test]
    fn a_change_costs_what_counting_everybody_anew_says() {
        for seed in 0..200 {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            let (town, before) = random(&mut dice);
            let transfers = Transfers::of_day(&town, &day(&town));
            let mut after = before.clone();
            let changed: Vec<PatternId> = (0..4).filter(|_| dice.random_range(0..2) == 0).map(PatternId).collect();
            changed.iter().for_each(|pattern| after[pattern.index()] = random_departures(&mut dice));
            let change = transfers.change_in_cost(&changed, &before, &after);
            assert_eq!(change, transfers.cost(&after) - transfers.cost(&before), "seed {seed}");
        }
    }
}
