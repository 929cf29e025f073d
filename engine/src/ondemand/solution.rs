//! All routes, and who is not served.

use std::sync::Arc;

use super::insertion::Insertion;
use super::problem::{Problem, RequestIndex};
use super::route::{Route, RouteStop, StopKind};
use super::schedule::driving_time;
use crate::ids::PlaceId;
use crate::time::ServiceTime;

/// A stop with its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledStop {
    /// Whose.
    pub request: RequestIndex,
    /// Which end.
    pub kind: StopKind,
    /// The vehicle arrives.
    pub arrival: ServiceTime,
    /// Boarding or alighting begins; the vehicle may have waited.
    pub begin: ServiceTime,
    /// The vehicle leaves: service is over.
    pub departure: ServiceTime,
}

/// The times of one vehicle: everything as early as ride times and durations allow; the depot is left just in time, and where drivers
/// are owed rests so is every place, but for that of a leg that ends by day if it is driven earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VehicleTimes {
    /// Leaves its depot.
    pub leaves: ServiceTime,
    /// In order of time; empty when the vehicle stays at its depot.
    pub stops: Vec<ScheduledStop>,
    /// Is back.
    pub returns: ServiceTime,
    /// Where the driver takes breaks and rests, in order of time.
    pub rests: Vec<ScheduledRest>,
}

/// The driver stands without passengers: a break, or a rest from driving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledRest {
    /// So many stops come before.
    pub after_stops: usize,
    /// Where the vehicle stands.
    pub place: PlaceId,
    /// It begins.
    pub begin: ServiceTime,
    /// It is over.
    pub end: ServiceTime,
}

/// A route that was handed in for replay and can't be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRoute {
    /// Both ends of a request must be there once, pickup first, and nowhere else in the solution.
    #[error("request {} must be picked up once, then brought once, by one vehicle", .0.0)]
    Unpaired(RequestIndex),
    /// The vehicle may not carry it.
    #[error("request {} is not permitted on this vehicle, or not with the others on board", .0.0)]
    NotPermitted(RequestIndex),
    /// Too much on board after this pickup.
    #[error("the vehicle is overloaded when request {} boards", .0.0)]
    Overloaded(RequestIndex),
    /// The first comes after the second, though it was to come before.
    #[error("a stop of request {} comes after one of request {} that was to follow it", .0.0, .1.0)]
    OutOfOrder(RequestIndex, RequestIndex),
    /// Windows, ride times, duration, breaks, driving hours and waiting contradict each other.
    #[error("no schedule keeps all windows, ride times, the route duration and the driver's hours")]
    NoSchedule,
}

/// One route per vehicle of the problem. Every route has a schedule. Clones share the routes that don't change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    pub(super) routes: Vec<Arc<Route>>,
    /// By request: the vehicle that serves it.
    pub(super) served_by: Vec<Option<u32>>,
}

/// Every vehicle stays at its depot.
pub(super) fn idle_routes(problem: &Problem) -> Vec<Arc<Route>> {
    (0..problem.vehicles().len()).map(|vehicle| Arc::new(Route::new(problem, vehicle, Vec::new()))).collect()
}

impl Solution {
    /// Nobody served yet.
    pub fn empty(problem: &Problem) -> Self {
        Self { routes: idle_routes(problem), served_by: vec![None; problem.request_count()] }
    }

    /// The stops of a vehicle, depots left out.
    pub fn stops(&self, vehicle: usize) -> &[RouteStop] {
        &self.routes[vehicle].stops
    }

    /// The vehicle that serves a request.
    pub fn vehicle_of(&self, request: RequestIndex) -> Option<usize> {
        self.served_by.get(request.index()).copied().flatten().map(|vehicle| vehicle as usize)
    }

    /// Requests of the problem that are neither retired nor served, ascending.
    pub fn unserved<'a>(&'a self, problem: &'a Problem) -> impl Iterator<Item = RequestIndex> + 'a {
        problem.active_requests().filter(|&request| self.vehicle_of(request).is_none())
    }

    /// What it costs by the problem's objective.
    pub fn cost(&self, problem: &Problem) -> i64 {
        let unserved = self.unserved(problem).count() as i64;
        self.routes.iter().map(|route| route.cost).sum::<i64>() + unserved * problem.objective().per_unserved
    }

    /// How many vehicles leave their depots.
    pub fn vehicles_used(&self) -> usize {
        self.routes.iter().filter(|route| !route.stops.is_empty()).count()
    }

    /// Serves a request as [`super::best_insertion`] said, in the same problem and solution.
    pub fn insert(&mut self, problem: &Problem, request: RequestIndex, insertion: Insertion) {
        assert!(self.vehicle_of(request).is_none(), "request {} is served already", request.0);
        if self.served_by.len() < problem.request_count() {
            self.served_by.resize(problem.request_count(), None);
        }
        let route = Arc::make_mut(&mut self.routes[insertion.vehicle]);
        insertion.put_into(&mut route.stops, request);
        route.refresh(problem, insertion.vehicle);
        self.served_by[request.index()] = Some(insertion.vehicle as u32);
    }

    /// Serves a request no more; false, and nothing changed, if nobody did, if its vehicle has begun with it, or if the others
    /// could then not be served: without a stop passengers may wait on board for too long.
    pub fn remove(&mut self, problem: &Problem, request: RequestIndex) -> bool {
        let Some(vehicle) = self.vehicle_of(request) else { return false };
        self.remove_from(problem, vehicle, &[request])
    }

