//! Why nothing fits, claiming only what was proved, and the nearest miss.
//!
//! Every vehicle × position pair is looked at, so that "no insertion" is a fact about the present plan, and
//! "impossible alone" one about empty vehicles. Per pair the first broken rule counts, in the order of [`Miss`];
//! the nearest miss is the pair that came furthest, then the one that misses by least.

use super::problem::{Problem, RequestSpec};
use super::route::Route;
use super::schedule::{Node, driving_time, least_schedule};
use super::solution::Solution;
use crate::time::Duration;

/// Nothing fits, and that was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No vehicle could serve the request even if it had nothing else to do.
    ImpossibleAlone(NearestMiss),
    /// Some vehicle could alone, but none with its present stops in their present order.
    NoInsertion(NearestMiss),
}

/// What came nearest to fitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NearestMiss {
    /// On this vehicle …
    pub vehicle: usize,
    /// … with the pickup after so many of its stops (0 for an empty vehicle) …
    pub pickup_after: usize,
    /// … and the drop-off after so many …
    pub dropoff_after: usize,
    /// … this was in the way.
    pub miss: Miss,
}

/// A broken rule and by how much, in the order in which they are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// There is no vehicle at all.
    NoVehicle,
    /// The vehicle isn't permitted for the product.
    NotPermitted,
    /// Pupils would share the vehicle with others.
    Mixed,
    /// This dimension (of [`crate::units::Load::DIMENSION_NAMES`]) is short by so much at the fullest.
    Capacity {
        /// Index of the dimension with the largest shortage.
        dimension: usize,
        /// By how much.
        short_by: i32,
    },
    /// Driving as early as possible, the vehicle is so much too late for its first missed window.
    Late {
        /// Whose window.
        at: LateAt,
        /// By how much.
        by: Duration,
    },
    /// Windows hold, but ride-time limits or the route duration don't: all of them together would need so much more.
    Limits {
        /// By how much.
        by: Duration,
    },
}

/// Whose window closes too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateAt {
    /// The new request's pickup.
    Pickup,
    /// The new request's drop-off.
    Dropoff,
    /// A stop of somebody already on the route.
    Other,
    /// The end depot.
    Return,
}

impl Miss {
    /// Larger is nearer to fitting: how far it came, then by how little it missed.
    fn nearness(self) -> (u8, i64) {
        match self {
            Self::NoVehicle => (0, 0),
            Self::NotPermitted => (1, 0),
            Self::Mixed => (2, 0),
            Self::Capacity { short_by, .. } => (3, -i64::from(short_by)),
            Self::Late { by, .. } => (4, -i64::from(by.seconds())),
            Self::Limits { by } => (5, -i64::from(by.seconds())),
        }
    }
}

/// The reason why [`super::best_insertion`] found nothing.
pub(super) fn explain(problem: &Problem, solution: &Solution, request: &RequestSpec) -> Refusal {
    let empty: Vec<Route> =
        (0..problem.vehicles().len()).map(|vehicle| Route::new(problem, vehicle, Vec::new())).collect();
    match nearest_miss(problem, &empty, request) {
        Some(miss) => Refusal::ImpossibleAlone(miss),
        None => Refusal::NoInsertion(
            nearest_miss(problem, &solution.routes, request).expect("explained only after an exhaustive search"),
        ),
    }
}

/// The nearest miss over all vehicles and positions; `None` if one of them fits.
fn nearest_miss(problem: &Problem, routes: &[Route], request: &RequestSpec) -> Option<NearestMiss> {
    let nothing = NearestMiss { vehicle: 0, pickup_after: 0, dropoff_after: 0, miss: Miss::NoVehicle };
    let mut nearest = nothing;
    for (vehicle, route) in routes.iter().enumerate() {
        for i in 0..=route.stops.len() {
            for j in i..=route.stops.len() {
                let miss = miss_at(problem, route, vehicle, request, (i, j))?;
                if miss.nearness() > nearest.miss.nearness() {
                    nearest = NearestMiss { vehicle, pickup_after: i, dropoff_after: j, miss };
                }
            }
        }
    }
    Some(nearest)
}

fn miss_at(
    problem: &Problem,
    route: &Route,
    vehicle: usize,
    request: &RequestSpec,
    (i, j): (usize, usize),
) -> Option<Miss> {
    let spec = &problem.vehicles()[vehicle];
    if !spec.products.contains(request.product) {
        return Some(Miss::NotPermitted);
    }
    if !route.aboard[i..=j].iter().all(|aboard| aboard.admits(request.product)) {
        return Some(Miss::Mixed);
    }
    let fullest = route.load[i..=j].iter().fold(route.load[i], |fullest, &load| fullest.max(load));
    let shortage = (fullest + request.load - spec.capacity).dimensions();
    let worst = (0..shortage.len()).rev().max_by_key(|&dimension| shortage[dimension]).expect("a load has dimensions");
    if shortage[worst] > 0 {
        return Some(Miss::Capacity { dimension: worst, short_by: shortage[worst] });
    }
    let mut nodes = Vec::new();
    route.nodes_with(request, (i, j), &mut nodes);
    late_at(problem, &nodes, (i, j)).or_else(|| limits_missed(problem, &nodes))
}

fn late_at(problem: &Problem, nodes: &[Node], (i, j): (usize, usize)) -> Option<Miss> {
    let mut begin = nodes[0].earliest;
    for position in 1..nodes.len() {
        let (before, node) = (&nodes[position - 1], &nodes[position]);
        begin = (begin + before.service + driving_time(problem.travel(), before, node)).max(node.earliest);
        if begin > node.latest {
            let at = match position {
                _ if position == i + 1 => LateAt::Pickup,
                _ if position == j + 2 => LateAt::Dropoff,
                _ if position == nodes.len() - 1 => LateAt::Return,
                _ => LateAt::Other,
            };
            return Some(Miss::Late { at, by: duration(begin - node.latest) });
        }
    }
    None
}

/// The least common extension of all limits that makes a schedule exist, by bisection; windows hold already.
fn limits_missed(problem: &Problem, nodes: &[Node]) -> Option<Miss> {
    let mut begin = Vec::new();
    let mut fits = |extension: i64| {
        let extended: Vec<Node> = nodes
            .iter()
            .map(|node| Node { limit: node.limit.map(|(position, limit)| (position, limit + extension)), ..*node })
            .collect();
        least_schedule(problem.travel(), &extended, &mut begin)
    };
    if fits(0) {
        return None;
    }
    let (mut too_short, mut enough) = (0, 1);
    while !fits(enough) {
        (too_short, enough) = (enough, enough * 2);
    }
    while enough - too_short > 1 {
        let middle = too_short + (enough - too_short) / 2;
        if fits(middle) { enough = middle } else { too_short = middle }
    }
    Some(Miss::Limits { by: duration(enough) })
}

fn duration(ticks: i64) -> Duration {
    Duration::from_seconds(i32::try_from(ticks).unwrap_or(i32::MAX))
}
