//! Some vehicles of a problem and whom they serve, as a problem of its own with its own numbers.

use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::route::{Route, RouteStop};
use crate::ondemand::solution::Solution;
use crate::ondemand::specs::{Order, RequestSpec, Told};

/// A problem cut out of another one, with the solution's routes.
pub(super) struct Part {
    pub problem: Problem,
    pub solution: Solution,
    /// By the part's numbers: the whole's.
    vehicles: Vec<usize>,
    pub requests: Vec<RequestIndex>,
}

impl Part {
    /// These vehicles, those whom they serve, and `waiting` whom nobody serves yet.
    pub fn cut(problem: &Problem, solution: &Solution, vehicles: Vec<usize>, waiting: &[RequestIndex]) -> Self {
        let mut requests: Vec<RequestIndex> = waiting.to_vec();
        for &vehicle in &vehicles {
            requests.extend(solution.routes[vehicle].pickups());
        }
        requests.sort_unstable();
        let mut part = problem.with_vehicles(&vehicles);
        // Vehicles of other parts are as good as none.
        let vehicle_of =
            |vehicle: u32| vehicles.iter().position(|&own| own == vehicle as usize).map_or(u32::MAX, |own| own as u32);
        for &request in &requests {
            let spec = *problem.request(request);
            let own = part.push_request(RequestSpec { vehicle: spec.vehicle.map(vehicle_of), ..spec });
            if let Some(told) = problem.told(request) {
                part.tell(Told { request: own, vehicle: vehicle_of(told.vehicle), ..*told });
            }
        }
        let mut own = Solution::empty(&part);
        own.served_by.resize(requests.len(), None);
        let number = |request: RequestIndex| RequestIndex(requests.partition_point(|&other| other < request) as u32);
        for order in problem.orders() {
            let ends = [order.first, order.then];
            if ends.iter().all(|stop| requests.binary_search(&stop.request).is_ok()) {
                let [first, then] = ends.map(|stop| RouteStop { request: number(stop.request), ..stop });
                part.add_order(Order { first, then });
            }
        }
        for (vehicle, &original) in vehicles.iter().enumerate() {
            let stops = solution.stops(original).iter();
            let stops = stops.map(|stop| RouteStop { request: number(stop.request), ..*stop }).collect();
            own.put(vehicle, Route::new(&part, vehicle, stops));
        }
        Self { problem: part, solution: own, vehicles, requests }
    }

    /// Gives the whole these routes of the part.
    pub fn put_back(&self, own: &Solution, problem: &Problem, solution: &mut Solution) {
        for &request in &self.requests {
            solution.served_by[request.index()] = None;
        }
        for (vehicle, &original) in self.vehicles.iter().enumerate() {
            let stops = own.stops(vehicle).iter();
            let stops = stops.map(|stop| RouteStop { request: self.requests[stop.request.index()], ..*stop }).collect();
            solution.put(original, Route::new(problem, original, stops));
        }
    }
}
