//! A plan under way: what has begun, and the problem of what hasn't.
//!
//! A vehicle waits where it is and leaves just in time for its next stop: up to that moment the plan can still be changed. Stops
//! begin as early as they can, which keeps most time for requests to come, but the first may wait for the second. A stop
//! for which a vehicle has left is begun, and so are those before it. Begun stops are pinned: their windows are the moments at which
//! they begin, the vehicle leaves no earlier than it did, and there is no time to spare between them; where the vehicle stands it is
//! served until now, so that nobody drives in the past. A vehicle that must return is not used again.
//!
//! The problem behind the plan knows the requests in the order in which they were made; those that were rejected are retired in it.

use super::Moment;
use crate::fleet::Products;
use crate::ids::PlaceId;
use crate::ondemand::improve::{Pace, SearchOptions, improve};
use crate::ondemand::insertion::cheapest_insertion;
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::route::{RouteStop, StopKind};
use crate::ondemand::solution::{Solution, VehicleTimes};
use crate::ondemand::specs::{Order, StopSpec, VehicleSpec};
use crate::stop_signal::StopSignal;
use crate::time::{Duration, ServiceTime, TimeWindow};

/// The day so far.
pub(super) struct UnderWay<'a> {
    /// All requests, as they were made.
    day: &'a Problem,
    /// Those made so far, with what has begun pinned.
    problem: Problem,
    solution: Solution,
    /// By request of `problem`: its number in `day`.
    number: Vec<RequestIndex>,
    accepted: usize,
    /// By vehicle.
    begun: Vec<Begun>,
    /// What the routes that are over have cost, and how many they are.
    at_home: (i64, usize),
}

/// What a vehicle has begun.
#[derive(Clone, Debug, Default)]
pub(super) struct Begun {
    /// In the numbers of the plan's problem, with the begin of service.
    pub stops: Vec<(RouteStop, ServiceTime)>,
    /// Back at its depot, or on the way there: its route is no part of the plan any more.
    pub is_home: bool,
}

impl<'a> UnderWay<'a> {
    /// Nothing known yet, everybody at the depot.
    pub fn new(day: &'a Problem) -> Self {
        let has_rests = day.vehicles().iter().any(|vehicle| !vehicle.duty.is_empty());
        assert!(!has_rests, "where a driver rests isn't known while the day is under way");
        let all: Vec<usize> = (0..day.vehicles().len()).collect();
        let problem = day.with_vehicles(&all);
        let solution = Solution::empty(&problem);
        let begun = vec![Begun::default(); day.vehicles().len()];
        Self { day, problem, solution, number: Vec::new(), accepted: 0, begun, at_home: (0, 0) }
    }

    /// How the day stands.
    pub fn moment(&self, now: ServiceTime, rejected: usize) -> Moment {
        let (cost, vehicles) = self.at_home;
        Moment {
            now,
            accepted: self.accepted,
            rejected,
            cost: cost + self.solution.cost(&self.problem),
            vehicles: vehicles + self.solution.vehicles_used(),
        }
    }

    /// By vehicle: what has begun, in the numbers of the day.
    #[cfg(test)]
    pub fn begun(&self) -> Vec<Vec<(RouteStop, ServiceTime)>> {
        let numbered = |&(stop, begin): &(RouteStop, ServiceTime)| (self.numbered(stop), begin);
        self.begun.iter().map(|begun| begun.stops.iter().map(numbered).collect()).collect()
    }

    /// Every stop for which a vehicle has left before `now` is begun from here on.
    pub fn advance(&mut self, now: ServiceTime) {
        for vehicle in 0..self.begun.len() {
            if self.begun[vehicle].is_home {
                continue;
            }
            if !self.solution.stops(vehicle).is_empty() {
                self.begin(vehicle, now);
            }
            if self.begun[vehicle].stops.is_empty() {
                self.wait_at_depot(vehicle, now);
            } else {
                self.pin(vehicle, now);
            }
        }
    }

