//! The first plan of a line and a bound that needs no solver: what a line has when its search is stopped before it began.

use std::collections::{BTreeMap, BTreeSet};

use super::coverage;
use super::demand_groups::{DemandGroup, busiest_segments};
use super::line_model::{Candidate, PatternDemand, candidate_times};
use crate::fleet::Product;
use crate::ids::{PatternId, PlaceId, RouteId, VehicleTypeId};
use crate::policy::LinePolicy;
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime};
use crate::units::Fen;

/// Departures that follow the load, as planners do it by hand, as far as the vehicles go.
///
/// A departure is due when a vehicle of the largest permitted type would be full on the busiest segment, when the
/// largest gap is reached, where the first and last departure are bound to be, and often enough for the least number of
/// departures. It leaves once a vehicle stands ready at the first stop or is left in a depot, so the plan never
/// needs more vehicles than there are.
pub(super) fn departures_by_load(scenario: &Scenario, route: RouteId, demand: &[PatternDemand]) -> Vec<Candidate> {
    let mut vehicles = Vehicles::of(scenario, route);
    let Some(full) = vehicles.in_depots.first().map(|kind| kind.seats) else { return Vec::new() };
    let mut directions: Vec<Direction> = demand.iter().map(|demand| Direction::new(scenario, demand)).collect();
    let times: BTreeSet<ServiceTime> = directions.iter().flat_map(|direction| &direction.grid).copied().collect();
    let mut departures = Vec::new();
    for time in times {
        for direction in directions.iter_mut().filter(|direction| direction.grid.contains(&time)) {
            direction.passengers_come(time);
            if !direction.is_due(&scenario.policy.lines, time, full) {
                continue;
            }
            if let Some((vehicle_type, seats)) = vehicles.depart(scenario, direction.pattern, time) {
                departures.push(Candidate { pattern: direction.pattern, departure: time, vehicle_type });
                direction.waiting = (direction.waiting - seats).max(0);
                direction.made += 1;
                direction.latest = Some(time);
            }
        }
    }
    departures
}

/// No plan of the line costs less.
///
/// In each direction the departures that coverage owes are made or missing, nobody but who has a seat on the busiest
/// segment rides there, and a line with any departure needs a vehicle for the day. Passengers' time, the way
/// from and to the depots and waiting are left out.
pub(super) fn least_cost(scenario: &Scenario, route: RouteId, demand: &[PatternDemand]) -> Fen {
    let policy = &scenario.policy.lines;
    let vehicles = Vehicles::of(scenario, route);
    let types = || vehicles.in_depots.iter().map(|kind| &scenario.fleet.vehicle_types[kind.vehicle_type.index()]);
    let seats = types().map(|kind| i64::from(kind.capacity.seats)).max().unwrap_or(0);
    let day = types().map(|kind| kind.cost_per_day.0).min().unwrap_or(0);
    let (mut without_departures, mut least) = (0, 0);
    for PatternDemand { pattern, groups, .. } in demand {
        let owed = coverage::least_departures(policy, &candidate_times(scenario, groups)) as i64;
        let pattern = scenario.pattern(*pattern);
        let riders = |segment| -> i64 {
            groups.iter().filter(|group| group.rides(segment)).map(|group| i64::from(group.passengers)).sum()
        };
        let riders = (0..pattern.stops.len() - 1).map(riders).max().unwrap_or(0);
        let work = types().map(|kind| kind.driving_cost(pattern.length(), pattern.running_time()).0);
        let trip = work.min().unwrap_or(0);
        let cost = |made: i64| {
            made * trip
                + (owed - made).max(0) * policy.missing_departure.0
                + (riders - made * seats).max(0) * policy.unserved_passenger.0
        };
        without_departures += cost(0);
        // Between these numbers of departures the cost rises or falls evenly, beyond them it rises.
        let full = if seats > 0 { riders / seats } else { 0 };
        let turns = if types().next().is_some() { vec![0, owed, full, full + 1] } else { vec![0] };
        least += turns.into_iter().map(cost).min().unwrap_or(0);
    }
    Fen(without_departures.min(least + day))
}

/// A direction of the line while its departures are chosen.
struct Direction<'a> {
    pattern: PatternId,
    groups: &'a [DemandGroup],
    grid: Vec<ServiceTime>,
    busiest_segment: usize,
    /// The grid points where the first and the last departure are bound to be.
    bound: (ServiceTime, ServiceTime),
    /// Passengers for the busiest segment whom no departure has taken.
    waiting: i32,
    made: i32,
    latest: Option<ServiceTime>,
}

impl<'a> Direction<'a> {
    fn new(scenario: &Scenario, PatternDemand { pattern, groups, .. }: &'a PatternDemand) -> Self {
        let policy = &scenario.policy.lines;
        let grid = candidate_times(scenario, groups);
        let segments = scenario.pattern(*pattern).stops.len() - 1;
        let first = grid.iter().rfind(|&&time| time <= policy.first_departure_by).unwrap_or(&grid[0]);
        let last = grid.iter().find(|&&time| time >= policy.last_departure_from).unwrap_or(&grid[grid.len() - 1]);
        Self {
            pattern: *pattern,
            groups,
            busiest_segment: busiest_segments(groups, segments, 1).first().copied().unwrap_or(0),
            bound: (*first, *last),
            grid,
            waiting: 0,
            made: 0,
            latest: None,
        }
    }

    fn passengers_come(&mut self, time: ServiceTime) {
        let here = |group: &&DemandGroup| group.rides(self.busiest_segment) && group.wanted_departure == time;
        self.waiting += self.groups.iter().filter(here).map(|group| group.passengers).sum::<i32>();
    }

