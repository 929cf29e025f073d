//! Where a request fits best: all vehicles × position pairs, exactly.
//!
//! Every pair is tested in constant time: load from the sums a route keeps, windows, ride times and the duration from the
//! separations that all its schedules keep (`separations`). These are all the ways in which the new visits and their
//! neighbours could contradict each other, so the test is exact. It relies on the triangle inequality of driving times, which
//! [`crate::network::TravelTimes`] guarantees: what held between two visits still holds when the vehicle goes round by a third.
//! Where a vehicle has breaks, driving hours or a limit of waiting on board, the test is necessary, and survivors are scheduled in
//! full (`duty`); so they are where it costs something to come at another time than was told.
//!
//! Ties: lower cost, then vehicle, then pickup position, then drop-off position.

use std::cmp::Reverse;

use super::duty::{self, Goal};
use super::problem::{Driving, Problem, RequestIndex};
use super::refusal::{self, Refusal};
use super::route::{NEVER, Route, RouteStop, StopKind, dropoff_node, pickup_node};
use super::schedule::{Node, driving_time, least_schedule};
use super::solution::Solution;
use super::specs::RequestSpec;

/// Where a request goes, and what that adds to the cost.
///
/// Positions count the stops before it: the pickup comes directly after `pickup_after` stops of the present route,
/// the drop-off directly after `dropoff_after` of them (after the pickup if both are equal). The derived order is the
/// order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Insertion {
    /// What the solution's cost grows by, the weight of an unserved request left out.
    pub cost: i64,
    /// Position among the problem's vehicles.
    pub vehicle: usize,
    /// Stops of the present route before the pickup.
    pub pickup_after: usize,
    /// Stops of the present route before the drop-off.
    pub dropoff_after: usize,
}

impl Insertion {
    /// Puts both stops of the request where they go.
    pub(super) fn put_into(&self, stops: &mut Vec<RouteStop>, request: RequestIndex) {
        stops.insert(self.dropoff_after, RouteStop { request, kind: StopKind::Dropoff });
        stops.insert(self.pickup_after, RouteStop { request, kind: StopKind::Pickup });
    }
}

/// Who is to be inserted: a request of the problem, or one that isn't in it yet and so has neither orders nor been told anything.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub(super) spec: &'a RequestSpec,
    pub(super) request: Option<RequestIndex>,
}

impl<'a> From<&'a RequestSpec> for Wanted<'a> {
    fn from(spec: &'a RequestSpec) -> Self {
        Self { spec, request: None }
    }
}

/// Memory that insertion tests reuse.
#[derive(Default)]
pub(super) struct Scratch {
    dropoffs: Vec<Alighting>,
    trial: Trial,
}

/// Memory for a route with the request in it.
#[derive(Default)]
struct Trial {
    nodes: Vec<Node>,
    begin: Vec<i64>,
    riders: Vec<bool>,
}

/// One new visit between two neighbours of a route.
#[derive(Clone, Copy)]
struct Detour {
    /// From the begin at the neighbour before to the begin at the new visit, at least.
    arriving: i64,
    /// From the begin at the new visit to the begin at the neighbour behind, at least.
    leaving: i64,
    /// The earliest begin, were it the only new visit.
    earliest: i64,
    /// The latest begin, were it the only new visit.
    latest: i64,
    /// What the detour adds in driving.
    cost: i64,
    /// By how much it would be too late or push others too far, were it the only new visit; not positive if it fits.
    excess: i64,
}

/// A drop-off between two neighbours of a route.
#[derive(Clone, Copy)]
struct Alighting {
    detour: Detour,
    /// The least cost of this one and those behind it that fit alone.
    onward: i64,
    /// Is there room for the request on leaving the neighbour before?
    has_room: bool,
}

/// The cheapest feasible insertion, or why there is none.
pub fn best_insertion<'a>(
    problem: &Problem,
    solution: &Solution,
    wanted: impl Into<Wanted<'a>>,
) -> Result<Insertion, Refusal> {
    let wanted = wanted.into();
    cheapest(problem, solution, wanted).ok_or_else(|| refusal::explain(problem, solution, wanted))
}

/// The cheapest feasible insertion; where there is none, [`best_insertion`] tells why.
pub fn cheapest_insertion<'a>(
    problem: &Problem,
    solution: &Solution,
    wanted: impl Into<Wanted<'a>>,
) -> Option<Insertion> {
    cheapest(problem, solution, wanted.into())
}

