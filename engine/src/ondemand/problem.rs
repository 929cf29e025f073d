//! What is to be carried, by whom, and what counts as good.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::fleet::{Product, Products};
use crate::ids::PlaceId;
use crate::network::TravelTimes;
use crate::time::{Duration, TimeWindow};
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

/// One end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StopSpec {
    /// Where.
    pub place: PlaceId,
    /// When boarding or alighting may begin.
    pub window: TimeWindow,
    /// How long it takes.
    pub service: Duration,
}

/// Somebody or something to be taken from one place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestSpec {
    /// Where and when it boards.
    pub pickup: StopSpec,
    /// Where and when it alights.
    pub dropoff: StopSpec,
    /// What it takes of the vehicle; freight uses the freight dimensions only.
    pub load: Load,
    /// From the end of boarding to the beginning of alighting, at most.
    pub ride_time_limit: Option<Duration>,
    /// What the vehicle must be permitted for. Pupils ([`Product::Student`]) share a vehicle with pupils only.
    pub product: Product,
}

/// One vehicle in one piece of its drivers' shifts: from depot to depot. A break is the gap between two pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VehicleSpec {
    /// Where it leaves from.
    pub start: PlaceId,
    /// Where it returns to.
    pub end: PlaceId,
    /// From leaving at the earliest to being back at the latest.
    pub window: TimeWindow,
    /// What it carries.
    pub capacity: Load,
    /// What it may carry.
    pub products: Products,
    /// From leaving to being back, at most.
    pub max_duration: Option<Duration>,
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
}

impl Objective {
    /// Distance alone, everybody served first.
    pub const DISTANCE: Self =
        Self { per_metre: 1, per_driving_second: 0, per_vehicle: 0, per_unserved: 1_000_000_000_000_000 };
    /// Everybody served, then few vehicles, then little distance.
    pub const VEHICLES_FIRST: Self = Self { per_vehicle: 1_000_000_000_000, ..Self::DISTANCE };
}

/// Vehicles, requests, travel times and objective. Cheap to clone as far as the travel times go.
#[derive(Clone, Debug)]
pub struct Problem {
    travel: Arc<TravelTimes>,
    vehicles: Vec<VehicleSpec>,
    requests: Vec<RequestSpec>,
    retired: Vec<bool>,
    objective: Objective,
}

impl Problem {
    /// A problem without requests.
    pub fn new(travel: Arc<TravelTimes>, vehicles: Vec<VehicleSpec>, objective: Objective) -> Self {
        Self { travel, vehicles, requests: Vec::new(), retired: Vec::new(), objective }
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
        self.vehicles[vehicle] = spec;
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

    /// Driving times and distances.
    pub fn travel(&self) -> &TravelTimes {
        &self.travel
    }

    /// The same, for another problem in the same places.
    pub(super) fn shared_travel(&self) -> Arc<TravelTimes> {
        Arc::clone(&self.travel)
    }

    /// What counts as good.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// What driving from one place to another costs.
    #[inline]
    pub fn driving_cost(&self, from: PlaceId, to: PlaceId) -> i64 {
        self.leg(from, to).1
    }

    /// How long driving from one place to another takes, and what it costs.
    #[inline]
    pub(super) fn leg(&self, from: PlaceId, to: PlaceId) -> (i64, i64) {
        let seconds = i64::from(self.travel.duration(from, to).seconds());
        let metres = self.travel.distance(from, to).0;
        (seconds, self.objective.per_metre * metres + self.objective.per_driving_second * seconds)
    }
}
