//! Where a request fits best: all vehicles × position pairs, exactly.
//!
//! Windows, load and riding without waiting are tested in amortized constant time per position pair from the sums a route keeps; without
//! ride-time or duration limits on the route that is exact already. With them, the pairs that survive and are cheaper than what was
//! found so far get the exact test of `schedule`. Nothing here relies on the triangle inequality.
//!
//! Ties: lower cost, then vehicle, then pickup position, then drop-off position.

use super::problem::{Problem, RequestSpec};
use super::refusal::{self, Refusal};
use super::route::{Route, dropoff_node, pickup_node};
use super::schedule::{Node, driving_time, least_schedule};
use super::solution::Solution;

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

/// Memory that insertion tests reuse.
#[derive(Default)]
pub(super) struct Scratch {
    nodes: Vec<Node>,
    begin: Vec<i64>,
}

/// The cheapest feasible insertion, or why there is none. The request need not belong to the problem.
pub fn best_insertion(problem: &Problem, solution: &Solution, request: &RequestSpec) -> Result<Insertion, Refusal> {
    let mut scratch = Scratch::default();
    let mut best: Option<Insertion> = None;
    for vehicle in 0..solution.routes.len() {
        let found = cheapest_on(problem, solution, request, vehicle, best.map(|best| best.cost), &mut scratch);
        best = [best, found].into_iter().flatten().min();
    }
    best.ok_or_else(|| refusal::explain(problem, solution, request))
}

/// The cheapest feasible insertion of each vehicle, at most `count`, best first.
pub fn insertions(problem: &Problem, solution: &Solution, request: &RequestSpec, count: usize) -> Vec<Insertion> {
    let mut scratch = Scratch::default();
    let mut found: Vec<Insertion> = (0..solution.routes.len())
        .filter_map(|vehicle| cheapest_on(problem, solution, request, vehicle, None, &mut scratch))
        .collect();
    found.sort_unstable();
    found.truncate(count);
    found
}

/// Every feasible insertion, all vehicles × positions, best first.
pub fn every_insertion(problem: &Problem, solution: &Solution, request: &RequestSpec) -> Vec<Insertion> {
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    for (vehicle, route) in solution.routes.iter().enumerate() {
        let spec = &problem.vehicles()[vehicle];
        if !spec.products.contains(request.product) || !request.load.fits_in(spec.capacity) {
            continue;
        }
        let fixed = fixed_cost(problem, route, spec);
        survivors(problem, route, spec, request, |positions, driving| {
            route.nodes_with(request, positions, &mut scratch.nodes);
            if least_schedule(problem.travel(), &scratch.nodes, &mut scratch.begin) {
                let (pickup_after, dropoff_after) = positions;
                found.push(Insertion { cost: driving + fixed, vehicle, pickup_after, dropoff_after });
            }
        });
    }
    found.sort_unstable();
    found
}

/// What an insertion into an empty route costs besides driving there.
fn fixed_cost(problem: &Problem, route: &Route, spec: &super::VehicleSpec) -> i64 {
    if route.stops.is_empty() {
        problem.objective().per_vehicle + problem.driving_cost(spec.start, spec.end)
    } else {
        0
    }
}

/// The cheapest feasible insertion into one vehicle's route that costs less than `below`.
pub(super) fn cheapest_on(
    problem: &Problem,
    solution: &Solution,
    request: &RequestSpec,
    vehicle: usize,
    below: Option<i64>,
    scratch: &mut Scratch,
) -> Option<Insertion> {
    let spec = &problem.vehicles()[vehicle];
    let route = &solution.routes[vehicle];
    if !spec.products.contains(request.product) || !request.load.fits_in(spec.capacity) {
        return None;
    }
    let needs_exact_test = route.has_limits || request.ride_time_limit.is_some();
    let mut below = below.unwrap_or(i64::MAX);
    let mut best = None;
    let fixed = fixed_cost(problem, route, spec);
    survivors(problem, route, spec, request, |positions, driving| {
        let cost = driving + fixed;
        if cost >= below {
            return;
        }
        if needs_exact_test {
            route.nodes_with(request, positions, &mut scratch.nodes);
            if !least_schedule(problem.travel(), &scratch.nodes, &mut scratch.begin) {
                return;
            }
        }
        below = cost;
        best = Some(Insertion { cost, vehicle, pickup_after: positions.0, dropoff_after: positions.1 });
    });
    best
}

/// Calls `visit` with every position pair that keeps windows, loads and, if nobody ever waited, the ride time, and the driving cost it adds, in order of positions.
fn survivors(
    problem: &Problem,
    route: &Route,
    spec: &super::VehicleSpec,
    request: &RequestSpec,
    mut visit: impl FnMut((usize, usize), i64),
) {
    let travel = problem.travel();
    let (pickup, dropoff) = (pickup_node(request), dropoff_node(request, 0));
    let cost = |from: &Node, to: &Node| problem.driving_cost(from.place, to.place);
    let nodes = &route.nodes;
    let ride_limit = request.ride_time_limit.map_or(i64::MAX, |limit| i64::from(limit.seconds()));
    let room = |node: usize| {
        (route.load[node] + request.load).fits_in(spec.capacity) && route.aboard[node].admits(request.product)
    };
    for i in 0..nodes.len() - 1 {
        if route.forward[i] + nodes[i].service > pickup.latest {
            break; // later positions are later still
        }
        if !room(i) {
            continue;
        }
        let arrival = route.forward[i] + nodes[i].service + driving_time(travel, &nodes[i], &pickup);
        let pickup_begin = arrival.max(pickup.earliest);
        if pickup_begin > pickup.latest {
            continue;
        }
        let broken_leg = cost(&nodes[i], &nodes[i + 1]);
        let to_pickup = cost(&nodes[i], &pickup);
        let detour = to_pickup + cost(&pickup, &nodes[i + 1]) - broken_leg;
        // Riding without ever waiting, until `last` is left.
        let (mut last, mut begin, mut riding) = (&pickup, pickup_begin, 0);
        for j in i..nodes.len() - 1 {
            if j > i {
                let node = &nodes[j];
                let driving = driving_time(travel, last, node);
                begin = (begin + last.service + driving).max(node.earliest);
                riding += driving + node.service;
                if begin > node.latest || riding > ride_limit || !room(j) {
                    break;
                }
                last = node;
            }
            if begin + last.service > dropoff.latest {
                break;
            }
            let next = &nodes[j + 1];
            let driving = driving_time(travel, last, &dropoff);
            let arrival = (begin + last.service + driving).max(dropoff.earliest);
            if arrival > dropoff.latest || riding + driving > ride_limit {
                continue;
            }
            if arrival + dropoff.service + driving_time(travel, &dropoff, next) > route.backward[j + 1] {
                continue;
            }
            let to_dropoff = cost(last, &dropoff) + cost(&dropoff, next);
            let added =
                if j == i { to_pickup + to_dropoff - broken_leg } else { detour + to_dropoff - cost(last, next) };
            visit((i, j), added);
        }
    }
}
