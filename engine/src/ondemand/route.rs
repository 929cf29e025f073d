//! One vehicle's stops, with the sums that make insertion tests cheap.
//!
//! Positions count nodes: 0 is the start depot, stop `k` is node `k + 1`, the last node is the end depot. Inserting
//! `(i, j)` puts the pickup directly after node `i` and the drop-off directly after node `j` (after the pickup if
//! `i == j`); `i <= j`.

use serde::{Deserialize, Serialize};

use super::problem::{Problem, RequestIndex, RequestSpec};
use super::schedule::{Node, driving_time};
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

/// Who is on board besides the load: pupils travel with pupils only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Aboard {
    pub pupils: u32,
    pub others: u32,
}

impl Aboard {
    /// May a request of this product join them?
    pub fn admits(self, product: Product) -> bool {
        if product == Product::Student { self.others == 0 } else { self.pupils == 0 }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Route {
    pub stops: Vec<RouteStop>,
    /// Depots included.
    pub nodes: Vec<Node>,
    /// Earliest begin by windows and driving alone, from the start.
    pub forward: Vec<i64>,
    /// Latest begin by windows and driving alone, from the end.
    pub backward: Vec<i64>,
    /// On leaving the node.
    pub load: Vec<Load>,
    /// On leaving the node.
    pub aboard: Vec<Aboard>,
    /// Driving and vehicle.
    pub cost: i64,
    /// Is there any ride-time or duration limit, so that windows alone don't decide?
    pub has_limits: bool,
}

impl Route {
    pub fn new(problem: &Problem, vehicle: usize, stops: Vec<RouteStop>) -> Self {
        let mut route = Self { stops, ..Self::default() };
        route.refresh(problem, vehicle);
        route
    }

    /// Recomputes everything from `stops`; each drop-off comes after its pickup.
    pub fn refresh(&mut self, problem: &Problem, vehicle: usize) {
        let spec = &problem.vehicles()[vehicle];
        let (start, end) = depot_nodes(problem, vehicle);
        self.nodes.clear();
        self.load.clear();
        self.aboard.clear();
        self.nodes.push(start);
        self.load.push(Load::ZERO);
        self.aboard.push(Aboard::default());
        let (mut load, mut aboard) = (Load::ZERO, Aboard::default());
        for (position, &stop) in self.stops.iter().enumerate() {
            let request = problem.request(stop.request);
            let group = if request.product == Product::Student { &mut aboard.pupils } else { &mut aboard.others };
            match stop.kind {
                StopKind::Pickup => {
                    self.nodes.push(pickup_node(request));
                    load += request.load;
                    *group += 1;
                }
                StopKind::Dropoff => {
                    let boarded = RouteStop { request: stop.request, kind: StopKind::Pickup };
                    let pickup = self.stops[..position].iter().rposition(|&other| other == boarded);
                    let pickup = pickup.expect("a drop-off comes after its pickup") + 1;
                    self.nodes.push(dropoff_node(request, pickup));
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
        self.has_limits = self.nodes.iter().any(|node| node.limit.is_some());
        self.cost = self.nodes.windows(2).map(|leg| problem.driving_cost(leg[0].place, leg[1].place)).sum();
        self.cost = if self.stops.is_empty() { 0 } else { self.cost + problem.objective().per_vehicle };
        debug_assert_eq!(spec.start, self.nodes[0].place);
        self.refresh_times(problem);
    }

    fn refresh_times(&mut self, problem: &Problem) {
        let (travel, nodes) = (problem.travel(), &self.nodes);
        self.forward.clear();
        self.forward.push(nodes[0].earliest);
        for position in 1..nodes.len() {
            let before = &nodes[position - 1];
            let arrival = self.forward[position - 1] + before.service + driving_time(travel, before, &nodes[position]);
            self.forward.push(arrival.max(nodes[position].earliest));
        }
        self.backward.clear();
        self.backward.resize(nodes.len(), 0);
        self.backward[nodes.len() - 1] = nodes[nodes.len() - 1].latest;
        for position in (0..nodes.len() - 1).rev() {
            let node = &nodes[position];
            let leave_by = self.backward[position + 1] - driving_time(travel, node, &nodes[position + 1]);
            self.backward[position] = (leave_by - node.service).min(node.latest);
        }
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
    }
}
