//! What is to be carried, by whom, what counts as good, and what was told already.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::insertion::Wanted;
use super::route::RouteStop;
use super::specs::{Order, RequestSpec, Told, VehicleSpec};
use crate::fleet::Product;
use crate::ids::PlaceId;
use crate::network::TravelTimes;
use crate::time::ServiceTime;
use crate::units::Load;

/// Names a request of one [`Problem`]; stays valid when the problem grows or other requests retire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestIndex(pub u32);

impl RequestIndex {
    /// The position among the problem's requests.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Integer weights of what a solution costs; the cost is their weighted sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Objective {
    /// Per metre (or distance tick) driven.
    pub per_metre: i64,
    /// Per second (or time tick) driven; waiting is free.
    pub per_driving_second: i64,
    /// Per vehicle that leaves its depot. Large: vehicles first, then distance.
    pub per_vehicle: i64,
    /// Per request that nobody serves; larger than any detour and vehicle.
    pub per_unserved: i64,
    /// Per request that another vehicle serves than was told ([`Problem::tell`]).
    pub per_changed_vehicle: i64,
    /// Per second (or time tick) by which boarding or alighting begins earlier or later than was told.
    pub per_shifted_second: i64,
}

impl Objective {
    /// Distance alone, everybody served first.
    pub const DISTANCE: Self = Self {
        per_metre: 1,
        per_driving_second: 0,
        per_vehicle: 0,
        per_unserved: 1_000_000_000_000_000,
        per_changed_vehicle: 0,
        per_shifted_second: 0,
    };
    /// Everybody served, then few vehicles, then little distance.
    pub const VEHICLES_FIRST: Self = Self { per_vehicle: 1_000_000_000_000, ..Self::DISTANCE };
}

/// What driving with one vehicle takes and costs; found once, then asked for many legs.
#[derive(Clone, Copy)]
pub(super) struct Driving<'a> {
    travel: &'a TravelTimes,
    per_metre: i64,
    per_second: i64,
}

/// Driving from one place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leg {
    /// How long it takes.
    pub seconds: i64,
    /// What it costs.
    pub cost: i64,
}

impl Driving<'_> {
    /// From one place to another.
    #[inline]
    pub fn leg(self, from: PlaceId, to: PlaceId) -> Leg {
        let (duration, distance) = self.travel.way(from, to);
        let seconds = i64::from(duration.seconds());
        Leg { seconds, cost: self.per_metre * distance.0 + self.per_second * seconds }
    }
}

/// Vehicles, requests, travel times and objective. Cheap to clone as far as the travel times go.
#[derive(Clone, Debug)]
pub struct Problem {
    travel: Arc<TravelTimes>,
    /// By vehicle: the network's times at its own speed; vehicles of one speed share them.
    travel_of: Vec<Arc<TravelTimes>>,
    vehicles: Vec<VehicleSpec>,
    requests: Vec<RequestSpec>,
    retired: Vec<bool>,
    orders: Vec<Order>,
    /// By request, as far as anybody was told anything.
    told: Vec<Option<Told>>,
    objective: Objective,
}

impl Problem {
    /// A problem without requests.
    pub fn new(travel: Arc<TravelTimes>, vehicles: Vec<VehicleSpec>, objective: Objective) -> Self {
        let mut problem = Self {
            travel,
            travel_of: Vec::new(),
            vehicles: Vec::new(),
            requests: Vec::new(),
            retired: Vec::new(),
            orders: Vec::new(),
            told: Vec::new(),
            objective,
        };
        for spec in vehicles {
            let travel = problem.travel_at(spec.driving_time_percent);
            problem.travel_of.push(travel);
            problem.vehicles.push(spec);
        }
        problem
    }

    /// Some of the vehicles alone, in this order, without requests.
    pub(super) fn with_vehicles(&self, vehicles: &[usize]) -> Self {
        Self {
            travel: Arc::clone(&self.travel),
            travel_of: vehicles.iter().map(|&vehicle| Arc::clone(&self.travel_of[vehicle])).collect(),
            vehicles: vehicles.iter().map(|&vehicle| self.vehicles[vehicle].clone()).collect(),
            requests: Vec::new(),
            retired: Vec::new(),
            orders: Vec::new(),
            told: Vec::new(),
            objective: self.objective,
        }
    }

    /// By vehicle: the first one that could drive any route of it at the same cost.
    pub(super) fn first_equals(&self) -> Vec<usize> {
        let prices_vehicles = self.prices_changes() && self.objective.per_changed_vehicle > 0;
        let mut is_special = vec![prices_vehicles; self.vehicles.len()];
        for pinned in self.requests.iter().filter_map(|request| request.vehicle) {
            if let Some(is_special) = is_special.get_mut(pinned as usize) {
                *is_special = true;
            }
        }
        let mut firsts: Vec<usize> = Vec::new();
        let first_equal = |(vehicle, spec): (usize, &VehicleSpec)| {
            if is_special[vehicle] || spec.begun_stops > 0 {
                return vehicle;
            }
            let equal = firsts.iter().copied().find(|&first| self.vehicles[first] == *spec);
            equal.unwrap_or_else(|| {
                firsts.push(vehicle);
                vehicle
            })
        };
        self.vehicles.iter().enumerate().map(first_equal).collect()
    }

