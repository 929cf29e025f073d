//! Trips of all lines chained into vehicle days: a minimum-cost flow per vehicle type.
//!
//! A node per trip; an arc from the depots to each trip, from each trip to those that a vehicle can work next (deadhead
//! and layover respected), and from each trip back. Depots are free here (each drive is to the nearest), so the flow is
//! a lower bound of what concrete vehicles cost. The matrix is a network's: the linear program has whole-numbered
//! vertices. Every possible connection is in it, the dear ones too: where the fleet is short they are what saves a
//! vehicle, and without them the bound would be too high. If the fleet cannot work all trips, the flow is solved again
//! with the choice to give trips up at the price of their passengers and of a missing departure.

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
    /// No way to work the trips costs less, the price of dropped ones included.
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
    let network = FlowNetwork::new(scenario, vehicle_type, trips, true);
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

/// The vehicles of a type that work lines.
pub fn line_vehicles(scenario: &Scenario, vehicle_type: VehicleTypeId) -> Vec<VehicleId> {
    let of_type = |&vehicle: &VehicleId| scenario.fleet.vehicle(vehicle).vehicle_type == vehicle_type;
    scenario.fleet.vehicles_for(Product::Line).filter(of_type).collect()
}

/// What is lost with a trip: its passengers, and a departure.
pub fn loss(scenario: &Scenario, trip: &PlannedTrip) -> Fen {
    let policy = &scenario.policy.lines;
    Fen(policy.unserved_passenger.0 * i64::from(trip.boardings)) + policy.missing_departure
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
        self.kind().cost_per_kilometre.per_kilometre(travel.distance(from, to))
            + self.kind().cost_per_hour.per_hour(travel.duration(from, to))
    }

    fn trip(&self, trip: &PlannedTrip) -> Fen {
        let pattern = self.scenario.pattern(trip.candidate.pattern);
        self.kind().cost_per_kilometre.per_kilometre(pattern.length())
            + self.kind().cost_per_hour.per_hour(pattern.running_time())
    }

    /// Layover, deadhead and waiting between two trips of a vehicle.
    fn link(&self, before: &PlannedTrip, after: &PlannedTrip) -> Fen {
        let end = before.candidate.departure + self.scenario.pattern(before.candidate.pattern).running_time();
        let empty = self.scenario.network.travel.distance(self.end(before), self.start(after));
        self.kind().cost_per_kilometre.per_kilometre(empty)
            + self.kind().cost_per_hour.per_hour(after.candidate.departure - end)
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
        let vehicles = line_vehicles(scenario, vehicle_type);
        let depots: Vec<PlaceId> = vehicles.iter().map(|&vehicle| scenario.fleet.depot_place(vehicle)).collect();
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
        mip.row(0.0, vehicles.len() as f64, pull_outs);
        Self { costs, trips, mip, links, drops }
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

    fn trip(pattern: u32, hour: i32, minute: i32) -> PlannedTrip {
        let departure = ServiceTime::hm(hour, minute);
        let candidate = Candidate { pattern: PatternId(pattern), departure, vehicle_type: VehicleTypeId(0) };
        PlannedTrip { candidate, load: vec![1; 4], boardings: 1 }
    }

    /// The least cost of working the trips from this one on, each after a chain's end, by a new vehicle, or not at all.
    fn least(scenario: &Scenario, trips: &[&PlannedTrip], next: usize, chains: &mut Vec<Vec<usize>>, lost: Fen) -> Fen {
        let costs = Costs { scenario, vehicle_type: VehicleTypeId(0) };
        let vehicles = line_vehicles(scenario, VehicleTypeId(0));
        if next == trips.len() {
            let cost = |chain: &Vec<usize>| {
                let chain: Vec<&PlannedTrip> = chain.iter().map(|&trip| trips[trip]).collect();
                block_cost(scenario, vehicles[0], &chain)
            };
            return lost + chains.iter().map(cost).sum::<Fen>();
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
        if chains.len() < vehicles.len() {
            chains.push(vec![next]);
            best = best.min(least(scenario, trips, next + 1, chains, lost));
            chains.pop();
        }
        best
    }

    fn check(trips: &[PlannedTrip], expected_dropped: usize) {
        let mut town = sample::small_town();
        let mut trips: Vec<&PlannedTrip> = trips.iter().collect();
        trips.sort_by_key(|trip| trip.candidate.departure);
        let found = chain(&town, VehicleTypeId(0), &trips).expect("a flow");
        assert_eq!(found.dropped.len(), expected_dropped, "{found:?}");
        let of_chain = |chain: &Vec<usize>| {
            let chain: Vec<&PlannedTrip> = chain.iter().map(|&trip| trips[trip]).collect();
            block_cost(&town, line_vehicles(&town, VehicleTypeId(0))[0], &chain)
        };
        let lost: Fen = found.dropped.iter().map(|&trip| loss(&town, trips[trip])).sum();
        let cost = found.chains.iter().map(of_chain).sum::<Fen>() + lost;
        if expected_dropped == 0 {
            // A trip is given up only when the fleet cannot work all of them, never to save money.
            town.policy.lines.missing_departure = Fen(100_000_000);
        }
        assert_eq!(cost, least(&town, &trips, 0, &mut Vec::new(), Fen(0)));
        assert!(found.lower_bound <= cost && cost.0 - found.lower_bound.0 <= cost.0 / 1_000, "{found:?}, cost {cost}");
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
}
