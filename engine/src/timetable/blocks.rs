//! Trips of all lines chained into vehicle days: a minimum-cost flow per vehicle type.
//!
//! A node per trip; an arc from the depots to each trip, from each trip to those that a vehicle can work next (deadhead
//! and layover respected), and from each trip back. Depots are free here (each drive is to the nearest), so the flow is
//! a lower bound of what concrete vehicles cost. The matrix is a network's: the linear program has whole-numbered
//! vertices. Every possible connection is in it, the dear ones too: where the fleet is short they are what saves a
//! vehicle, and without them the bound would be too high.
//!
//! Which trips are worth their cost is decided with the lines. Here trips are given up only as far as the fleet cannot
//! work them, never to save money: first the loss of their passengers and departures is made least, then, among
//! the flows that lose no more, the cost.

use super::PlanError;
use super::line_plan::PlannedTrip;
use super::mip::{Column, Limits, Mip};
use crate::fleet::Product;
use crate::ids::{PlaceId, VehicleId, VehicleTypeId};
use crate::scenario::Scenario;
use crate::units::Fen;

/// Trips of one vehicle type, chained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chains {
    /// Positions in the trips handed in, each chain in order of time; by first trip.
    pub chains: Vec<Vec<usize>>,
    /// Trips that the fleet cannot work, least loss first.
    pub dropped: Vec<usize>,
    /// No way to work the trips that loses as little costs less, the loss included.
    pub lower_bound: Fen,
}

/// Chains the trips of one vehicle type at least cost; `trips` are all of that type.
pub fn chain(scenario: &Scenario, vehicle_type: VehicleTypeId, trips: &[&PlannedTrip]) -> Result<Chains, PlanError> {
    if trips.is_empty() {
        return Ok(Chains { chains: Vec::new(), dropped: Vec::new(), lower_bound: Fen(0) });
    }
    let network = FlowNetwork::new(scenario, vehicle_type, trips, false);
    if let Some(solution) = network.solve() {
        return Ok(network.chains(&solution));
    }
    let mut network = FlowNetwork::new(scenario, vehicle_type, trips, true);
    network.keep_to_least_loss();
    match network.solve() {
        Some(solution) => Ok(network.chains(&solution)),
        None => Err(PlanError::Solver {
            part: format!("vehicles of type {}", scenario.fleet.vehicle_types[vehicle_type.index()].code),
            status: "no flow although every trip may be dropped".to_owned(),
        }),
    }
}

/// What a vehicle day costs: the day, and kilometres and hours from leaving the depot to being back.
pub fn block_cost(scenario: &Scenario, vehicle: VehicleId, chain: &[&PlannedTrip]) -> Fen {
    let fleet = &scenario.fleet;
    let costs = Costs { scenario, vehicle_type: fleet.vehicle(vehicle).vehicle_type };
    let depot = fleet.depot_place(vehicle);
    let ends = costs.drive(depot, costs.start(chain[0])) + costs.drive(costs.end(chain[chain.len() - 1]), depot);
    let trips: Fen = chain.iter().map(|trip| costs.trip(trip)).sum();
    let links: Fen = chain.windows(2).map(|pair| costs.link(pair[0], pair[1])).sum();
    costs.kind().cost_per_day + ends + trips + links
}

/// What is lost with a trip: its passengers, and a departure; where both are free still something, so that no trip is
/// given up for nothing.
pub fn loss(scenario: &Scenario, trip: &PlannedTrip) -> Fen {
    let policy = &scenario.policy.lines;
    Fen(policy.unserved_passenger.0 * i64::from(trip.boardings) + policy.missing_departure.0).max(Fen(1))
}

struct Costs<'a> {
    scenario: &'a Scenario,
    vehicle_type: VehicleTypeId,
}