    /// The times at a vehicle's speed, made once per speed.
    fn travel_at(&self, percent: u16) -> Arc<TravelTimes> {
        if percent == 100 {
            return Arc::clone(&self.travel);
        }
        let equal = self.vehicles.iter().position(|other| other.driving_time_percent == percent);
        equal.map_or_else(|| Arc::new(self.travel.scaled(percent)), |vehicle| Arc::clone(&self.travel_of[vehicle]))
    }

    /// Adds a request; it is unserved until it is inserted into a [`super::Solution`].
    ///
    /// # Panics
    /// When it takes less than nothing, or freight takes seats, wheelchair or luggage places: whoever builds the
    /// request decides that, so that it is a mistake in the program and no bad input.
    pub fn push_request(&mut self, request: RequestSpec) -> RequestIndex {
        let Load { seats, wheelchairs, luggage, .. } = request.load;
        let is_freight = request.product == Product::Freight;
        assert!(Load::ZERO.fits_in(request.load), "a request takes nothing or more, not {}", request.load);
        assert!(!is_freight || (seats, wheelchairs, luggage) == (0, 0, 0), "freight takes {}", request.load);
        let index = u32::try_from(self.requests.len()).expect("a problem has fewer than 2^32 requests");
        self.requests.push(request);
        self.retired.push(false);
        RequestIndex(index)
    }

    /// Asks something else of a request; rebuild the routes that serve it ([`super::Solution::set_route`]).
    pub fn set_request(&mut self, request: RequestIndex, spec: RequestSpec) {
        self.requests[request.index()] = spec;
    }

    /// Changes what a vehicle can do; rebuild its route ([`super::Solution::set_route`]).
    pub fn set_vehicle(&mut self, vehicle: usize, spec: VehicleSpec) {
        self.travel_of[vehicle] = self.travel_at(spec.driving_time_percent);
        self.vehicles[vehicle] = spec;
    }

    /// From now on one stop comes before another where one vehicle makes both; routes that are there already keep that.
    pub fn add_order(&mut self, order: Order) {
        self.orders.push(order);
    }

    /// Wishes for the order of stops.
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// Somebody was told who comes when: to change that has a price from now on. Rebuild the route that serves the request.
    pub fn tell(&mut self, told: Told) {
        if self.told.len() <= told.request.index() {
            self.told.resize(told.request.index() + 1, None);
        }
        self.told[told.request.index()] = Some(told);
    }

    /// What was told about a request.
    pub fn told(&self, request: RequestIndex) -> Option<&Told> {
        self.told.get(request.index()).and_then(Option::as_ref)
    }

    /// The request is cancelled: it keeps its number and asks for nothing any more. Remove it from solutions as well.
    pub fn retire_request(&mut self, request: RequestIndex) {
        self.retired[request.index()] = true;
    }

    /// Is the request cancelled?
    pub fn is_retired(&self, request: RequestIndex) -> bool {
        self.retired[request.index()]
    }

    /// What the request asks for.
    pub fn request(&self, request: RequestIndex) -> &RequestSpec {
        &self.requests[request.index()]
    }

    /// The request with all that is known of it, to be inserted.
    pub fn wanted(&self, request: RequestIndex) -> Wanted<'_> {
        Wanted { spec: self.request(request), request: Some(request) }
    }

    /// How many requests there ever were, retired ones included.
    pub fn request_count(&self) -> usize {
        self.requests.len()
    }

    /// The requests that are not cancelled, ascending.
    pub fn active_requests(&self) -> impl Iterator<Item = RequestIndex> {
        (0..self.requests.len()).filter(|&index| !self.retired[index]).map(|index| RequestIndex(index as u32))
    }

    /// All vehicles; routes of a solution are in this order.
    pub fn vehicles(&self) -> &[VehicleSpec] {
        &self.vehicles
    }

    /// Driving times and distances at the speed of the network.
    pub fn travel(&self) -> &TravelTimes {
        &self.travel
    }

    /// Driving times and distances at the speed of a vehicle.
    #[inline]
    pub fn travel_of(&self, vehicle: usize) -> &TravelTimes {
        &self.travel_of[vehicle]
    }

    /// What counts as good.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// What driving from one place to another costs with a vehicle.
    #[inline]
    pub fn driving_cost(&self, vehicle: usize, from: PlaceId, to: PlaceId) -> i64 {
        self.driving(vehicle).leg(from, to).cost
    }

    /// Driving with a vehicle.
    #[inline]
    pub(super) fn driving(&self, vehicle: usize) -> Driving<'_> {
        let Objective { per_metre, per_driving_second, .. } = self.objective;
        Driving { travel: &self.travel_of[vehicle], per_metre, per_second: per_driving_second }
    }

    /// What it costs that this vehicle serves a request of which another was told.
    #[inline]
    pub(super) fn price_of_vehicle(&self, request: RequestIndex, vehicle: usize) -> i64 {
        let other = self.told(request).is_some_and(|told| told.vehicle as usize != vehicle);
        if other { self.objective.per_changed_vehicle } else { 0 }
    }

    /// What it costs that this stop begins then.
    #[inline]
    pub(super) fn price_of_time(&self, stop: RouteStop, begin: i64) -> i64 {
        let Some(told) = self.told(stop.request) else { return 0 };
        let expected: ServiceTime = stop.kind.of(told.pickup, told.dropoff);
        self.objective.per_shifted_second * (begin - i64::from(expected.seconds())).abs()
    }

    /// Does anything that was told cost to change?
    #[inline]
    pub(super) fn prices_changes(&self) -> bool {
        !self.told.is_empty()
    }
}
