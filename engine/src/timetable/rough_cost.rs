//! What a line costs about with some departures, in microseconds: to tell which changes are worth pricing exactly.
//!
//! Everybody rides the nearest departure, however full. At each end of the line the vehicle that came last leaves first, unless a
//! fresh one is cheaper than its wait. What no move of a departure changes is left out: kilometres and hours of the trips.

use std::collections::BTreeMap;

use super::coverage;
use super::line_model::{Candidate, PatternDemand, depot_drives};
use super::line_plan::demand_of_line;
use crate::calendar::DayType;
use crate::ids::{PlaceId, RouteId, VehicleTypeId};
use crate::scenario::Scenario;
use crate::time::ServiceTime;
use crate::units::Fen;

/// A line with its demand on a day.
pub(super) struct RoughLine<'a> {
    scenario: &'a Scenario,
    demand: Vec<PatternDemand>,
    /// By vehicle type and end of the line: out of the nearest depot, and home.
    drives: BTreeMap<(VehicleTypeId, PlaceId), (Fen, Fen)>,
}

/// At one end of the line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A vehicle is ready that arrived then.
    Ready(ServiceTime),
    /// A trip leaves.
    Leaves,
}

impl<'a> RoughLine<'a> {
    pub fn new(scenario: &'a Scenario, day: &DayType, route: RouteId) -> Self {
        let mut drives = BTreeMap::new();
        for &pattern in &scenario.route(route).patterns {
            let pattern = scenario.pattern(pattern);
            for place in [pattern.first_stop(), pattern.last_stop()] {
                for &kind in &scenario.route(route).vehicle_types {
                    drives.entry((kind, place)).or_insert_with(|| depot_drives(scenario, kind, place));
                }
            }
        }
        Self { scenario, demand: demand_of_line(scenario, day, route), drives }
    }

    /// In fen; of use only beside another cost of the same line with as many departures of each pattern and type.
    pub fn cost(&self, departures: &[Candidate]) -> i64 {
        let policy = &self.scenario.policy.lines;
        let mut cost = self.vehicles(departures);
        for demand in &self.demand {
            let of_pattern = departures.iter().filter(|candidate| candidate.pattern == demand.pattern);
            let mut times: Vec<ServiceTime> = of_pattern.map(|candidate| candidate.departure).collect();
            times.sort_unstable();
            let owed = coverage::shortfalls(policy, &demand.arrivals, &times).len() as i64;
            cost += owed * policy.missing_departure.0;
            cost += times.iter().map(|&time| demand.change_cost(policy, time).0).sum::<i64>();
            for group in &demand.groups {
                let next = times.partition_point(|&time| time < group.wanted_departure);
                let near = &times[next.saturating_sub(1)..(next + 1).min(times.len())];
                let offered = near.iter().filter_map(|&time| group.deviation_cost(self.scenario, time)).min();
                let each = offered.map_or(policy.unserved_passenger, |cost| cost.min(policy.unserved_passenger));
                cost += i64::from(group.passengers) * each.0;
            }
        }
        cost
    }

    fn vehicles(&self, departures: &[Candidate]) -> i64 {
        let mut events: BTreeMap<(VehicleTypeId, PlaceId), Vec<(ServiceTime, Event)>> = BTreeMap::new();
        for candidate in departures {
            let pattern = self.scenario.pattern(candidate.pattern);
            let arrival = candidate.departure + pattern.running_time();
            let ready = arrival + self.scenario.policy.lines.layover;
            let at = |place| (candidate.vehicle_type, place);
            events.entry(at(pattern.first_stop())).or_default().push((candidate.departure, Event::Leaves));
            events.entry(at(pattern.last_stop())).or_default().push((ready, Event::Ready(arrival)));
        }
        let mut cost = 0;
        for (class, mut events) in events {
            events.sort_unstable();
            let kind = &self.scenario.fleet.vehicle_types[class.0.index()];
            let (out, home) = self.drives.get(&class).copied().unwrap_or_default();
            let fresh = kind.cost_per_day + out;
            let mut standing: Vec<ServiceTime> = Vec::new();
            for (time, event) in events {
                match event {
                    Event::Ready(arrival) => standing.push(arrival),
                    Event::Leaves => {
                        let wait = standing.last().map(|&arrival| kind.cost_per_hour.per_hour(time - arrival));
                        cost += match wait.filter(|&wait| wait < fresh + home) {
                            Some(wait) => {
                                standing.pop();
                                wait.0
                            }
                            None => fresh.0,
                        };
                    }
                }
            }
            cost += home.0 * standing.len() as i64;
        }
        cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PatternId;
    use crate::scenario::sample;
    use crate::time::Duration;
    use crate::timetable::line_plan::price_departures;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Random departures, so many of each direction.
    fn departures(dice: &mut ChaCha8Rng, count: usize) -> Vec<Candidate> {
        let mut departures = Vec::new();
        for pattern in 0..2 {
            // Within the hours of which policy speaks, so that the grid has them.
            let mut times: Vec<i32> = (40..102).collect();
            for _ in 0..count {
                let time = times.remove(dice.random_range(0..times.len()));
                let (pattern, departure) = (PatternId(pattern), ServiceTime::hm(0, 10 * time));
                departures.push(Candidate { pattern, departure, vehicle_type: VehicleTypeId(0) });
            }
        }
        departures.sort_unstable();
        departures
    }

    #[test]
    fn where_seats_suffice_a_change_costs_what_the_exact_price_says() {
        let mut compared = 0;
        for seed in 0..60 {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            let mut town = sample::small_town();
            town.fleet.vehicle_types[0].capacity.seats = 1_000;
            // Nothing is owed but a departure.
            let lines = &mut town.policy.lines;
            (lines.least_departures, lines.largest_gap) = (1, Duration::from_minutes(24 * 60));
            (lines.first_departure_by, lines.last_departure_from) = (ServiceTime::hm(17, 0), ServiceTime::hm(6, 40));
            let bus = town.fleet.vehicles[0].clone();
            town.fleet.vehicles.extend((0..20).map(|_| bus.clone()));
            let day = town.day_type(sample::market_day()).expect("a known date");
            let rough = RoughLine::new(&town, &day, RouteId(0));
            let count = dice.random_range(1..7);
            let [one, other] = [departures(&mut dice, count), departures(&mut dice, count)];
            let exact = |departures: &[Candidate]| price_departures((&town, &day), RouteId(0), departures);
            if let (Some(before), Some(after)) = (exact(&one), exact(&other)) {
                let guessed = rough.cost(&other) - rough.cost(&one);
                // The exact price rounds every stretch of a wait by itself.
                assert!((guessed - (after - before)).abs() <= 40, "seed {seed}: {guessed}, not {}", after - before);
                compared += 1;
            }
        }
        assert!(compared > 50, "{compared}");
    }
}
