//! One vehicle's stops, with the sums that make insertion tests cheap.
//!
//! Positions count nodes: 0 is the start depot, stop `k` is node `k + 1`, the last node is the end depot. Inserting
//! `(i, j)` puts the pickup directly after node `i` and the drop-off directly after node `j` (after the pickup if
//! `i == j`); `i <= j`.

use serde::{Deserialize, Serialize};

use super::duty::{self, Goal, Rest};
use super::problem::{Leg, Problem, RequestIndex};
use super::schedule::Node;
use super::separations::Separations;
use super::solution::InvalidRoute;
use super::specs::RequestSpec;
use crate::fleet::Product;
use crate::units::Load;

/// Which end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopKind {
    /// It boards.
    Pickup,
    /// It alights.
    Dropoff,
}

/// A stop of a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RouteStop {
    /// Whose.
    pub request: RequestIndex,
    /// Which end.
    pub kind: StopKind,
}

impl StopKind {
    /// Of the two ends of something, the one at this stop.
    pub(super) fn of<T>(self, pickup: T, dropoff: T) -> T {
        match self {
            Self::Pickup => pickup,
            Self::Dropoff => dropoff,
        }
    }
}

/// Who is on board besides the load: pupils travel with pupils only, and only passengers mind waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Aboard {
    pub pupils: u32,
    pub others: u32,
    pub consignments: u32,
}

impl Aboard {
    /// Is the vehicle empty?
    pub fn is_nobody(self) -> bool {
        self == Self::default()
    }

    /// Does anybody sit in it?
    pub fn has_passengers(self) -> bool {
        self.pupils + self.others > 0
    }

    /// May a request of this product join them?
    pub fn admits(self, product: Product) -> bool {
        if product == Product::Student { self.others + self.consignments == 0 } else { self.pupils == 0 }
    }