fn cheapest(problem: &Problem, solution: &Solution, wanted: Wanted<'_>) -> Option<Insertion> {
    let mut scratch = Scratch::default();
    let mut best: Option<Insertion> = None;
    for vehicle in 0..solution.routes.len() {
        let found = cheapest_on(problem, solution, wanted, vehicle, best.map(|best| best.cost), &mut scratch);
        best = [best, found].into_iter().flatten().min();
    }
    best
}

/// The cheapest feasible insertion of each vehicle, at most `count`, best first.
pub fn insertions<'a>(
    problem: &Problem,
    solution: &Solution,
    wanted: impl Into<Wanted<'a>>,
    count: usize,
) -> Vec<Insertion> {
    let wanted = wanted.into();
    let mut scratch = Scratch::default();
    let mut found: Vec<Insertion> = (0..solution.routes.len())
        .filter_map(|vehicle| cheapest_on(problem, solution, wanted, vehicle, None, &mut scratch))
        .collect();
    found.sort_unstable();
    found.truncate(count);
    found
}

/// Serves all of these where each fits best, the largest first, or none of them: the parts of a group that may be split. False
/// if nothing was changed.
pub fn insert_all_or_none(problem: &Problem, solution: &mut Solution, requests: &[RequestIndex]) -> bool {
    let mut ordered = requests.to_vec();
    ordered.sort_by_key(|&request| (Reverse(problem.request(request).load.dimensions()), request));
    let mut trial = solution.clone();
    for request in ordered {
        let Some(insertion) = cheapest_insertion(problem, &trial, problem.wanted(request)) else { return false };
        trial.insert(problem, request, insertion);
    }
    *solution = trial;
    true
}

/// Every feasible insertion, all vehicles × positions, best first.
pub fn every_insertion<'a>(problem: &Problem, solution: &Solution, wanted: impl Into<Wanted<'a>>) -> Vec<Insertion> {
    let wanted = wanted.into();
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    for vehicle in 0..solution.routes.len() {
        let place = Place { problem, route: &solution.routes[vehicle], vehicle, wanted };
        place.each_insertion(i64::MAX, &mut scratch, |insertion| {
            found.push(insertion);
            i64::MAX
        });
    }
    found.sort_unstable();
    found
}

/// The cheapest feasible insertion into one vehicle's route that costs less than `below`.
pub(super) fn cheapest_on(
    problem: &Problem,
    solution: &Solution,
    wanted: Wanted<'_>,
    vehicle: usize,
    below: Option<i64>,
    scratch: &mut Scratch,
) -> Option<Insertion> {
    let mut best = None;
    let place = Place { problem, route: &solution.routes[vehicle], vehicle, wanted };
    place.each_insertion(below.unwrap_or(i64::MAX), scratch, |insertion| {
        best = Some(insertion);
        insertion.cost
    });
    best
}

/// A request and the route that may take it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub problem: &'a Problem,
    pub route: &'a Route,
    pub vehicle: usize,
    pub wanted: Wanted<'a>,
}