    fn is_due(&self, policy: &LinePolicy, time: ServiceTime, full: i32) -> bool {
        let (first, last) = self.bound;
        self.waiting >= full
            || match self.latest {
                None => time >= first,
                Some(latest) if time < last => time - latest >= self.even_gap(policy, latest),
                Some(latest) => latest < last,
            }
    }

    /// To the next departure, so that those up to the last one are spread evenly: as few as the largest gap and the
    /// least number of departures allow.
    fn even_gap(&self, policy: &LinePolicy, latest: ServiceTime) -> Duration {
        let step = policy.departure_grid.seconds();
        let largest = (policy.largest_gap.seconds() / step).max(1);
        let steps = (self.bound.1 - latest).seconds() / step;
        let departures = ((steps + largest - 1) / largest).max(policy.least_departures - self.made).max(1);
        Duration::from_seconds((steps / departures).max(1) * step)
    }
}

/// The vehicles that the line may use, while its departures are chosen.
struct Vehicles {
    /// Most seats first.
    in_depots: Vec<Kind>,
    /// At which stop, from when on.
    ready: BTreeMap<PlaceId, Vec<(ServiceTime, VehicleTypeId, i32)>>,
}

struct Kind {
    vehicle_type: VehicleTypeId,
    seats: i32,
    count: usize,
}

impl Vehicles {
    fn of(scenario: &Scenario, route: RouteId) -> Self {
        let kind = |&vehicle_type: &VehicleTypeId| {
            let seats = scenario.fleet.vehicle_types[vehicle_type.index()].capacity.seats;
            Kind { vehicle_type, seats, count: scenario.fleet.of_type_for(vehicle_type, Product::Line).count() }
        };
        let kinds = scenario.route(route).vehicle_types.iter().map(kind);
        let mut in_depots: Vec<Kind> = kinds.filter(|kind| kind.count > 0).collect();
        in_depots.sort_by_key(|kind| std::cmp::Reverse((kind.seats, kind.vehicle_type)));
        Self { in_depots, ready: BTreeMap::new() }
    }

    /// Sends a vehicle on a trip, one that waits at the stop if there is any: its type and seats.
    fn depart(
        &mut self,
        scenario: &Scenario,
        pattern: PatternId,
        departure: ServiceTime,
    ) -> Option<(VehicleTypeId, i32)> {
        let pattern = scenario.pattern(pattern);
        let at_stop = self.ready.entry(pattern.first_stop()).or_default();
        let waits = (0..at_stop.len()).filter(|&index| at_stop[index].0 <= departure).max_by_key(|&index| {
            let (since, vehicle_type, seats) = at_stop[index];
            (seats, std::cmp::Reverse(since), vehicle_type)
        });
        let (vehicle_type, seats) = match waits {
            Some(index) => {
                let (_, vehicle_type, seats) = at_stop.remove(index);
                (vehicle_type, seats)
            }
            None => {
                let kind = self.in_depots.iter_mut().find(|kind| kind.count > 0)?;
                kind.count -= 1;
                (kind.vehicle_type, kind.seats)
            }
        };
        let ready = departure + pattern.running_time() + scenario.policy.lines.layover;
        self.ready.entry(pattern.last_stop()).or_default().push((ready, vehicle_type, seats));
        Some((vehicle_type, seats))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Products;
    use crate::scenario::sample;
    use crate::timetable::demand_groups::demand_groups;

    fn departures(town: &Scenario) -> Vec<Candidate> {
        let day = town.day_type(sample::market_day()).expect("a known date");
        let groups = |pattern| demand_groups(town, &day, pattern);
        let demand: Vec<PatternDemand> = town.routes[0]
            .patterns
            .iter()
            .map(|&pattern| PatternDemand {
                pattern,
                groups: groups(pattern),
                arrivals: Vec::new(),
                todays: Vec::new(),
            })
            .collect();
        departures_by_load(town, RouteId(0), &demand)
    }

    fn times(town: &Scenario, pattern: u32) -> Vec<ServiceTime> {
        let of_pattern = |candidate: &Candidate| candidate.pattern == PatternId(pattern);
        departures(town).into_iter().filter(of_pattern).map(|candidate| candidate.departure).collect()
    }

    #[test]
    fn the_first_plan_of_the_sample_line_owes_nothing() {
        let town = sample::small_town();
        for pattern in 0..2 {
            assert_eq!(coverage::shortfalls(&town.policy.lines, &[], &times(&town, pattern)), Vec::<String>::new());
        }
    }

    #[test]
    fn the_least_number_of_departures_is_spread_evenly() {
        let mut town = sample::small_town();
        town.line_demand.clear();
        town.policy.lines.least_departures = 12;
        let times = times(&town, 0);
        assert_eq!(times.len(), 12, "{times:?}");
        let gaps = || times.windows(2).map(|pair| pair[1] - pair[0]);
        let unevenness = gaps().max().expect("a gap") - gaps().min().expect("a gap");
        assert!(unevenness <= town.policy.lines.departure_grid, "{times:?}");
    }

    #[test]
    fn one_bus_goes_to_and_fro() {
        let mut town = sample::small_town();
        let line_buses = town.fleet.vehicles.iter_mut().filter(|vehicle| vehicle.products.contains(Product::Line));
        line_buses.skip(1).for_each(|bus| bus.products = Products::NONE);
        town.line_demand.iter_mut().for_each(|demand| demand.passengers *= 9);
        let mut plan = departures(&town);
        plan.sort_by_key(|candidate| candidate.departure);
        assert!(plan.len() >= 12, "{plan:?}");
        for pair in plan.windows(2) {
            let ready = pair[0].departure + town.pattern(pair[0].pattern).running_time() + town.policy.lines.layover;
            assert!(pair[0].pattern != pair[1].pattern && ready <= pair[1].departure, "{pair:?}");
        }
    }
}
