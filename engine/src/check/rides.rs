//! Checks solutions of ride problems: every rule of the problem, from its file alone.
//!
//! Written from the definitions in `docs/ride-problems.md`; no type, table or arithmetic of a solver is used. Times are read off the
//! solution and judged; nothing is scheduled here.

mod data;
#[cfg(test)]
mod tests;

pub use data::*;

/// Everything that is wrong with a solution, in plain words; empty when it keeps all rules and states its figures truly.
pub fn violations(problem: &RideProblem, solution: &RideSolution) -> Vec<String> {
    let split = as_split(problem, solution);
    let mut judge = Judge { problem: &split, found: Vec::new() };
    judge.sense(problem, solution);
    if judge.found.is_empty() {
        judge.service(solution);
    }
    if judge.found.is_empty() {
        for route in &solution.routes {
            judge.route(route);
        }
    }
    if judge.found.is_empty() {
        judge.figures(solution);
    }
    judge.found
}

/// The problem with the parts of every group that isn't mentioned as a whole: then all of them are to be served.
fn as_split(problem: &RideProblem, solution: &RideSolution) -> RideProblem {
    let is_whole = |name: &String| {
        let mut called = solution.routes.iter().flat_map(|route| &route.stops).map(|call| &call.request);
        called.any(|called| called == name) || solution.unserved.contains(name)
    };
    let requests = problem.requests.iter().flat_map(|request| {
        if request.parts.is_empty() || is_whole(&request.name) {
            vec![request.clone()]
        } else {
            request.in_parts().collect()
        }
    });
    RideProblem { requests: requests.collect(), ..problem.clone() }
}

/// Far beyond any service day, small enough to add up.
const LARGEST_TIME: i32 = 100_000_000;

struct Judge<'a> {
    problem: &'a RideProblem,
    found: Vec<String>,
}

/// What a vehicle does between two calls: leaves the first when its service is over, drives, is at the second.
struct Leg<'a> {
    from: &'a str,
    to: &'a str,
    /// Service at the first call is over.
    free_s: i32,
    departure_s: i32,
    arrival_s: i32,
    /// Service at the second call begins.
    begin_s: i32,
    has_passengers: bool,
}

impl<'a> Judge<'a> {
    fn say(&mut self, subject: &str, what: impl std::fmt::Display) {
        self.found.push(format!("{subject}: {what}"));
    }

    fn place(&self, name: &str) -> usize {
        self.problem.places.iter().position(|place| place == name).unwrap_or(usize::MAX)
    }