impl Place<'_> {
    /// Calls `visit` with every feasible insertion that costs less than `below`, in order of positions; it answers below
    /// which cost the next ones are wanted.
    pub fn each_insertion(self, mut below: i64, scratch: &mut Scratch, mut visit: impl FnMut(Insertion) -> i64) {
        let Self { problem, route, vehicle, wanted: Wanted { spec: request, .. } } = self;
        let spec = &problem.vehicles()[vehicle];
        if !self.may_serve() || !spec.capacity.fits(request.load) {
            return;
        }
        let allowed = self.allowed();
        let fixed = self.fixed_cost();
        let survival = Survival::of(self);
        // No insertion can save more than all that is paid for times now.
        let bound = if survival.prices_times { fixed - route.cost_of_times } else { fixed };
        let (pickup, dropoff) = (pickup_node(request), dropoff_node(request, 0));
        let room = |node: usize| {
            spec.capacity.fits(route.load[node] + request.load) && route.aboard[node].admits(request.product)
        };
        let last = route.nodes.len() - 1;
        let first = route.latest[1..].partition_point(|&latest| latest < pickup.earliest);
        let Scratch { dropoffs, trial } = scratch;
        dropoffs.clear();
        // The drop-offs that were looked at begin behind this node.
        let mut first_dropoff = first;
        for i in first.max(allowed.pickup.0)..last.min(allowed.pickup.1.saturating_add(1)) {
            if route.earliest[i] + route.nodes[i].service > pickup.latest {
                break; // later positions are later still
            }
            if !room(i) {
                continue;
            }
            let boarding = self.detour(i, &pickup);
            if boarding.excess > 0 {
                continue;
            }
            if dropoffs.is_empty() {
                first_dropoff = i;
                self.alightings(i, &dropoff, room, dropoffs);
            }
            let mut ride = Ride::new(self, (&pickup, &dropoff), boarding);
            let behind = &dropoffs[(i - first_dropoff).min(dropoffs.len())..];
            for (j, &Alighting { detour: ref alighting, onward, has_room }) in (i..).zip(behind) {
                if j > i {
                    let no_later_one_is_cheaper = boarding.cost + onward + bound >= below;
                    if no_later_one_is_cheaper || !has_room || !ride.passes(self, (i, j)) {
                        break;
                    }
                }
                let driving =
                    if j > i { boarding.cost + alighting.cost } else { self.cost_of_both(i, &pickup, &dropoff) };
                if driving + bound >= below
                    || !allowed.contains((i, j))
                    || alighting.excess > 0
                    || !ride.ends(route, (i, j), alighting)
                {
                    continue;
                }
                let Some(cost_of_times) = survival.cost_of_times(self, (i, j), trial) else { continue };
                let insertion =
                    Insertion { cost: driving + fixed + cost_of_times, vehicle, pickup_after: i, dropoff_after: j };
                if insertion.cost < below {
                    below = visit(insertion);
                }
            }
        }
    }

    fn driving(&self) -> Driving<'_> {
        self.problem.driving(self.vehicle)
    }

    /// Is the vehicle permitted for the request, and the request not pinned to another?
    pub fn may_serve(self) -> bool {
        let request = self.wanted.spec;
        let is_elsewhere = request.vehicle.is_some_and(|pinned| pinned as usize != self.vehicle);
        !is_elsewhere && self.problem.vehicles()[self.vehicle].products.contains(request.product)
    }

    /// The positions that what has begun and wishes for an order leave open.
    pub fn allowed(self) -> Allowed {
        let Self { problem, route, vehicle, wanted } = self;
        let begun = problem.vehicles()[vehicle].begun_stops.min(route.stops.len());
        let mut allowed = Allowed { pickup: (begun, usize::MAX), dropoff: (begun, usize::MAX) };
        let Some(request) = wanted.request else { return allowed };
        let position = |wanted: RouteStop| route.stops.iter().position(|&stop| stop == wanted);
        for order in problem.orders() {
            let ends = &mut allowed;
            if order.first.request == request
                && let Some(then) = position(order.then)
            {
                let latest = order.first.kind.of(&mut ends.pickup, &mut ends.dropoff);
                latest.1 = latest.1.min(then);
            }
            if order.then.request == request
                && let Some(first) = position(order.first)
            {
                let earliest = order.then.kind.of(&mut ends.pickup, &mut ends.dropoff);
                earliest.0 = earliest.0.max(first + 1);
            }
        }
        allowed
    }

    /// What an insertion costs beside driving and times.
    fn fixed_cost(self) -> i64 {
        let Self { problem, route, vehicle, wanted } = self;
        let spec = &problem.vehicles()[vehicle];
        let vehicle_used = if route.stops.is_empty() {
            problem.objective().per_vehicle + problem.driving_cost(vehicle, spec.start, spec.end)
        } else {
            0
        };
        vehicle_used + wanted.request.map_or(0, |request| problem.price_of_vehicle(request, vehicle))
    }

    /// By so much at least would one constraint have to give way for this insertion, as far as times go; a bound found in constant
    /// time. Not positive where nothing is in the way.
    ///
    /// The new visits and what contradicts them form a cycle of constraints; its excess must go. A cycle through both visits may
    /// use one constraint on the way there and on the way back, so that half of its excess could suffice.
    pub fn least_miss(self, (i, j): (usize, usize)) -> i64 {
        let Self { route, wanted: Wanted { spec: request, .. }, .. } = self;
        if route.earliest[0] == NEVER {
            return 0; // even the depots are too far apart: nothing is known
        }
        let (pickup, dropoff) = (pickup_node(request), dropoff_node(request, 0));
        let (boarding, alighting) = (self.detour(i, &pickup), self.detour(j, &dropoff));
        let mut ride = Ride::new(self, (&pickup, &dropoff), boarding);
        if j > i {
            // Separations tell at once what passing each node in between adds up to; without them it is left out.
            let passed = if route.separations.is_empty() {
                boarding.leaving
            } else {
                boarding.leaving + route.separations.least(i + 1, j)
            };
            (ride.passed, ride.begin) = (passed, route.earliest[j].max(boarding.earliest + passed));
        }
        let alone = boarding.excess.max(alighting.excess);
        let (by_limit, by_both) = ride.excess(route, (i, j), &alighting);
        alone.max(by_limit).max(by_both / 2)
    }

    /// A visit alone between node `before` and the next one.
    #[inline]
    fn detour(self, before: usize, visit: &Node) -> Detour {
        let (route, driving) = (self.route, self.driving());
        let (previous, next) = (&route.nodes[before], &route.nodes[before + 1]);
        let (forth, back) = (driving.leg(previous.place, visit.place), driving.leg(visit.place, next.place));
        let (arriving, leaving) = (previous.service + forth.seconds, visit.service + back.seconds);
        let earliest = visit.earliest.max(route.earliest[before] + arriving);
        let latest = visit.latest.min(route.latest[before + 1] - leaving);
        let cost = forth.cost + back.cost - route.legs[before].cost;
        let pushed = if route.separations.is_empty() {
            0
        } else {
            arriving + leaving + route.separations.least(before + 1, before)
        };
        Detour { arriving, leaving, earliest, latest, cost, excess: pushed.max(earliest - latest) }
    }

    /// The drop-offs behind node `first` and behind each later one, as long as the vehicle isn't too late.
    fn alightings(self, first: usize, dropoff: &Node, room: impl Fn(usize) -> bool, dropoffs: &mut Vec<Alighting>) {
        let route = self.route;
        let in_time = |&node: &usize| route.earliest[node] + route.nodes[node].service <= dropoff.latest;
        let nodes = (first..route.nodes.len() - 1).take_while(in_time);
        dropoffs.extend(nodes.map(|node| Alighting {
            detour: self.detour(node, dropoff),
            onward: 0,
            has_room: room(node),
        }));
        let mut least = i64::MAX / 4;
        for Alighting { detour, onward, .. } in dropoffs.iter_mut().rev() {
            least = if detour.excess > 0 { least } else { least.min(detour.cost) };
            *onward = least;
        }
    }

    /// What both visits in a row after node `before` add in driving.
    fn cost_of_both(self, before: usize, pickup: &Node, dropoff: &Node) -> i64 {
        let (from, to) = (self.route.nodes[before].place, self.route.nodes[before + 1].place);
        let cost = |from, to| self.driving().leg(from, to).cost;
        cost(from, pickup.place) + cost(pickup.place, dropoff.place) + cost(dropoff.place, to)
            - self.route.legs[before].cost
    }
}