    /// Gives a request of the day the best place in the plan; false if there is none.
    pub fn accept(&mut self, request: RequestIndex) -> bool {
        let index = self.problem.push_request(*self.day.request(request));
        self.number.push(request);
        for &order in self.day.orders() {
            let own = |stop: RouteStop| {
                let known = self.number.iter().position(|&number| number == stop.request);
                known.map(|known| RouteStop { request: RequestIndex(known as u32), ..stop })
            };
            if let (Some(first), Some(then)) = (own(order.first), own(order.then))
                && [first.request, then.request].contains(&index)
            {
                self.problem.add_order(Order { first, then });
            }
        }
        let Some(insertion) = cheapest_insertion(&self.problem, &self.solution, self.problem.wanted(index)) else {
            self.problem.retire_request(index);
            return false;
        };
        self.solution.insert(&self.problem, index, insertion);
        self.accepted += 1;
        true
    }

    /// Is there anything that hasn't begun?
    pub fn can_change(&self) -> bool {
        self.begun.iter().enumerate().any(|(vehicle, begun)| {
            let ahead = self.solution.stops(vehicle).len();
            !begun.is_home && ahead > begun.stops.len()
        })
    }

    /// Searches for a better plan of what hasn't begun.
    pub fn improve(&mut self, rounds: u64, seed: u64, stop: StopSignal<'_>) {
        let options = SearchOptions { pace: Pace::Rounds(rounds), seed, threads: 1 };
        self.solution = improve(&self.problem, self.solution.clone(), &options, &|_| {}, stop);
    }

    /// Everything that was driven or will be: over the day's problem, and by vehicle and stop when service begins.
    pub fn driven(&self) -> (Solution, Vec<Vec<ServiceTime>>) {
        let mut solution = Solution::empty(self.day);
        let mut begins = Vec::with_capacity(self.begun.len());
        for (vehicle, begun) in self.begun.iter().enumerate() {
            let mut driven = begun.stops.clone();
            if !begun.is_home {
                let ahead = &self.solution.schedule(&self.problem, vehicle).stops[driven.len()..];
                driven.extend(ahead.iter().map(|at| (RouteStop { request: at.request, kind: at.kind }, at.begin)));
            }
            let stops = driven.iter().map(|&(stop, _)| self.numbered(stop)).collect();
            solution.set_route(self.day, vehicle, stops).expect("what is pinned keeps all limits");
            begins.push(driven.into_iter().map(|(_, begin)| begin).collect());
        }
        (solution, begins)
    }

    fn numbered(&self, stop: RouteStop) -> RouteStop {
        RouteStop { request: self.number[stop.request.index()], kind: stop.kind }
    }

    /// The stop as it was asked for.
    fn asked(&self, stop: RouteStop) -> &StopSpec {
        let request = self.day.request(self.number[stop.request.index()]);
        if stop.kind == StopKind::Pickup { &request.pickup } else { &request.dropoff }
    }

    fn driving(&self, vehicle: usize, from: PlaceId, to: PlaceId) -> Duration {
        self.problem.travel_of(vehicle).duration(from, to)
    }

    /// Notes the stops for which the vehicle has left before `now`.
    fn begin(&mut self, vehicle: usize, now: ServiceTime) {
        let times = self.times_as_driven(vehicle);
        let already = self.begun[vehicle].stops.len();
        let mut from = match self.begun[vehicle].stops.last() {
            Some(&(stop, _)) => self.asked(stop).place,
            None => self.problem.vehicles()[vehicle].start,
        };
        for at in &times.stops[already..] {
            let stop = RouteStop { request: at.request, kind: at.kind };
            let place = self.asked(stop).place;
            if at.begin - self.driving(vehicle, from, place) >= now {
                return;
            }
            self.begun[vehicle].stops.push((stop, at.begin));
            from = place;
        }
    }