    fn request(&self, name: &str) -> Option<&'a RideRequest> {
        self.problem.requests.iter().find(|request| request.name == name)
    }

    /// Driving time of a vehicle.
    fn driving(&self, vehicle: &RideVehicle, from: &str, to: &str) -> i32 {
        let seconds = i64::from(self.problem.driving_seconds[self.place(from)][self.place(to)]);
        let hundredths = seconds * i64::from(vehicle.driving_time_percent);
        (hundredths / 100 + i64::from(hundredths % 100 > 0)) as i32
    }

    /// Is it a solution of this problem at all, with times that can be added up?
    fn sense(&mut self, whole: &RideProblem, solution: &RideSolution) {
        let (name, given) = (&self.problem.name, &solution.instance);
        if name != given || solution.format != "json" {
            self.found.push(format!("instance: it solves \"{given}\" ({}), not \"{name}\"", solution.format));
        }
        for (number, name) in solution.unserved.iter().enumerate() {
            if self.request(name).is_none() || solution.unserved[..number].contains(name) {
                self.say(name, "is left out, but no request of the problem or left out before");
            }
            if whole.requests.iter().any(|request| request.in_parts().any(|part| part.name == *name)) {
                self.say(name, "is left out, but others of the group are not; all ride or nobody");
            }
        }
        for route in &solution.routes {
            let calls = route.stops.iter().flat_map(|call| [call.arrive_s, call.begin_s]);
            let rests = route.rests.iter().flat_map(|rest| [rest.begin_s, rest.end_s]);
            let mut times = [route.leaves_s, route.returns_s].into_iter().chain(calls).chain(rests);
            if let Some(time) = times.find(|time| !(-LARGEST_TIME..=LARGEST_TIME).contains(time)) {
                self.say(&route.vehicle, format_args!("{time} is no time of a service day"));
            }
        }
    }

    /// Who is served by whom, once, completely.
    fn service(&mut self, solution: &RideSolution) {
        for (number, route) in solution.routes.iter().enumerate() {
            if !self.problem.vehicles.iter().any(|vehicle| vehicle.name == route.vehicle) {
                self.say(&route.vehicle, "is no vehicle of the problem");
            }
            if solution.routes[..number].iter().any(|other| other.vehicle == route.vehicle) {
                self.say(&route.vehicle, "has two routes");
            }
            for call in &route.stops {
                if self.request(&call.request).is_none() {
                    self.say(&route.vehicle, format_args!("{} is no request of the problem", call.request));
                }
            }
        }
        for request in &self.problem.requests {
            let calls: Vec<(&str, RideEndKind)> = solution
                .routes
                .iter()
                .flat_map(|route| route.stops.iter().map(|call| (route.vehicle.as_str(), call)))
                .filter(|(_, call)| call.request == request.name)
                .map(|(vehicle, call)| (vehicle, call.end))
                .collect();
            let is_left_out = solution.unserved.contains(&request.name);
            match calls.as_slice() {
                [] if is_left_out => {}
                [] => self.say(&request.name, "is neither served nor left out"),
                [(one, RideEndKind::Pickup), (other, RideEndKind::Dropoff)] if one == other => {
                    if is_left_out {
                        self.say(&request.name, "is served and left out");
                    }
                    if request.vehicle.as_ref().is_some_and(|pinned| pinned != one) {
                        self.say(&request.name, format_args!("is served by {one}, to which it is not pinned"));
                    }
                }
                _ => self.say(&request.name, "does not board once, then alight once, on one vehicle"),
            }
        }
        for vehicle in self.problem.vehicles.iter().filter(|vehicle| vehicle.begun_stops > 0) {
            let begun = &vehicle.route[..vehicle.begun_stops.min(vehicle.route.len())];
            let route = solution.routes.iter().find(|route| route.vehicle == vehicle.name);
            let stops = route.map_or(&[][..], |route| &route.stops);
            let kept = stops.len() >= begun.len()
                && begun.iter().zip(stops).all(|(stop, call)| stop.request == call.request && stop.end == call.end);
            if !kept {
                self.say(&vehicle.name, "does not go on with the stops it has begun");
            }
        }
        for order in &self.problem.orders {
            for route in &solution.routes {
                let at = |stop: &RideStop| {
                    route.stops.iter().position(|call| call.request == stop.request && call.end == stop.end)
                };
                if let (Some(first), Some(then)) = (at(&order.first), at(&order.then))
                    && first > then
                {
                    let (first, then) = (&order.first.request, &order.then.request);
                    self.say(&route.vehicle, format_args!("the stop of {first} was to come before that of {then}"));
                }
            }
        }
    }

    fn route(&mut self, route: &RideRoute) {
        let Some(vehicle) = self.problem.vehicles.iter().find(|vehicle| vehicle.name == route.vehicle) else { return };
        self.on_board(vehicle, route);
        self.calls(vehicle, route);
        let legs = self.legs(vehicle, route);
        for leg in &legs {
            if leg.departure_s < leg.free_s || leg.arrival_s > leg.begin_s {
                let at = leg.begin_s;
                self.say(&route.vehicle, format_args!("cannot be there at {at}: free at {}", leg.free_s));
            }
            let driving = leg.arrival_s - leg.departure_s;
            let waited = leg.begin_s - leg.free_s - driving;
            if leg.has_passengers && vehicle.max_waiting_aboard_s.is_some_and(|limit| waited > limit) {
                self.say(
                    &route.vehicle,
                    format_args!("passengers wait on board for {waited} s before {}", leg.begin_s),
                );
            }
        }
        self.rests(vehicle, route, &legs);
        self.driving_hours(vehicle, route, &legs);
    }

    /// Loads, products, who shares with whom.
    fn on_board(&mut self, vehicle: &RideVehicle, route: &RideRoute) {
        let mut aboard: Vec<&RideRequest> = Vec::new();
        for call in &route.stops {
            let Some(request) = self.request(&call.request) else { continue };
            if call.end == RideEndKind::Dropoff {
                aboard.retain(|other| other.name != request.name);
                continue;
            }
            aboard.push(request);
            if !vehicle.products.contains(&request.product) {
                self.say(&route.vehicle, format_args!("is not permitted to carry {}", request.name));
            }
            let pupils = aboard.iter().filter(|other| other.product == "student").count();
            if pupils > 0 && pupils < aboard.len() {
                self.say(&route.vehicle, format_args!("pupils share it with others when {} boards", request.name));
            }
            let mut load = [0; 5];
            for other in &aboard {
                let dimensions = other.load.dimensions();
                load.iter_mut().zip(dimensions).for_each(|(sum, more)| *sum += more);
            }
            let fits = |room: &RideLoad| load.iter().zip(room.dimensions()).all(|(&load, room)| load <= room);
            if !vehicle.configurations.iter().any(fits) {
                self.say(&route.vehicle, format_args!("no configuration holds {load:?} when {} boards", request.name));
            }
        }
    }

    /// Windows, rides, the duration of the whole.
    fn calls(&mut self, vehicle: &RideVehicle, route: &RideRoute) {
        let within = |time: i32, window: Span| window.0 <= time && time <= window.1;
        for (what, time) in [("leaves", route.leaves_s), ("returns", route.returns_s)] {
            if !within(time, vehicle.window_s) {
                self.say(&route.vehicle, format_args!("{what} at {time}, outside its shift"));
            }
        }
        let duration = route.returns_s - route.leaves_s;
        if vehicle.max_duration_s.is_some_and(|limit| duration > limit) {
            self.say(&route.vehicle, format_args!("is on the road for {duration} s"));
        }
        for call in &route.stops {
            let Some(request) = self.request(&call.request) else { continue };
            let end = if call.end == RideEndKind::Pickup { &request.pickup } else { &request.dropoff };
            if !within(call.begin_s, end.window_s) {
                self.say(&request.name, format_args!("{:?} begins at {}, outside its window", call.end, call.begin_s));
            }
            if call.end == RideEndKind::Dropoff
                && let Some(boards) = route.stops.iter().find(|other| other.request == call.request)
            {
                let ride = call.begin_s - boards.begin_s - request.pickup.service_s;
                if request.max_ride_s.is_some_and(|limit| ride > limit) {
                    self.say(&request.name, format_args!("rides for {ride} s"));
                }
            }
        }
    }

    /// Every leg, with the arrival that is stated.
    fn legs(&self, vehicle: &'a RideVehicle, route: &RideRoute) -> Vec<Leg<'a>> {
        let end_of = |call: &RideCall| -> &'a RideEnd {
            let request = self.request(&call.request).expect("known since service was judged");
            if call.end == RideEndKind::Pickup { &request.pickup } else { &request.dropoff }
        };
        let mut passengers: Vec<&str> = Vec::new();
        let mut legs = Vec::new();
        for leg in 0..=route.stops.len() {
            let before = leg.checked_sub(1).map(|before| &route.stops[before]);
            let next = route.stops.get(leg);
            if let Some(call) = before {
                let is_freight = self.request(&call.request).is_some_and(|request| request.product == "freight");
                match call.end {
                    RideEndKind::Pickup if !is_freight => passengers.push(&call.request),
                    RideEndKind::Pickup => {}
                    RideEndKind::Dropoff => passengers.retain(|&other| other != call.request),
                }
            }
            let from = before.map_or(vehicle.start.as_str(), |call| &end_of(call).place);
            let to = next.map_or(vehicle.end.as_str(), |call| &end_of(call).place);
            let free_s = before.map_or(route.leaves_s, |call| call.begin_s + end_of(call).service_s);
            let begin_s = next.map_or(route.returns_s, |call| call.begin_s);
            let driving = self.driving(vehicle, from, to);
            let arrival_s = next.map_or(route.returns_s, |call| call.arrive_s);
            let departure_s = arrival_s - driving;
            legs.push(Leg {
                from,
                to,
                free_s,
                departure_s,
                arrival_s,
                begin_s,
                has_passengers: !passengers.is_empty(),
            });
        }
        legs
    }

    /// Rests are taken where the vehicle is, without passengers, one after the other; every break is one of them.
    fn rests(&mut self, vehicle: &RideVehicle, route: &RideRoute, legs: &[Leg<'_>]) {
        let mut free_s = vehicle.window_s.0;
        for rest in &route.rests {
            let is_home_before = rest.end_s <= route.leaves_s && rest.place == vehicle.start;
            let is_home_after = rest.begin_s >= route.returns_s && rest.place == vehicle.end;
            let on_the_way = legs.get(rest.after_stops).is_some_and(|leg| {
                let here = rest.place == leg.from && rest.begin_s >= leg.free_s && rest.end_s <= leg.departure_s;
                let there = rest.place == leg.to && rest.begin_s >= leg.arrival_s && rest.end_s <= leg.begin_s;
                !leg.has_passengers && (here || there)
            });
            let takes_place = is_home_before || is_home_after || on_the_way;
            if !takes_place || rest.begin_s < free_s || rest.end_s < rest.begin_s {
                self.say(&route.vehicle, format_args!("cannot rest from {} to {}", rest.begin_s, rest.end_s));
            }
            if rest.end_s > vehicle.window_s.1 {
                self.say(&route.vehicle, format_args!("rests until {}, after its shift", rest.end_s));
            }
            free_s = rest.end_s;
        }
        let mut rests = route.rests.iter();
        for (number, due) in vehicle.breaks.iter().enumerate() {
            let is_it = |rest: &RideRest| {
                (due.window_s.0..=due.window_s.1).contains(&rest.begin_s) && rest.end_s - rest.begin_s >= due.duration_s
            };
            if !rests.any(is_it) {
                self.say(&route.vehicle, format_args!("break {} is not taken", number + 1));
            }
        }
    }

    /// Driving in all, and between two rests.
    fn driving_hours(&mut self, vehicle: &RideVehicle, route: &RideRoute, legs: &[Leg<'_>]) {
        let total: i32 = legs.iter().map(|leg| leg.arrival_s - leg.departure_s).sum();
        if vehicle.max_driving_s.is_some_and(|limit| total > limit) {
            self.say(&route.vehicle, format_args!("is driven for {total} s"));
        }
        let Some(rule) = vehicle.continuous_driving else { return };
        let is_rest = |from: i32, to: i32| {
            let long = |rest: &&RideRest| rest.end_s - rest.begin_s >= rule.rest_s;
            route.rests.iter().filter(long).any(|rest| rest.begin_s >= from && rest.end_s <= to)
        };
        // Its first departure, its last arrival so far, what was driven.
        let mut stretch: Option<(i32, i32, i32)> = None;
        for leg in legs.iter().filter(|leg| leg.arrival_s > leg.departure_s) {
            let driving = leg.arrival_s - leg.departure_s;
            let (began, driven) = match stretch {
                Some((began, arrived, driven)) if !is_rest(arrived, leg.departure_s) => (began, driven + driving),
                _ => (leg.departure_s, driving),
            };
            stretch = Some((began, leg.arrival_s, driven));
            let by_day = rule.day_s.0 <= began && leg.arrival_s <= rule.day_s.1;
            if driven > rule.limit_s || (driven > rule.night_limit_s && !by_day) {
                self.say(
                    &route.vehicle,
                    format_args!("is driven for {driven} s without a rest until {}", leg.arrival_s),
                );
            }
        }
    }

    /// What the solution says of itself.
    fn figures(&mut self, solution: &RideSolution) {
        let weights = &self.problem.objective;
        let mut cost = weights.per_unserved * solution.unserved.len() as i64;
        for route in solution.routes.iter().filter(|route| !route.stops.is_empty()) {
            let Some(vehicle) = self.problem.vehicles.iter().find(|vehicle| vehicle.name == route.vehicle) else {
                continue;
            };
            cost += weights.per_vehicle;
            let stops = route.stops.iter().filter_map(|call| {
                let request = self.request(&call.request)?;
                Some(if call.end == RideEndKind::Pickup { &request.pickup.place } else { &request.dropoff.place })
            });
            let places: Vec<&String> = [&vehicle.start].into_iter().chain(stops).chain([&vehicle.end]).collect();
            for leg in places.windows(2) {
                let metres = self.problem.driving_metres[self.place(leg[0])][self.place(leg[1])];
                cost += weights.per_metre * i64::from(metres);
                cost += weights.per_driving_second * i64::from(self.driving(vehicle, leg[0], leg[1]));
            }
            for call in &route.stops {
                let Some(told) = self.request(&call.request).and_then(|request| request.told.as_ref()) else {
                    continue;
                };
                let expected = if call.end == RideEndKind::Pickup { told.pickup_s } else { told.dropoff_s };
                cost += weights.per_shifted_second * i64::from((call.begin_s - expected).abs());
                if call.end == RideEndKind::Pickup && told.vehicle != route.vehicle {
                    cost += weights.per_changed_vehicle;
                }
            }
        }
        if cost != solution.objective {
            self.found.push(format!("objective: {} stated, {cost} recomputed", solution.objective));
        }
        let used = solution.routes.iter().filter(|route| !route.stops.is_empty()).count();
        if used != solution.vehicles {
            self.found.push(format!("vehicles: {} stated, {used} routes", solution.vehicles));
        }
    }
}