/// Between which nodes the ends of a request may go: behind at least and at most so many of the route's stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    pub pickup: (usize, usize),
    pub dropoff: (usize, usize),
}

impl Allowed {
    /// May both ends go there?
    pub fn contains(self, (i, j): (usize, usize)) -> bool {
        (self.pickup.0..=self.pickup.1).contains(&i) && (self.dropoff.0..=self.dropoff.1).contains(&j)
    }
}

/// What remains to be tested of an insertion that passed the constant tests.
#[derive(Clone, Copy)]
struct Survival {
    /// The request brings the first limit onto a route that keeps no separations.
    is_first_limit: bool,
    has_duty: bool,
    prices_times: bool,
}

impl Survival {
    fn of(place: Place<'_>) -> Self {
        let Place { problem, route, vehicle, wanted } = place;
        Self {
            is_first_limit: route.separations.is_empty() && wanted.spec.ride_time_limit.is_some(),
            has_duty: !problem.vehicles()[vehicle].duty.is_empty(),
            prices_times: problem.prices_changes() && problem.objective().per_shifted_second > 0,
        }
    }

    /// What coming at other times than told costs more with this insertion; `None` if it has no schedule.
    #[inline]
    fn cost_of_times(self, place: Place<'_>, positions: (usize, usize), trial: &mut Trial) -> Option<i64> {
        if !self.is_first_limit && !self.has_duty && !self.prices_times {
            return Some(0);
        }
        let Place { problem, route, vehicle, wanted } = place;
        let Trial { nodes, begin, riders } = trial;
        route.nodes_with(wanted.spec, positions, nodes);
        let travel = problem.travel_of(vehicle);
        if self.has_duty {
            route.riders_with(wanted.spec, positions, riders);
            let goal = if self.prices_times { Goal::Earliest } else { Goal::Any };
            *begin = duty::schedule(travel, &problem.vehicles()[vehicle].duty, nodes, riders, goal)?.begins;
        } else if !least_schedule(travel, nodes, begin) {
            return None;
        }
        if !self.prices_times {
            return Some(0);
        }
        let (i, j) = positions;
        let others = route.stops.iter().enumerate().map(|(index, &stop)| {
            let passed = usize::from(index >= i) + usize::from(index >= j);
            problem.price_of_time(stop, begin[index + 1 + passed])
        });
        let own = wanted.request.map_or(0, |request| {
            let price = |kind, position: usize| problem.price_of_time(RouteStop { request, kind }, begin[position]);
            price(StopKind::Pickup, i + 1) + price(StopKind::Dropoff, j + 2)
        });
        Some(others.sum::<i64>() + own - route.cost_of_times)
    }
}

