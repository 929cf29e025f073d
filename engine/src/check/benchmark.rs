//! Checks routes of public benchmark instances (dial-a-ride, pickup and delivery) in double precision.
//!
//! Written from the definitions of the instances alone: no type, table or arithmetic of a solver is used. Whether a
//! schedule exists is decided by difference constraints with Bellman-Ford.

/// A node as the instance file gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BenchmarkNode {
    /// Coordinate.
    pub x: f64,
    /// Coordinate.
    pub y: f64,
    /// Time spent there.
    pub service: f64,
    /// What boards (negative: what alights).
    pub load: f64,
    /// Service begins at the earliest …
    pub earliest: f64,
    /// … and at the latest.
    pub latest: f64,
}

/// An instance: travel times and costs are Euclidean distances.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkInstance {
    /// At most so many routes.
    pub vehicles: usize,
    /// The same for every vehicle.
    pub capacity: f64,
    /// From leaving to returning to the depot.
    pub max_duration: Option<f64>,
    /// From the end of service at the pickup to the start of service at the drop-off.
    pub max_ride_time: Option<f64>,
    /// By the numbers of the file.
    pub nodes: Vec<BenchmarkNode>,
    /// Pickup and drop-off of each request.
    pub pairs: Vec<(usize, usize)>,
    /// Where routes begin.
    pub start: usize,
    /// Where they end.
    pub end: usize,
}

impl BenchmarkInstance {
    /// Euclidean distance.
    pub fn distance(&self, from: usize, to: usize) -> f64 {
        let (from, to) = (&self.nodes[from], &self.nodes[to]);
        (from.x - to.x).hypot(from.y - to.y)
    }

    /// Total distance of routes that are given without depots; their nodes exist.
    pub fn total_distance(&self, routes: &[Vec<usize>]) -> f64 {
        routes.iter().filter(|route| !route.is_empty()).map(|route| self.route_distance(route)).sum()
    }

    fn route_distance(&self, route: &[usize]) -> f64 {
        self.with_depots(route).windows(2).map(|leg| self.distance(leg[0], leg[1])).sum()
    }

    fn with_depots(&self, route: &[usize]) -> Vec<usize> {
        [&[self.start], route, &[self.end]].concat()
    }
}

/// Everything that is wrong with the routes, in plain words; empty when they are a solution.
pub fn violations(instance: &BenchmarkInstance, routes: &[Vec<usize>], tolerance: f64) -> Vec<String> {
    let mut found = Vec::new();
    let used = routes.iter().filter(|route| !route.is_empty()).count();
    if used > instance.vehicles {
        found.push(format!("{used} routes, but only {} vehicles", instance.vehicles));
    }
    let is_stop = |node: usize| instance.pairs.iter().any(|&(pickup, dropoff)| node == pickup || node == dropoff);
    for (number, route) in routes.iter().enumerate() {
        if let Some(node) = route.iter().find(|&&node| !is_stop(node)) {
            found.push(format!("route {}: node {node} is no pickup or drop-off of the instance", number + 1));
        }
    }
    if !found.is_empty() {
        return found;
    }
    for &(pickup, dropoff) in &instance.pairs {
        let places = |node: usize| -> Vec<(usize, usize)> {
            let all = routes.iter().enumerate();
            let all =
                all.flat_map(|(number, route)| route.iter().enumerate().map(move |(at, &node)| (number, at, node)));
            all.filter(|&(.., other)| other == node).map(|(number, at, _)| (number, at)).collect()
        };
        match (places(pickup).as_slice(), places(dropoff).as_slice()) {
            ([], []) => found.push(format!("request {pickup} → {dropoff} is not served")),
            ([from], [to]) if from.0 == to.0 && from.1 < to.1 => {}
            _ => found
                .push(format!("request {pickup} → {dropoff} is not picked up once, then brought once, by one route")),
        }
    }
    if !found.is_empty() {
        return found;
    }
    for (number, route) in routes.iter().enumerate().filter(|(_, route)| !route.is_empty()) {
        let mut load = 0.0;
        for &node in route {
            load += instance.nodes[node].load;
            if load > instance.capacity + tolerance {
                found.push(format!("route {}: load {load} at node {node} exceeds {}", number + 1, instance.capacity));
            }
        }
        if !has_schedule(instance, &instance.with_depots(route), tolerance) {
            found.push(format!("route {}: no schedule keeps windows, ride times and duration", number + 1));
        }
    }
    found
}