impl Costs<'_> {
    fn kind(&self) -> &crate::fleet::VehicleType {
        &self.scenario.fleet.vehicle_types[self.vehicle_type.index()]
    }

    fn start(&self, trip: &PlannedTrip) -> PlaceId {
        self.scenario.pattern(trip.candidate.pattern).first_stop()
    }

    fn end(&self, trip: &PlannedTrip) -> PlaceId {
        self.scenario.pattern(trip.candidate.pattern).last_stop()
    }

    fn drive(&self, from: PlaceId, to: PlaceId) -> Fen {
        let travel = &self.scenario.network.travel;
        self.kind().driving_cost(travel.distance(from, to), travel.duration(from, to))
    }

    fn trip(&self, trip: &PlannedTrip) -> Fen {
        let pattern = self.scenario.pattern(trip.candidate.pattern);
        self.kind().driving_cost(pattern.length(), pattern.running_time())
    }

    /// Layover, deadhead and waiting between two trips of a vehicle.
    fn link(&self, before: &PlannedTrip, after: &PlannedTrip) -> Fen {
        let end = before.candidate.departure + self.scenario.pattern(before.candidate.pattern).running_time();
        let empty = self.scenario.network.travel.distance(self.end(before), self.start(after));
        self.kind().driving_cost(empty, after.candidate.departure - end)
    }

    fn can_follow(&self, before: &PlannedTrip, after: &PlannedTrip) -> bool {
        let policy = &self.scenario.policy.lines;
        let end = before.candidate.departure + self.scenario.pattern(before.candidate.pattern).running_time();
        let empty = self.scenario.network.travel.duration(self.end(before), self.start(after));
        empty <= policy.max_deadhead && end + policy.layover + empty <= after.candidate.departure
    }
}

struct FlowNetwork<'a> {
    costs: Costs<'a>,
    trips: &'a [&'a PlannedTrip],
    mip: Mip,
    /// From trip, to trip.
    links: Vec<(usize, usize, Column)>,
    /// Trip; only if trips may be dropped.
    drops: Vec<(usize, Column)>,
}

