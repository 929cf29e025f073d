//! The vehicles that lines share: how many of each type are out at each quarter of an hour, and what that costs a line.
//!
//! Lines are planned one by one, each with vehicles of its own. What keeps them together is this: at no moment may more vehicles of
//! a type be on trips than there are. A line sees that in one of two ways. *Prices* by type and moment turn the shared limit
//! into a cost (Lagrange): they make the one valid bound for all lines together. *What is left* by the plans of the others is a
//! limit that costs dearly to overstep: it makes plans that fit together.

use std::collections::BTreeMap;

use super::line_model::Candidate;
use crate::fleet::Product;
use crate::ids::VehicleTypeId;
use crate::scenario::Scenario;
use crate::time::Duration;

/// Vehicles are counted at moments this far apart.
const BETWEEN_MOMENTS: Duration = Duration::from_minutes(15);

/// A vehicle more than are left costs so much at every moment, in fen: rather no departure than one without a vehicle.
pub(super) fn overload(scenario: &Scenario) -> i64 {
    let policy = &scenario.policy.lines;
    policy.missing_departure.0 + policy.unserved_passenger.0
}

/// A vehicle type at a moment: the number of the moment counted from 00:00.
pub(super) type Moment = (VehicleTypeId, i32);

/// How a line sees the fleet that it shares. By default it has all of it, for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SharedFleet {
    /// What a vehicle on a trip costs, in fen, beside what it costs anyway.
    pub prices: BTreeMap<Moment, i64>,
    /// How many vehicles the others leave; where nothing is said, enough.
    pub left: BTreeMap<Moment, i64>,
}

/// Vehicles on trips, by type and moment; parts of vehicles where a relaxation was solved.
pub(super) type Usage = BTreeMap<Moment, f64>;

impl SharedFleet {
    /// Has the line all of the fleet, for nothing?
    pub fn is_free(&self) -> bool {
        self.prices.is_empty() && self.left.is_empty()
    }

    /// What a departure costs by prices.
    pub fn price(&self, scenario: &Scenario, candidate: Candidate) -> i64 {
        moments(scenario, candidate).filter_map(|moment| self.prices.get(&moment)).sum()
    }

    /// What these departures cost beside what they cost anyway: by prices, and for vehicles that are not left.
    pub fn charge(&self, scenario: &Scenario, departures: &[Candidate]) -> i64 {
        if self.is_free() {
            return 0;
        }
        let prices: i64 = departures.iter().map(|&departure| self.price(scenario, departure)).sum();
        let mut used: BTreeMap<Moment, i64> = BTreeMap::new();
        for moment in departures.iter().flat_map(|&departure| moments(scenario, departure)) {
            *used.entry(moment).or_default() += 1;
        }
        let beyond = |(moment, used): (Moment, i64)| self.left.get(&moment).map_or(0, |left| (used - left).max(0));
        prices + overload(scenario) * used.into_iter().map(beyond).sum::<i64>()
    }
}

/// The moments at which a departure keeps its vehicle: from leaving the first stop until it may leave the last one again.
pub(super) fn moments(scenario: &Scenario, candidate: Candidate) -> impl Iterator<Item = Moment> + use<> {
    let step = BETWEEN_MOMENTS.seconds();
    let running = scenario.pattern(candidate.pattern).running_time();
    let until = candidate.departure + running + scenario.policy.lines.layover;
    let first = (candidate.departure.seconds() + step - 1).div_euclid(step);
    let end = (until.seconds() + step - 1).div_euclid(step);
    let vehicle_type = candidate.vehicle_type;
    (first..end).map(move |moment| (vehicle_type, moment))
}

/// Adds departures, each so much of a vehicle, to a usage.
pub(super) fn add_usage(usage: &mut Usage, scenario: &Scenario, departures: impl Iterator<Item = (Candidate, f64)>) {
    for (candidate, share) in departures {
        for moment in moments(scenario, candidate) {
            *usage.entry(moment).or_default() += share;
        }
    }
}

/// Vehicles of a type that may work lines.
pub(super) fn vehicles_for_lines(scenario: &Scenario, vehicle_type: VehicleTypeId) -> usize {
    scenario.fleet.of_type_for(vehicle_type, Product::Line).count()
}

/// What the others' usage leaves, at all moments at which they use anything.
pub(super) fn left_by(scenario: &Scenario, others: &Usage) -> BTreeMap<Moment, i64> {
    let left = |(&(vehicle_type, moment), used): (&Moment, &f64)| {
        let left = vehicles_for_lines(scenario, vehicle_type) as i64 - used.round() as i64;
        ((vehicle_type, moment), left.max(0))
    };
    others.iter().map(left).collect()
}
