//! Some vehicles of a problem and whom they serve, as a problem of its own with its own numbers.

use std::sync::Arc;

use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::route::{Route, RouteStop};
use crate::ondemand::solution::Solution;

/// A problem cut out of another one, with the solution's routes.
pub(super) struct Part {
    pub problem: Problem,
    pub solution: Solution,
    /// By the part's numbers: the whole's.
    vehicles: Vec<usize>,
    requests: Vec<RequestIndex>,
}

impl Part {
    /// These vehicles, those whom they serve, and `waiting` whom nobody serves yet.
    pub fn cut(problem: &Problem, solution: &Solution, vehicles: Vec<usize>, waiting: &[RequestIndex]) -> Self {
        let mut requests: Vec<RequestIndex> = waiting.to_vec();
        for &vehicle in &vehicles {
            requests.extend(solution.routes[vehicle].pickups());
        }
        requests.sort_unstable();
        let specs = vehicles.iter().map(|&vehicle| problem.vehicles()[vehicle]).collect();
        let mut part = Problem::new(problem.shared_travel(), specs, *problem.objective());
        for &request in &requests {
            part.push_request(*problem.request(request));
        }
        let mut own = Solution::empty(&part);
        own.served_by.resize(requests.len(), None);
        let number = |request: RequestIndex| RequestIndex(requests.partition_point(|&other| other < request) as u32);
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

impl Solution {
    /// Gives a vehicle a feasible route; whoever it no longer serves is put somewhere else by the caller.
    pub(super) fn put(&mut self, vehicle: usize, route: Route) {
        for request in route.pickups() {
            self.served_by[request.index()] = Some(vehicle as u32);
        }
        self.routes[vehicle] = Arc::new(route);
    }
}

impl Route {
    /// Whom it serves, in the order of boarding.
    pub(super) fn pickups(&self) -> impl Iterator<Item = RequestIndex> + '_ {
        let pickups = self.stops.iter().filter(|stop| stop.kind == crate::ondemand::route::StopKind::Pickup);
        pickups.map(|stop| stop.request)
    }
}