/// The new ride while the drop-off moves back along the route.
struct Ride {
    boarding: Detour,
    pickup_latest: i64,
    dropoff_earliest: i64,
    /// From the begin at the pickup to the begin at the drop-off, driven directly.
    direct: i64,
    /// The same, at most.
    limit: i64,
    /// From the begin at the pickup to the begin at the node passed last, at least.
    passed: i64,
    /// The earliest begin at the node passed last.
    begin: i64,
}

impl Ride {
    fn new(place: Place<'_>, (pickup, dropoff): (&Node, &Node), boarding: Detour) -> Self {
        let travel = place.problem.travel_of(place.vehicle);
        Self {
            pickup_latest: pickup.latest,
            dropoff_earliest: dropoff.earliest,
            direct: pickup.service + driving_time(travel, pickup, dropoff),
            limit: dropoff.limit.map_or(i64::MAX / 2, |(_, limit)| limit),
            passed: 0,
            begin: boarding.earliest,
            boarding,
        }
    }

    /// Goes on to node `j` without alighting before it; false if that is too late or too long for any later drop-off too.
    #[inline]
    fn passes(&mut self, place: Place<'_>, (i, j): (usize, usize)) -> bool {
        let route = place.route;
        self.passed = if j == i + 1 {
            self.boarding.leaving
        } else if route.separations.is_empty() {
            self.passed + route.nodes[j - 1].service + route.legs[j - 1].seconds
        } else {
            self.boarding.leaving + route.separations.least(i + 1, j)
        };
        self.begin = if j == i + 1 || !route.separations.is_empty() {
            self.boarding.earliest + self.passed
        } else {
            self.begin + route.nodes[j - 1].service + route.legs[j - 1].seconds
        };
        self.begin = self.begin.max(route.earliest[j]);
        self.begin <= route.latest[j] && self.passed <= self.limit
    }

    /// Can it end directly after node `j`, where an alighting alone would fit?
    #[inline]
    fn ends(&self, route: &Route, positions: (usize, usize), alighting: &Detour) -> bool {
        let (by_limit, by_both) = self.excess(route, positions, alighting);
        by_limit <= 0 && by_both <= 0
    }

    /// By how much the ride is too long in any case, and by how much both visits contradict each other by way of the route.
    #[inline]
    fn excess(&self, route: &Route, (i, j): (usize, usize), alighting: &Detour) -> (i64, i64) {
        let from_there = if j == i { self.direct } else { alighting.arriving };
        let forth = if j == i { self.direct } else { self.passed + alighting.arriving };
        let late = (self.begin + from_there).max(self.dropoff_earliest) - alighting.latest;
        if route.separations.is_empty() {
            return (forth - self.limit, late);
        }
        // Both visits push each other: forth by driving and windows, back by the limits of riders and by windows.
        let by_windows =
            if j == i { self.dropoff_earliest - self.pickup_latest } else { alighting.earliest - self.boarding.latest };
        let back = (alighting.leaving + route.separations.least(j + 1, i) + self.boarding.arriving)
            .max(self.boarding.earliest - alighting.latest)
            .max(-self.limit);
        (forth - self.limit, late.max(forth.max(by_windows) + back))
    }
}