impl<'a> FlowNetwork<'a> {
    fn new(scenario: &'a Scenario, vehicle_type: VehicleTypeId, trips: &'a [&'a PlannedTrip], may_drop: bool) -> Self {
        let costs = Costs { scenario, vehicle_type };
        let vehicles = scenario.fleet.of_type_for(vehicle_type, Product::Line);
        let depots: Vec<PlaceId> = vehicles.map(|vehicle| scenario.fleet.depot_place(vehicle)).collect();
        let out = |trip| depots.iter().map(|&depot| costs.drive(depot, costs.start(trip))).min().unwrap_or(Fen(0));
        let home = |trip| depots.iter().map(|&depot| costs.drive(costs.end(trip), depot)).min().unwrap_or(Fen(0));
        let day = costs.kind().cost_per_day;
        let mut mip = Mip::default();
        let (mut enters, mut leaves): (Vec<_>, Vec<_>) = (vec![Vec::new(); trips.len()], vec![Vec::new(); trips.len()]);
        let (mut pull_outs, mut links, mut drops) = (Vec::new(), Vec::new(), Vec::new());
        for (index, trip) in trips.iter().enumerate() {
            let column = mip.column((day + out(trip) + costs.trip(trip)).0, 0.0, 1.0, false);
            enters[index].push((column, 1.0));
            pull_outs.push((column, 1.0));
            leaves[index].push((mip.column(home(trip).0, 0.0, 1.0, false), 1.0));
        }
        for (before, earlier) in trips.iter().enumerate() {
            for (after, later) in trips.iter().enumerate() {
                if !costs.can_follow(earlier, later) {
                    continue;
                }
                let link = costs.link(earlier, later);
                let column = mip.column((link + costs.trip(later)).0, 0.0, 1.0, false);
                leaves[before].push((column, 1.0));
                enters[after].push((column, 1.0));
                links.push((before, after, column));
            }
        }
        for (index, trip) in trips.iter().enumerate().filter(|_| may_drop) {
            let column = mip.column(loss(scenario, trip).0, 0.0, 1.0, false);
            enters[index].push((column, 1.0));
            leaves[index].push((column, 1.0));
            drops.push((index, column));
        }
        for terms in enters.into_iter().chain(leaves) {
            mip.row(1.0, 1.0, terms);
        }
        // A column of its own, not a slack row: what is known of the least loss is then known by columns alone.
        let vehicles = depots.len() as f64;
        pull_outs.push((mip.column(0, 0.0, vehicles, false), 1.0));
        mip.row(vehicles, vehicles, pull_outs);
        Self { costs, trips, mip, links, drops }
    }

    /// Leaves only the flows that lose the least.
    fn keep_to_least_loss(&mut self) {
        let drops: Vec<Column> = self.drops.iter().map(|&(_, column)| column).collect();
        let least = self.mip.with_costs_only_of(&drops).solve(Limits::NONE, None);
        self.mip.fix_optimal_face(&least);
    }

    fn solve(&self) -> Option<(Vec<f64>, i64)> {
        let outcome = self.mip.solve(Limits::NONE, None);
        let whole = |values: &Vec<f64>| values.iter().all(|value| (value - value.round()).abs() < 1e-6);
        outcome.values.filter(whole).map(|values| (values, outcome.lower_bound.unwrap_or(0)))
    }

    fn chains(&self, (values, lower_bound): &(Vec<f64>, i64)) -> Chains {
        let mut next = vec![None; self.trips.len()];
        let mut has_before = vec![false; self.trips.len()];
        for &(before, after, column) in &self.links {
            if column.value(values) == 1 {
                next[before] = Some(after);
                has_before[after] = true;
            }
        }
        let is_dropped = |&&(_, column): &&(usize, Column)| column.value(values) == 1;
        let mut dropped: Vec<usize> = self.drops.iter().filter(is_dropped).map(|&(trip, _)| trip).collect();
        let starts = (0..self.trips.len()).filter(|&trip| !has_before[trip] && !dropped.contains(&trip));
        let chains = starts.map(|first| std::iter::successors(Some(first), |&trip| next[trip]).collect()).collect();
        dropped.sort_by_key(|&trip| (loss(self.costs.scenario, self.trips[trip]), trip));
        Chains { chains, dropped, lower_bound: Fen((*lower_bound).max(0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PatternId;
    use crate::scenario::sample;
    use crate::time::ServiceTime;
    use crate::timetable::line_model::Candidate;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn trip(pattern: u32, hour: i32, minute: i32) -> PlannedTrip {
        trip_with(pattern, ServiceTime::hm(hour, minute), 1)
    }

    fn trip_with(pattern: u32, departure: ServiceTime, boardings: i32) -> PlannedTrip {
        let candidate = Candidate { pattern: PatternId(pattern), departure, vehicle_type: VehicleTypeId(0) };
        PlannedTrip { candidate, load: vec![boardings; 4], boardings }
    }

    fn first_bus(scenario: &Scenario) -> VehicleId {
        scenario.fleet.of_type_for(VehicleTypeId(0), Product::Line).next().expect("a line bus")
    }

    fn cost_of(scenario: &Scenario, trips: &[&PlannedTrip], chains: &[Vec<usize>]) -> Fen {
        let cost = |chain: &Vec<usize>| {
            let chain: Vec<&PlannedTrip> = chain.iter().map(|&trip| trips[trip]).collect();
            block_cost(scenario, first_bus(scenario), &chain)
        };
        chains.iter().map(cost).sum()
    }

    /// The least loss and, with it, the least cost of working the trips from this one on: each after a chain's end, by a
    /// new vehicle, or not at all.
    fn least(
        scenario: &Scenario,
        trips: &[&PlannedTrip],
        next: usize,
        chains: &mut Vec<Vec<usize>>,
        lost: Fen,
    ) -> (Fen, Fen) {
        let costs = Costs { scenario, vehicle_type: VehicleTypeId(0) };
        if next == trips.len() {
            return (lost, cost_of(scenario, trips, chains));
        }
        let mut best = least(scenario, trips, next + 1, chains, lost + loss(scenario, trips[next]));
        for chain in 0..chains.len() {
            let end = chains[chain][chains[chain].len() - 1];
            if costs.can_follow(trips[end], trips[next]) {
                chains[chain].push(next);
                best = best.min(least(scenario, trips, next + 1, chains, lost));
                chains[chain].pop();
            }
        }
        if chains.len() < scenario.fleet.of_type_for(VehicleTypeId(0), Product::Line).count() {
            chains.push(vec![next]);
            best = best.min(least(scenario, trips, next + 1, chains, lost));
            chains.pop();
        }
        best
    }

    /// The flow against trying everything, with these prices of a missing departure and of a passenger left behind: how
    /// many trips are given up.
    fn dropped(trips: &[PlannedTrip], missing_departure: Fen, unserved_passenger: Fen) -> usize {
        let mut town = sample::small_town();
        town.policy.lines.missing_departure = missing_departure;
        town.policy.lines.unserved_passenger = unserved_passenger;
        let mut trips: Vec<&PlannedTrip> = trips.iter().collect();
        trips.sort();
        trips.sort_by_key(|trip| trip.candidate.departure);
        let found = chain(&town, VehicleTypeId(0), &trips).expect("a flow");
        let lost: Fen = found.dropped.iter().map(|&trip| loss(&town, trips[trip])).sum();
        let cost = cost_of(&town, &trips, &found.chains);
        assert_eq!((lost, cost), least(&town, &trips, 0, &mut Vec::new(), Fen(0)), "{found:?} of {trips:?}");
        let (all, bound) = ((lost + cost).0, found.lower_bound.0);
        assert!(bound <= all && all - bound <= all / 1_000, "{found:?}, cost {all}");
        found.dropped.len()
    }

    fn check(trips: &[PlannedTrip], expected_dropped: usize) {
        let policy = sample::small_town().policy.lines;
        assert_eq!(dropped(trips, policy.missing_departure, policy.unserved_passenger), expected_dropped);
        // Giving all trips up would cost less than any vehicle.
        assert_eq!(dropped(trips, Fen(10), Fen(1)), expected_dropped);
        assert_eq!(dropped(trips, Fen(0), Fen(0)), expected_dropped);
    }

    #[test]
    fn the_flow_costs_what_the_best_of_all_chainings_costs() {
        check(&[trip(0, 7, 0)], 0);
        check(&[trip(0, 7, 0), trip(1, 8, 0), trip(0, 9, 0), trip(1, 10, 0)], 0);
        check(&[trip(0, 7, 0), trip(0, 7, 10), trip(1, 9, 0), trip(1, 15, 0), trip(0, 16, 0)], 0);
        check(&[trip(1, 6, 0), trip(0, 6, 5), trip(0, 18, 0), trip(1, 18, 5), trip(1, 12, 0)], 0);
    }

    #[test]
    fn two_buses_cannot_work_three_trips_at_a_time() {
        check(&[trip(0, 7, 0), trip(0, 7, 0), trip(0, 7, 10), trip(1, 9, 0)], 1);
    }

    #[test]
    fn one_full_trip_outweighs_two_empty_ones() {
        let at = |hour, minute| ServiceTime::hm(hour, minute);
        // The full trip is as long as two short of it: whoever works it works none of the others.
        let trips = [
            trip_with(0, at(7, 0), 1),
            trip_with(0, at(7, 0), 2),
            trip_with(0, at(7, 10), 30),
            trip_with(1, at(7, 10), 30),
        ];
        assert_eq!(dropped(&trips, Fen(10), Fen(1)), 2);
    }

    #[test]
    fn random_trips_are_chained_as_trying_everything_does() {
        for seed in 0..60 {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            let trips: Vec<PlannedTrip> = (0..dice.random_range(3..8))
                .map(|_| {
                    let departure = ServiceTime::hm(dice.random_range(6..9), 10 * dice.random_range(0..6));
                    trip_with(dice.random_range(0..2), departure, dice.random_range(0..30))
                })
                .collect();
            let prices = [(50_000, 6_000), (5_000, 600), (10, 1), (0, 0)][seed as usize % 4];
            dropped(&trips, Fen(prices.0), Fen(prices.1));
        }
    }
}