    /// When the vehicle is where. Where the duration of its route is limited, it leaves its depot so late that it waits for nobody at
    /// the first stop where it would have had to: what is waited away then is missing at the end of the day.
    fn times_as_driven(&self, vehicle: usize) -> VehicleTimes {
        let mut times = self.solution.schedule(&self.problem, vehicle);
        let has_left = !self.begun[vehicle].stops.is_empty();
        if has_left || self.problem.vehicles()[vehicle].max_duration.is_none() {
            return times;
        }
        // At the first stop the vehicle is just in time already.
        let waits = (1..times.stops.len()).find(|&stop| times.stops[stop].arrival < times.stops[stop].begin);
        let Some(waits) = waits else { return times };
        let longest = times.stops[waits].begin - times.stops[waits].arrival;
        let to_spare = times.stops[..waits].iter().map(|at| {
            let stop = RouteStop { request: at.request, kind: at.kind };
            self.asked(stop).window.latest - at.begin
        });
        let delay = to_spare.fold(longest, Duration::min);
        for at in &mut times.stops[..waits] {
            at.begin += delay;
        }
        times
    }

    fn wait_at_depot(&mut self, vehicle: usize, now: ServiceTime) {
        let mut spec = self.problem.vehicles()[vehicle].clone();
        if now > spec.window.earliest {
            spec.window.earliest = now;
            self.problem.set_vehicle(vehicle, spec);
            self.rebuild(vehicle, self.solution.stops(vehicle).to_vec());
        }
    }

    /// Leaves no time to spare before and between begun stops, nor before `now` behind them.
    fn pin(&mut self, vehicle: usize, now: ServiceTime) {
        let begun = std::mem::take(&mut self.begun[vehicle].stops);
        let place = |under_way: &Self, index: usize| under_way.asked(begun[index].0).place;
        let mut spec = self.problem.vehicles()[vehicle].clone();
        let (first, last) = (begun[0].1, begun.len() - 1);
        spec.window.earliest = first - self.driving(vehicle, spec.start, place(self, 0));
        let by_duration = spec.max_duration.map(|limit| spec.window.earliest + limit);
        spec.window.latest = by_duration.map_or(spec.window.latest, |latest| latest.min(spec.window.latest));
        spec.begun_stops = begun.len();
        self.problem.set_vehicle(vehicle, spec.clone());
        for (index, &(stop, begin)) in begun.iter().enumerate() {
            let leaves = match begun.get(index + 1) {
                Some(&(_, next)) => next - self.driving(vehicle, place(self, index), place(self, index + 1)),
                None => now.max(begin + self.asked(stop).service),
            };
            self.pin_stop(stop, begin, leaves - begin);
        }
        let stops = self.solution.stops(vehicle).to_vec();
        let must_return = spec.window.latest - self.driving(vehicle, place(self, last), spec.end);
        let is_over = stops.len() == begun.len() && now > must_return;
        self.begun[vehicle].stops = begun;
        if is_over { self.send_home(vehicle, stops) } else { self.rebuild(vehicle, stops) }
    }

    fn pin_stop(&mut self, stop: RouteStop, begin: ServiceTime, service: Duration) {
        let mut spec = *self.problem.request(stop.request);
        let asked = self.day.request(self.number[stop.request.index()]);
        let end = match stop.kind {
            StopKind::Pickup => {
                // The ride still counts from the end of boarding, not from when the vehicle leaves.
                let longer = service - asked.pickup.service;
                spec.ride_time_limit = asked.ride_time_limit.map(|limit| limit - longer);
                &mut spec.pickup
            }
            StopKind::Dropoff => &mut spec.dropoff,
        };
        (end.window, end.service) = (TimeWindow::new(begin, begin), service);
        self.problem.set_request(stop.request, spec);
    }

    /// The vehicle's route is over: out of the plan, and the vehicle with it.
    fn send_home(&mut self, vehicle: usize, stops: Vec<RouteStop>) {
        let cost = self.solution.cost(&self.problem);
        self.rebuild(vehicle, Vec::new());
        for stop in stops.iter().filter(|stop| stop.kind == StopKind::Pickup) {
            self.problem.retire_request(stop.request);
        }
        let spec = self.problem.vehicles()[vehicle].clone();
        self.problem.set_vehicle(vehicle, VehicleSpec { products: Products::NONE, begun_stops: 0, ..spec });
        self.begun[vehicle].is_home = true;
        self.at_home.0 += cost - self.solution.cost(&self.problem);
        self.at_home.1 += 1;
    }

    fn rebuild(&mut self, vehicle: usize, stops: Vec<RouteStop>) {
        self.solution.set_route(&self.problem, vehicle, stops).expect("the present plan can be driven on");
    }
}
