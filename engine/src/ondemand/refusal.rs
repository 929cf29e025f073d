//! Why nothing fits, claiming only what was proved, and the nearest miss.
//!
//! Every vehicle × position pair is looked at, so that "no insertion" is a fact about the present plan, and
//! "impossible alone" one about empty vehicles. A miss that [`NearestMiss::suffices`] is a promise: give way in exactly
//! that by exactly that much and this very insertion is feasible; by less, and it isn't. Where several rules are broken
//! at once, the first of them is told, in the order of [`Miss`].
//!
//! Nearest: a permitted vehicle before others, then a miss that suffices (one thing before all limits together), then times before
//! seats, then the least amount, then vehicle and positions. Positions that can't be nearer are passed over by a bound.

use std::sync::Arc;

use super::duty::{self, Goal};
use super::insertion::{Place, Wanted};
use super::problem::Problem;
use super::route::Route;
use super::schedule::{Node, driving_time, least_schedule};
use super::solution::{Solution, idle_routes};
use super::specs::DutyRules;
use crate::network::TravelTimes;
use crate::time::Duration;
use crate::units::Load;

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
    /// Nothing else was: with that much leeway there the insertion would be feasible.
    pub suffices: bool,
}

/// A broken rule and by how much, in the order in which they are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// There is no vehicle at all.
    NoVehicle,
    /// Pins, wishes for an order and what has begun leave no position open.
    Pinned,
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
    /// So much too late for a window; where that doesn't suffice, for the first that is missed by driving as early as
    /// possible.
    Late {
        /// Whose window.
        at: LateAt,
        /// By how much.
        by: Duration,
    },
    /// Somebody would ride so much longer than permitted.
    RideTime {
        /// Who.
        of: RiderOf,
        /// By how much.
        by: Duration,
    },
    /// From depot to depot it would be so much longer than permitted.
    RouteDuration {
        /// By how much.
        by: Duration,
    },
    /// A rule for the driver's hours or for waiting on board would have to give way by so much.
    Duty {
        /// Which rule.
        rule: DutyRule,
        /// By how much.
        by: Duration,
    },
    /// Several such rules are in the way together.
    Duties,
    /// Windows hold, but no single ride-time limit or route duration is to blame: each of them would need so much more.
    Limits {
        /// By how much.
        by: Duration,
    },
}

/// One of the [`DutyRules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DutyRule {
    /// No break could begin in its window.
    Break,
    /// Too much driving without a rest.
    ContinuousDriving,
    /// Too much driving in all.
    Driving,
    /// Passengers would wait on board for too long.
    WaitingAboard,
}

/// Whose ride is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiderOf {
    /// The new request.
    Request,
    /// Somebody already on the route.
    Other,
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

impl NearestMiss {
    /// Is the insertion at these positions surely no nearer to fitting? Found in constant time.
    pub(super) fn is_as_near_as(&self, place: Place<'_>, positions: (usize, usize)) -> bool {
        let (_, suffices, is_time, amount) = self.nearness();
        suffices == 2 && is_time && place.least_miss(positions) >= -amount
    }

    /// Larger is nearer to fitting.
    fn nearness(&self) -> (u8, u8, bool, i64) {
        let (class, amount) = match self.miss {
            Miss::NoVehicle | Miss::Pinned => (0, 0),
            Miss::NotPermitted => (1, 0),
            Miss::Mixed => (2, 0),
            Miss::Capacity { short_by, .. } => (3, i64::from(short_by)),
            Miss::Late { by, .. } | Miss::RideTime { by, .. } | Miss::RouteDuration { by } | Miss::Limits { by } => {
                (4, i64::from(by.seconds()))
            }
            Miss::Duty { by, .. } => (4, i64::from(by.seconds())),
            Miss::Duties => (4, ENDLESS),
        };
        let suffices = match self.miss {
            _ if !self.suffices => 0,
            Miss::Limits { .. } => 1,
            _ => 2,
        };
        (class.min(3), suffices, class == 4, -amount)
    }
}

/// The reason why [`super::best_insertion`] found nothing.
pub(super) fn explain(problem: &Problem, solution: &Solution, wanted: Wanted<'_>) -> Refusal {
    let nearest = |routes: &[Arc<Route>]| nearest_miss(problem, routes, wanted, NearestMiss::is_as_near_as);
    match nearest(&idle_routes(problem)) {
        Some(miss) => Refusal::ImpossibleAlone(miss),
        None => Refusal::NoInsertion(nearest(&solution.routes).expect("explained only after an exhaustive search")),
    }
}

