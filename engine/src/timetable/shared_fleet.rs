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
use crate::time::{Duration, ServiceTime, TimeWindow};

/// Vehicles are counted at moments this far apart.
const BETWEEN_MOMENTS: Duration = Duration::from_minutes(15);

/// A vehicle more than are left costs so much at every moment, in fen: rather no departure, however full, than one without a vehicle.
pub(super) fn overload(scenario: &Scenario) -> i64 {
    let policy = &scenario.policy.lines;
    let seats = scenario.fleet.vehicles_for(Product::Line).map(|bus| scenario.fleet.type_of(bus).capacity.seats).max();
    policy.missing_departure.0 + policy.unserved_passenger.0 * i64::from(seats.unwrap_or(0))
}

/// A vehicle type at a moment: the number of the moment counted from 00:00.
pub(super) type Moment = (VehicleTypeId, i32);

/// When it is.
pub(super) fn moment_time((_, number): Moment) -> ServiceTime {
    ServiceTime::from_seconds(number * BETWEEN_MOMENTS.seconds())
}

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
    let running = scenario.pattern(candidate.pattern).running_time();
    let until = candidate.departure + running + scenario.policy.lines.layover;
    let vehicle_type = candidate.vehicle_type;
    moments_within(TimeWindow::new(candidate.departure, until)).map(move |moment| (vehicle_type, moment))
}

/// The moments at which something is under way that begins and ends then.
pub(super) fn moments_within(worked: TimeWindow) -> std::ops::Range<i32> {
    let step = BETWEEN_MOMENTS.seconds();
    let at = |time: ServiceTime| (time.seconds() + step - 1).div_euclid(step);
    at(worked.earliest)..at(worked.latest)
}

/// Adds departures, each so much of a vehicle, to a usage.
pub(super) fn add_usage(usage: &mut Usage, scenario: &Scenario, departures: impl Iterator<Item = (Candidate, f64)>) {
    for (candidate, share) in departures {
        for moment in moments(scenario, candidate) {
            *usage.entry(moment).or_default() += share;
        }
    }
}

/// The fleet that lines share: the vehicles that may work lines, less those that runs need.
#[derive(Clone, Copy)]
pub(super) struct LineFleet<'a> {
    /// Vehicles.
    pub scenario: &'a Scenario,
    /// What runs need of them; nothing at other moments.
    pub taken: &'a BTreeMap<Moment, i64>,
}

impl LineFleet<'_> {
    /// Vehicles for lines at a moment.
    pub fn vehicles(self, moment: Moment) -> i64 {
        let all = self.scenario.fleet.of_type_for(moment.0, Product::Line).count() as i64;
        (all - self.taken.get(&moment).copied().unwrap_or(0)).max(0)
    }

    /// What the others' usage leaves, at all moments at which they or runs use anything.
    pub fn left_by(self, others: &Usage) -> BTreeMap<Moment, i64> {
        let used = |moment: &Moment| others.get(moment).copied().unwrap_or(0.0).round() as i64;
        let moments = others.keys().chain(self.taken.keys());
        moments.map(|&moment| (moment, (self.vehicles(moment) - used(&moment)).max(0))).collect()
    }
}