    fn group(&mut self, product: Product) -> &mut u32 {
        match product {
            Product::Student => &mut self.pupils,
            Product::Freight => &mut self.consignments,
            Product::Line | Product::Market | Product::Ride => &mut self.others,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Route {
    pub stops: Vec<RouteStop>,
    /// Depots included.
    pub nodes: Vec<Node>,
    /// From each node to the next.
    pub legs: Vec<Leg>,
    /// The earliest begin in any schedule.
    pub earliest: Vec<i64>,
    /// The latest begin in any schedule.
    pub latest: Vec<i64>,
    /// The begins of the schedule that is driven, where `earliest` isn't one: breaks, driving hours, waiting on board.
    begins: Vec<i64>,
    /// Where the driver rests in that schedule.
    pub rests: Vec<Rest>,
    /// Separations between visits in all schedules; empty if there is no ride-time or duration limit, so that windows alone decide.
    pub separations: Separations,
    /// On leaving the node.
    pub load: Vec<Load>,
    /// On leaving the node.
    pub aboard: Vec<Aboard>,
    /// Driving, vehicle, and what is served otherwise than it was told.
    pub cost: i64,
    /// The part of the cost for times that differ from those told.
    pub cost_of_times: i64,
    /// Is there a schedule at all? Only the routes of a [`super::Solution`] are known to have one.
    pub has_schedule: bool,
    /// Equal for equal stops of equal vehicles; different ones agree with a chance of 2⁻⁶⁴.
    pub fingerprint: u64,
}

impl Route {
    pub fn new(problem: &Problem, vehicle: usize, stops: Vec<RouteStop>) -> Self {
        let mut route = Self { stops, ..Self::default() };
        route.refresh(problem, vehicle);
        route
    }

    /// Recomputes everything from `stops`; each drop-off comes after its pickup.
    pub fn refresh(&mut self, problem: &Problem, vehicle: usize) {
        let (start, end) = depot_nodes(problem, vehicle);
        let count = self.stops.len() + 2;
        restart(&mut self.nodes, count);
        restart(&mut self.load, count);
        restart(&mut self.aboard, count);
        self.nodes.push(start);
        self.load.push(Load::ZERO);
        self.aboard.push(Aboard::default());
        let (mut load, mut aboard) = (Load::ZERO, Aboard::default());
        for (position, &stop) in self.stops.iter().enumerate() {
            let request = problem.request(stop.request);
            let group = aboard.group(request.product);
            match stop.kind {
                StopKind::Pickup => {
                    self.nodes.push(pickup_node(request));
                    load += request.load;
                    *group += 1;
                }
                StopKind::Dropoff => {
                    let pickup = request.ride_time_limit.map(|_| self.pickup_before(position) + 1);
                    self.nodes.push(dropoff_node(request, pickup.unwrap_or_default()));
                    load -= request.load;
                    *group -= 1;
                }
            }
            self.load.push(load);
            self.aboard.push(aboard);
        }
        self.nodes.push(end);
        self.load.push(Load::ZERO);
        self.aboard.push(Aboard::default());
        let driving = problem.driving(vehicle);
        restart(&mut self.legs, count);
        self.legs.extend(self.nodes.windows(2).map(|leg| driving.leg(leg[0].place, leg[1].place)));
        self.fingerprint = fingerprint(vehicle, &self.stops);
        self.refresh_times(problem, vehicle);
        self.refresh_cost(problem, vehicle);
    }

    fn refresh_cost(&mut self, problem: &Problem, vehicle: usize) {
        (self.cost, self.cost_of_times) = (0, 0);
        if self.stops.is_empty() {
            return;
        }
        self.cost = problem.objective().per_vehicle + self.legs.iter().map(|leg| leg.cost).sum::<i64>();
        if problem.prices_changes() {
            self.cost += self.pickups().map(|request| problem.price_of_vehicle(request, vehicle)).sum::<i64>();
            let begins = self.begins()[1..].iter();
            self.cost_of_times =
                self.stops.iter().zip(begins).map(|(&stop, &begin)| problem.price_of_time(stop, begin)).sum();
            self.cost += self.cost_of_times;
        }
    }

    /// When service begins at every node in the schedule that is driven: everything as early as the rules allow.
    pub fn begins(&self) -> &[i64] {
        if self.begins.is_empty() { &self.earliest } else { &self.begins }
    }

    /// Where the request that alights at this stop has boarded.
    fn pickup_before(&self, position: usize) -> usize {
        let boarded = RouteStop { request: self.stops[position].request, kind: StopKind::Pickup };
        self.stops[..position].iter().rposition(|&other| other == boarded).expect("a drop-off comes after its pickup")
    }

    fn refresh_times(&mut self, problem: &Problem, vehicle: usize) {
        let nodes = &self.nodes;
        let last = nodes.len() - 1;
        restart(&mut self.earliest, nodes.len());
        let mut begin = nodes[0].earliest;
        self.earliest.push(begin);
        for ((node, next), leg) in nodes.iter().zip(&nodes[1..]).zip(&self.legs) {
            begin = (begin + node.service + leg.seconds).max(next.earliest);
            self.earliest.push(begin);
        }
        restart(&mut self.latest, nodes.len());
        self.latest.resize(nodes.len(), 0);
        let mut begin = nodes[last].latest;
        self.latest[last] = begin;
        for ((node, leg), latest) in nodes.iter().zip(&self.legs).zip(&mut self.latest[..last]).rev() {
            begin = (begin - leg.seconds - node.service).min(node.latest);
            *latest = begin;
        }
        self.separations.clear();
        let closes = if nodes.iter().any(|node| node.limit.is_some()) {
            self.separations.close(nodes, &self.legs, &mut self.earliest, &mut self.latest)
        } else {
            self.earliest.iter().zip(&self.latest).all(|(earliest, latest)| earliest <= latest)
        };
        if !closes {
            self.separations.clear();
            self.earliest.fill(NEVER);
        }
        self.begins.clear();
        self.rests.clear();
        let rules = &problem.vehicles()[vehicle].duty;
        let keeps_duty = rules.is_empty() || self.stops.is_empty() || !closes || {
            let riders: Vec<bool> = self.aboard.iter().map(|aboard| aboard.has_passengers()).collect();
            let found = duty::schedule(problem.travel_of(vehicle), rules, &self.nodes, &riders, Goal::Earliest);
            found.map(|schedule| (self.begins, self.rests) = (schedule.begins, schedule.rests)).is_some()
        };
        // A vehicle without stops needn't drive from one depot to the other.
        self.has_schedule = (closes && keeps_duty) || self.stops.is_empty();
    }

    /// Whom it serves, in the order of boarding.
    pub fn pickups(&self) -> impl Iterator<Item = RequestIndex> + '_ {
        self.stops.iter().filter(|stop| stop.kind == StopKind::Pickup).map(|stop| stop.request)
    }

    /// Has the vehicle begun with this request? Then nobody else can take it, nor this vehicle otherwise.
    pub fn has_begun(&self, problem: &Problem, vehicle: usize, request: RequestIndex) -> bool {
        let begun = problem.vehicles()[vehicle].begun_stops.min(self.stops.len());
        self.stops[..begun].iter().any(|stop| stop.request == request)
    }

    /// May and can the vehicle drive it?
    pub fn is_feasible(&self, problem: &Problem, vehicle: usize) -> bool {
        self.has_schedule && self.first_forbidden(problem, vehicle).is_none()
    }

    /// The first pickup that the vehicle may not make or has no room for, or the first stop out of order.
    pub fn first_forbidden(&self, problem: &Problem, vehicle: usize) -> Option<InvalidRoute> {
        let spec = &problem.vehicles()[vehicle];
        let mut pickups = self.stops.iter().enumerate().filter(|(_, stop)| stop.kind == StopKind::Pickup);
        let forbidden = pickups.find_map(|(position, stop)| {
            let request = problem.request(stop.request);
            let elsewhere = request.vehicle.is_some_and(|pinned| pinned as usize != vehicle);
            if elsewhere || !spec.products.contains(request.product) || !self.aboard[position].admits(request.product) {
                return Some(InvalidRoute::NotPermitted(stop.request));
            }
            (!spec.capacity.fits(self.load[position + 1])).then_some(InvalidRoute::Overloaded(stop.request))
        });
        let position = |wanted: RouteStop| self.stops.iter().position(|&stop| stop == wanted);
        let broken = problem.orders().iter().find(|order| match (position(order.first), position(order.then)) {
            (Some(first), Some(then)) => first > then,
            _ => false,
        });
        forbidden.or(broken.map(|order| InvalidRoute::OutOfOrder(order.first.request, order.then.request)))
    }

    /// The nodes of the route with a request inserted, in `nodes`.
    pub fn nodes_with(&self, request: &RequestSpec, (after_i, after_j): (usize, usize), nodes: &mut Vec<Node>) {
        nodes.clear();
        let moved = |position: u32| match position as usize {
            position if position <= after_i => position as u32,
            position if position <= after_j => position as u32 + 1,
            position => position as u32 + 2,
        };
        let shifted =
            |node: &Node| Node { limit: node.limit.map(|(position, limit)| (moved(position), limit)), ..*node };
        nodes.extend(self.nodes[..=after_i].iter().map(shifted));
        nodes.push(pickup_node(request));
        nodes.extend(self.nodes[after_i + 1..=after_j].iter().map(shifted));
        nodes.push(dropoff_node(request, after_i + 1));
        nodes.extend(self.nodes[after_j + 1..].iter().map(shifted));
    }

    /// The same for whether passengers are on board on leaving each node.
    pub fn riders_with(&self, request: &RequestSpec, (after_i, after_j): (usize, usize), riders: &mut Vec<bool>) {
        let sits = request.product != Product::Freight;
        let with = |aboard: &Aboard| aboard.has_passengers() || sits;
        riders.clear();
        riders.extend(self.aboard[..=after_i].iter().map(|aboard| aboard.has_passengers()));
        riders.push(with(&self.aboard[after_i]));
        riders.extend(self.aboard[after_i + 1..=after_j].iter().map(with));
        riders.push(self.aboard[after_j].has_passengers());
        riders.extend(self.aboard[after_j + 1..].iter().map(|aboard| aboard.has_passengers()));
    }
}

/// Empties the list and makes room for so many; memory is kept.
fn restart<T>(list: &mut Vec<T>, count: usize) {
    list.clear();
    list.reserve_exact(count);
}

/// Later than any window, small enough to add up.
pub(super) const NEVER: i64 = 1 << 40;

/// A hash of the vehicle and its stops.
fn fingerprint(vehicle: usize, stops: &[RouteStop]) -> u64 {
    let mixed = |hash: u64, value: u64| {
        let product = u128::from(hash ^ value) * 0x9e37_79b9_7f4a_7c15;
        (product >> 64) as u64 ^ product as u64
    };
    let begin = mixed(0x2545_f491_4f6c_dd1d, vehicle as u64);
    stops.iter().fold(begin, |hash, stop| {
        mixed(hash, u64::from(stop.request.0) * 2 + u64::from(stop.kind == StopKind::Dropoff) + 1)
    })
}

/// The depot at either end of a vehicle's route; the positions of a duration limit don't depend on what is between.
fn depot_nodes(problem: &Problem, vehicle: usize) -> (Node, Node) {
    let spec = &problem.vehicles()[vehicle];
    let start = Node {
        place: spec.start,
        earliest: i64::from(spec.window.earliest.seconds()),
        latest: i64::from(spec.window.latest.seconds()),
        service: 0,
        limit: None,
        max_wait: None,
    };
    let limit = spec.max_duration.map(|duration| (0, i64::from(duration.seconds())));
    (start, Node { place: spec.end, limit, ..start })
}

pub(super) fn pickup_node(request: &RequestSpec) -> Node {
    let stop = &request.pickup;
    Node {
        place: stop.place,
        earliest: i64::from(stop.window.earliest.seconds()),
        latest: i64::from(stop.window.latest.seconds()),
        service: i64::from(stop.service.seconds()),
        limit: None,
        max_wait: None,
    }
}

pub(super) fn dropoff_node(request: &RequestSpec, pickup: usize) -> Node {
    let stop = &request.dropoff;
    let boarding = i64::from(request.pickup.service.seconds());
    Node {
        place: stop.place,
        earliest: i64::from(stop.window.earliest.seconds()),
        latest: i64::from(stop.window.latest.seconds()),
        service: i64::from(stop.service.seconds()),
        limit: request.ride_time_limit.map(|limit| (pickup as u32, boarding + i64::from(limit.seconds()))),
        max_wait: None,
    }
}