/// The nearest miss over all vehicles and positions but those that are passed over for the nearest so far; `None` if one of them
/// fits.
pub(super) fn nearest_miss(
    problem: &Problem,
    routes: &[Arc<Route>],
    wanted: Wanted<'_>,
    passes_over: impl Fn(&NearestMiss, Place<'_>, (usize, usize)) -> bool,
) -> Option<NearestMiss> {
    let miss = if routes.is_empty() { Miss::NoVehicle } else { Miss::Pinned };
    let mut nearest = NearestMiss { vehicle: 0, pickup_after: 0, dropoff_after: 0, miss, suffices: false };
    let mut times = Times::of(problem);
    for (vehicle, route) in routes.iter().enumerate() {
        if wanted.spec.vehicle.is_some_and(|pinned| pinned as usize != vehicle) {
            continue;
        }
        let place = Place { problem, route, vehicle, wanted };
        let allowed = place.allowed();
        for i in 0..=route.stops.len() {
            for j in i..=route.stops.len() {
                if !allowed.contains((i, j)) || passes_over(&nearest, place, (i, j)) {
                    continue;
                }
                let (miss, suffices) = times.miss_at(place, (i, j))?;
                let found = NearestMiss { vehicle, pickup_after: i, dropoff_after: j, miss, suffices };
                if found.nearness() > nearest.nearness() {
                    nearest = found;
                }
            }
        }
    }
    Some(nearest)
}

/// The times of one route with the request inserted, and memory to bend them in.
struct Times<'a> {
    problem: &'a Problem,
    vehicle: usize,
    nodes: Vec<Node>,
    riders: Vec<bool>,
    relaxed: Vec<Node>,
    begin: Vec<i64>,
}

/// What gives way.
#[derive(Clone, Copy)]
enum Way {
    /// The window at this position; the depot's at both ends.
    Window(usize),
    /// The limit at this position.
    Limit(usize),
    /// Every limit.
    Limits,
}

impl<'a> Times<'a> {
    fn of(problem: &'a Problem) -> Self {
        let (nodes, relaxed) = (Vec::new(), Vec::new());
        Self { problem, vehicle: 0, nodes, riders: Vec::new(), relaxed, begin: Vec::new() }
    }

    /// What is in the way of this insertion, and whether it is all that is; `None` if nothing is.
    fn miss_at(&mut self, place: Place<'_>, positions: (usize, usize)) -> Option<(Miss, bool)> {
        let Place { problem, route, vehicle, wanted: Wanted { spec: request, .. } } = place;
        let along = positions.0..=positions.1;
        let is_permitted = problem.vehicles()[vehicle].products.contains(request.product);
        let not_permitted = (!is_permitted).then_some(Miss::NotPermitted);
        let mixed = !route.aboard[along.clone()].iter().all(|aboard| aboard.admits(request.product));
        let mixed = mixed.then_some(Miss::Mixed);
        let capacity = shortage(place, positions);
        self.vehicle = vehicle;
        route.nodes_with(request, positions, &mut self.nodes);
        route.riders_with(request, positions, &mut self.riders);
        let short = capacity.map(|(miss, _)| miss);
        let Some(first) = not_permitted.or(mixed).or(short) else {
            return self.time_missed(positions).or_else(|| self.duty_missed());
        };
        let broken = usize::from(not_permitted.is_some()) + usize::from(mixed.is_some());
        let broken = broken + capacity.map_or(0, |(_, suffices)| if suffices { 1 } else { 2 });
        Some((first, broken == 1 && self.fits(|_, node| *node) && self.keeps_duty(|_, node| *node, self.rules())))
    }