/// Bellman-Ford on `t[b] - t[a] <= weight`, each constraint relaxed by the tolerance; vertex `n` is time zero.
fn has_schedule(instance: &BenchmarkInstance, route: &[usize], tolerance: f64) -> bool {
    let zero = route.len();
    let mut edges: Vec<(usize, usize, f64)> = Vec::new();
    for (at, &number) in route.iter().enumerate() {
        let node = &instance.nodes[number];
        edges.push((zero, at, node.latest + tolerance));
        edges.push((at, zero, -node.earliest));
        if let Some(&next) = route.get(at + 1) {
            edges.push((at + 1, at, -(node.service + instance.distance(number, next))));
        }
    }
    if let Some(limit) = instance.max_ride_time {
        for &(pickup, dropoff) in &instance.pairs {
            let position = |wanted: usize| route.iter().position(|&node| node == wanted);
            if let (Some(from), Some(to)) = (position(pickup), position(dropoff)) {
                edges.push((from, to, instance.nodes[pickup].service + limit + tolerance));
            }
        }
    }
    if let Some(limit) = instance.max_duration {
        edges.push((0, zero - 1, limit + tolerance));
    }
    let mut potential = vec![0.0_f64; route.len() + 1];
    for _round in 0..=route.len() + 1 {
        let mut moved = false;
        for &(from, to, weight) in &edges {
            if potential[from] + weight < potential[to] - 1e-9 {
                potential[to] = potential[from] + weight;
                moved = true;
            }
        }
        if !moved {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One rider from (1, 0) to (5, 0); the depot is at the origin and closes at `closes`.
    fn line(closes: f64, max_ride_time: f64, latest_dropoff: f64) -> BenchmarkInstance {
        let node = |x, load, latest| BenchmarkNode { x, y: 0.0, service: 0.0, load, earliest: 0.0, latest };
        let nodes = vec![node(0.0, 0.0, closes), node(1.0, 1.0, 100.0), node(5.0, -1.0, latest_dropoff)];
        BenchmarkInstance {
            vehicles: 1,
            capacity: 1.0,
            max_duration: Some(10.0),
            max_ride_time: Some(max_ride_time),
            nodes,
            pairs: vec![(1, 2)],
            start: 0,
            end: 0,
        }
    }

    fn check(instance: &BenchmarkInstance, route: &[usize], is_fine: bool) {
        assert_eq!(violations(instance, &[route.to_vec()], 1e-6).is_empty(), is_fine, "{route:?} of {instance:?}");
    }

    #[test]
    fn every_limit_holds_at_its_border_and_not_beyond() {
        check(&line(10.0, 4.0, 5.0), &[1, 2], true);
        check(&line(9.9, 4.0, 5.0), &[1, 2], false);
        check(&line(10.0, 3.9, 5.0), &[1, 2], false);
        check(&line(10.0, 4.0, 4.9), &[1, 2], false);
        check(&BenchmarkInstance { max_duration: Some(9.9), ..line(10.0, 4.0, 5.0) }, &[1, 2], false);
        check(&BenchmarkInstance { capacity: 0.0, ..line(10.0, 4.0, 5.0) }, &[1, 2], false);
    }

    #[test]
    fn everybody_is_picked_up_once_and_brought_afterwards() {
        check(&line(10.0, 4.0, 5.0), &[], false);
        check(&line(100.0, 40.0, 50.0), &[2, 1], false);
        check(&line(100.0, 40.0, 50.0), &[1, 1, 2], false);
        check(&line(100.0, 40.0, 50.0), &[1, 2, 7], false);
    }
}