    /// Serves none of these any more, as far as [`Solution::remove`] would.
    pub(super) fn remove_all(&mut self, problem: &Problem, requests: &[RequestIndex]) {
        for vehicle in 0..self.routes.len() {
            let here = |&request: &RequestIndex| self.vehicle_of(request) == Some(vehicle);
            let leaving: Vec<RequestIndex> = requests.iter().copied().filter(here).collect();
            if !leaving.is_empty() && !self.remove_from(problem, vehicle, &leaving) {
                for request in leaving {
                    self.remove(problem, request);
                }
            }
        }
    }

    /// False, and nothing changed, if the vehicle has begun with one of them or the rest of the route has no schedule.
    fn remove_from(&mut self, problem: &Problem, vehicle: usize, leaving: &[RequestIndex]) -> bool {
        if leaving.iter().any(|&request| self.routes[vehicle].has_begun(problem, vehicle, request)) {
            return false;
        }
        let stays = |stop: &RouteStop| !leaving.contains(&stop.request);
        let stops = self.routes[vehicle].stops.iter().copied().filter(stays).collect();
        let route = Route::new(problem, vehicle, stops);
        if !route.has_schedule {
            return false;
        }
        self.routes[vehicle] = Arc::new(route);
        for request in leaving {
            self.served_by[request.index()] = None;
        }
        true
    }

    /// Replaces the stops of a vehicle, for replay. Requests that were there and aren't any more become unserved.
    pub fn set_route(&mut self, problem: &Problem, vehicle: usize, stops: Vec<RouteStop>) -> Result<(), InvalidRoute> {
        if self.served_by.len() < problem.request_count() {
            self.served_by.resize(problem.request_count(), None);
        }
        self.check_pairs(vehicle, &stops)?;
        let route = Route::new(problem, vehicle, stops);
        if let Some(forbidden) = route.first_forbidden(problem, vehicle) {
            return Err(forbidden);
        }
        if !route.has_schedule {
            return Err(InvalidRoute::NoSchedule);
        }
        for stop in &self.routes[vehicle].stops {
            self.served_by[stop.request.index()] = None;
        }
        for stop in &route.stops {
            self.served_by[stop.request.index()] = Some(vehicle as u32);
        }
        self.routes[vehicle] = Arc::new(route);
        Ok(())
    }

    /// Gives a vehicle a feasible route; whoever it no longer serves is put somewhere else by the caller.
    pub(super) fn put(&mut self, vehicle: usize, route: Route) {
        assert!(route.has_schedule, "routes of a solution can be driven");
        for request in route.pickups() {
            self.served_by[request.index()] = Some(vehicle as u32);
        }
        self.routes[vehicle] = Arc::new(route);
    }

    fn check_pairs(&self, vehicle: usize, stops: &[RouteStop]) -> Result<(), InvalidRoute> {
        for (position, stop) in stops.iter().enumerate() {
            let partner_kind = match stop.kind {
                StopKind::Pickup => StopKind::Dropoff,
                StopKind::Dropoff => StopKind::Pickup,
            };
            let partner = stops.iter().position(|other| other.request == stop.request && other.kind == partner_kind);
            let in_order = partner.is_some_and(|partner| (partner > position) == (stop.kind == StopKind::Pickup));
            let known = stop.request.index() < self.served_by.len();
            let once = stops.iter().filter(|&other| other == stop).count() == 1;
            let elsewhere = self.vehicle_of(stop.request).is_some_and(|other| other != vehicle);
            if !in_order || !known || !once || elsewhere {
                return Err(InvalidRoute::Unpaired(stop.request));
            }
        }
        Ok(())
    }

    /// When a vehicle is where.
    pub fn schedule(&self, problem: &Problem, vehicle: usize) -> VehicleTimes {
        let route = &self.routes[vehicle];
        let begin = route.begins();
        let at = |ticks: i64| ServiceTime::from_seconds(i32::try_from(ticks).expect("times of a schedule fit i32"));
        if route.stops.is_empty() {
            let start = problem.vehicles()[vehicle].window.earliest;
            return VehicleTimes { leaves: start, stops: Vec::new(), returns: start, rests: Vec::new() };
        }
        let travel = problem.travel_of(vehicle);
        let driving = |to: usize| driving_time(travel, &route.nodes[to - 1], &route.nodes[to]);
        let duty = &problem.vehicles()[vehicle].duty;
        let dusk = duty.continuous_driving.map_or(i64::MAX, |rule| i64::from(rule.day.latest.seconds()));
        let arrival = |node: usize| {
            let in_leg = || route.rests.iter().filter(|rest| rest.after_nodes == node);
            let here = in_leg().rfind(|rest| !rest.is_behind_leg).map(|rest| rest.end);
            let soonest = here.unwrap_or(begin[node - 1] + route.nodes[node - 1].service) + driving(node);
            if duty.is_empty() {
                // The depot is left just in time in any case.
                return if node == 1 { begin[1] } else { soonest };
            }
            let there = in_leg().find(|rest| rest.is_behind_leg).map_or(begin[node], |rest| rest.begin);
            // Just in time, but by day if that is possible.
            there.min(soonest.max(dusk))
        };
        let leaves = arrival(1) - driving(1);
        let stops = route.stops.iter().enumerate().map(|(index, stop)| {
            let node = index + 1;
            let departure = begin[node] + route.nodes[node].service;
            ScheduledStop {
                request: stop.request,
                kind: stop.kind,
                arrival: at(arrival(node)),
                begin: at(begin[node]),
                departure: at(departure),
            }
        });
        let rests = route.rests.iter().map(|rest| ScheduledRest {
            // Neither depot is a stop.
            after_stops: rest.after_nodes.saturating_sub(1).min(route.stops.len()),
            place: rest.place,
            begin: at(rest.begin),
            end: at(rest.end),
        });
        VehicleTimes {
            leaves: at(leaves),
            stops: stops.collect(),
            returns: at(begin[route.nodes.len() - 1]),
            rests: rests.collect(),
        }
    }
}