    fn rules(&self) -> &'a DutyRules {
        &self.problem.vehicles()[self.vehicle].duty
    }

    /// Is there a schedule when every node is changed so?
    fn fits(&mut self, change: impl Fn(usize, &Node) -> Node) -> bool {
        self.relaxed.clear();
        self.relaxed.extend(self.nodes.iter().enumerate().map(|(position, node)| change(position, node)));
        least_schedule(self.problem.travel_of(self.vehicle), &self.relaxed, &mut self.begin)
    }

    /// Is there one that keeps these rules as well?
    fn keeps_duty(&mut self, change: impl Fn(usize, &Node) -> Node, rules: &DutyRules) -> bool {
        if rules.is_empty() {
            return true;
        }
        self.relaxed.clear();
        self.relaxed.extend(self.nodes.iter().enumerate().map(|(position, node)| change(position, node)));
        duty::schedule(self.problem.travel_of(self.vehicle), rules, &self.relaxed, &self.riders, Goal::Any).is_some()
    }

    /// A miss of windows or limits.
    fn time_missed(&mut self, positions: (usize, usize)) -> Option<(Miss, bool)> {
        if self.fits(|_, node| *node) {
            return None;
        }
        let window = self.window_alone(positions);
        let limit = self.limit_alone(positions);
        let alone = window.into_iter().chain(limit).min_by_key(|&(by, ..)| by);
        let (by, miss, way) = match alone {
            Some(alone) => alone,
            None => match late_at(self.problem.travel_of(self.vehicle), &self.nodes, positions) {
                Some(late) => return Some((late, false)),
                None => {
                    let by = least(|extension| self.fits(|_, node| extended(node, extension)));
                    (by, Miss::Limits { by: duration(by) }, Way::Limits)
                }
            },
        };
        let depots = [0, self.nodes.len() - 1];
        let gives_way = |position: usize, node: &Node| match way {
            Way::Window(at) if position == at || (depots.contains(&at) && depots.contains(&position)) => {
                Node { latest: node.latest + by, ..*node }
            }
            Way::Limit(at) if position == at => extended(node, by),
            Way::Limits => extended(node, by),
            Way::Window(_) | Way::Limit(_) => *node,
        };
        Some((miss, self.keeps_duty(gives_way, self.rules())))
    }

    /// A miss of the driver's hours or of waiting on board, where windows and limits hold.
    fn duty_missed(&mut self) -> Option<(Miss, bool)> {
        let rules = self.rules();
        if self.keeps_duty(|_, node| *node, rules) {
            return None;
        }
        let all = [DutyRule::Break, DutyRule::ContinuousDriving, DutyRule::Driving, DutyRule::WaitingAboard];
        let alone = all.into_iter().filter_map(|rule| {
            let mut fits = |extension: i64| self.keeps_duty(|_, node| *node, &rules.relaxed(rule, duration(extension)));
            fits(LONG).then(|| (least(fits), rule))
        });
        let nearest = alone.min_by_key(|&(by, _)| by);
        Some(match nearest {
            Some((by, rule)) => (Miss::Duty { rule, by: duration(by) }, true),
            None => (Miss::Duties, false),
        })
    }

    /// The only window that is missed when everything is as early as possible. No begin can be less than in the least
    /// schedule, so that the window needs exactly so much more.
    fn window_alone(&mut self, positions: (usize, usize)) -> Option<(i64, Miss, Way)> {
        if !self.fits(|_, node| Node { latest: i64::MAX, ..*node }) {
            return None;
        }
        let late_by = |position: usize| self.begin[position] - self.nodes[position].latest;
        // The depot closes once: whoever may return later may leave later.
        let depot = late_by(self.nodes.len() - 1).max(late_by(0));
        let depot = (depot > 0).then_some((depot, self.nodes.len() - 1));
        let stops = (1..self.nodes.len() - 1).map(|position| (late_by(position), position));
        let mut missed = stops.filter(|&(by, _)| by > 0).chain(depot);
        let ((by, position), None) = (missed.next()?, missed.next()) else { return None };
        let miss = Miss::Late { at: late_stop(position, self.nodes.len(), positions), by: duration(by) };
        Some((by, miss, Way::Window(position)))
    }

    /// The one limit that, extended by the least, makes a schedule exist.
    fn limit_alone(&mut self, (_, j): (usize, usize)) -> Option<(i64, Miss, Way)> {
        if !self.fits(|_, node| Node { limit: None, ..*node }) {
            return None;
        }
        let mut nearest: Option<(i64, usize)> = None;
        for limited in 0..self.nodes.len() {
            if self.nodes[limited].limit.is_none() {
                continue;
            }
            let mut fits = |extension: i64| {
                self.fits(|position, node| extended(node, if position == limited { extension } else { 0 }))
            };
            if fits(nearest.map_or(ENDLESS, |(by, _)| by - 1)) {
                nearest = Some((least(fits), limited));
            }
        }
        let (by, position) = nearest?;
        let amount = duration(by);
        let miss = match position {
            _ if position == j + 2 => Miss::RideTime { of: RiderOf::Request, by: amount },
            _ if position == self.nodes.len() - 1 => Miss::RouteDuration { by: amount },
            _ => Miss::RideTime { of: RiderOf::Other, by: amount },
        };
        Some((by, miss, Way::Limit(position)))
    }
}

/// Longer than any schedule, small enough to add up.
const ENDLESS: i64 = 1 << 40;
/// The same as a duration.
const LONG: i64 = 1 << 28;

/// What the load on some leg is short of, if anything, and whether more of that alone would do. Of several dimensions of which any
/// would do the one with the least shortage.
fn shortage(place: Place<'_>, (i, j): (usize, usize)) -> Option<(Miss, bool)> {
    let Place { problem, route, vehicle, wanted } = place;
    let capacity = &problem.vehicles()[vehicle].capacity;
    let loads = || route.load[i..=j].iter().map(|&load| load + wanted.spec.load);
    if loads().all(|load| capacity.fits(load)) {
        return None;
    }
    let dimensions = 0..Load::DIMENSION_NAMES.len();
    // In one dimension alone, by configuration; none where another one is short as well.
    let short_alone = |load: Load, dimension: usize| {
        let short = |configuration: Load| {
            let short = (load - configuration).dimensions();
            let others = short.iter().enumerate().all(|(other, &by)| other == dimension || by <= 0);
            others.then_some(short[dimension].max(0))
        };
        capacity.configurations().filter_map(short).min()
    };
    let alone = dimensions.clone().filter_map(|dimension| {
        let needed: Option<Vec<i32>> = loads().map(|load| short_alone(load, dimension)).collect();
        let short_by = needed?.into_iter().max()?;
        (short_by > 0).then_some(Miss::Capacity { dimension, short_by })
    });
    let by = |miss: &Miss| if let Miss::Capacity { short_by, .. } = miss { *short_by } else { 0 };
    if let Some(miss) = alone.min_by_key(by) {
        return Some((miss, true));
    }
    let usual = capacity.configurations().next().expect("every vehicle has a usual configuration");
    let fullest = loads().reduce(Load::max).expect("a route has a depot");
    let short = (fullest - usual).dimensions();
    let most = dimensions.rev().max_by_key(|&dimension| short[dimension]).expect("there are dimensions");
    Some((Miss::Capacity { dimension: most, short_by: short[most].max(1) }, false))
}

fn extended(node: &Node, extension: i64) -> Node {
    Node { limit: node.limit.map(|(position, limit)| (position, limit + extension)), ..*node }
}

/// The least positive extension that fits, where more always fits as well and enough exists.
fn least(mut fits: impl FnMut(i64) -> bool) -> i64 {
    let (mut too_short, mut enough) = (0, 1);
    while !fits(enough) {
        (too_short, enough) = (enough, enough * 2);
    }
    while enough - too_short > 1 {
        let middle = too_short + (enough - too_short) / 2;
        if fits(middle) { enough = middle } else { too_short = middle }
    }
    enough
}

/// The first window that is missed by driving as early as possible.
fn late_at(travel: &TravelTimes, nodes: &[Node], positions: (usize, usize)) -> Option<Miss> {
    let mut begin = nodes[0].earliest;
    for position in 1..nodes.len() {
        let (before, node) = (&nodes[position - 1], &nodes[position]);
        begin = (begin + before.service + driving_time(travel, before, node)).max(node.earliest);
        if begin > node.latest {
            let at = late_stop(position, nodes.len(), positions);
            return Some(Miss::Late { at, by: duration(begin - node.latest) });
        }
    }
    None
}

fn late_stop(position: usize, nodes: usize, (i, j): (usize, usize)) -> LateAt {
    match position {
        _ if position == i + 1 => LateAt::Pickup,
        _ if position == j + 2 => LateAt::Dropoff,
        _ if position == nodes - 1 => LateAt::Return,
        _ => LateAt::Other,
    }
}

fn duration(ticks: i64) -> Duration {
    Duration::from_seconds(i32::try_from(ticks).unwrap_or(i32::MAX))
}
