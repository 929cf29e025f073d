//! Exchanging the rest of two vehicles' routes at points where both are empty: a change of many requests at once that taking
//! out and putting back one by one hardly ever finds.

use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::route::{Route, RouteStop};
use crate::ondemand::solution::Solution;

/// Where nobody is on board, behind what has begun: so many stops come before.
fn cuts<'a>(problem: &Problem, vehicle: usize, route: &'a Route) -> impl Iterator<Item = usize> + use<'a> {
    let begun = problem.vehicles()[vehicle].begun_stops.min(route.stops.len());
    (begun..=route.stops.len()).filter(|&position| route.aboard[position].is_nobody())
}

/// Exchanges tails between `changed` vehicles and all others as long as that saves anything.
pub(super) fn exchange_tails(problem: &Problem, solution: &mut Solution, changed: &mut Vec<usize>) {
    while let Some(one) = changed.pop() {
        if solution.routes[one].stops.is_empty() {
            continue;
        }
        for other in 0..solution.routes.len() {
            if other != one && !solution.routes[other].stops.is_empty() && exchange(problem, solution, one, other) {
                changed.retain(|&vehicle| vehicle != other);
                changed.extend([other, one]);
                break;
            }
        }
    }
}

/// The first exchange between two vehicles that saves something.
fn exchange(problem: &Problem, solution: &mut Solution, one: usize, other: usize) -> bool {
    let (first, second) = (Arc::clone(&solution.routes[one]), Arc::clone(&solution.routes[other]));
    for i in cuts(problem, one, &first) {
        let (before_i, behind_i) = (&first.nodes[i], &first.nodes[i + 1]);
        let cost_i = first.legs[i].cost;
        for j in cuts(problem, other, &second) {
            let (before_j, behind_j) = (&second.nodes[j], &second.nodes[j + 1]);
            let (ends_i, ends_j) = (i == first.stops.len(), j == second.stops.len());
            let forth = problem.driving(one).leg(before_i.place, behind_j.place);
            let back = problem.driving(other).leg(before_j.place, behind_i.place);
            let stays_home = (i == 0 && ends_j) || (j == 0 && ends_i);
            let saved = cost_i + second.legs[j].cost - forth.cost - back.cost;
            // By the earliest and latest begins of both; a vehicle's own depot is looked at when the route is built.
            let in_time = (ends_j || first.earliest[i] + before_i.service + forth.seconds <= second.latest[j + 1])
                && (ends_i || second.earliest[j] + before_j.service + back.seconds <= first.latest[i + 1]);
            if (saved <= 0 && !stays_home) || !in_time || (i == 0 && j == 0) || (ends_i && ends_j) {
                continue;
            }
            let crossed = cross(problem, (one, &first, i), (other, &second, j));
            if let Some((first_new, second_new)) = crossed
                && first_new.cost + second_new.cost < first.cost + second.cost
            {
                solution.put(one, first_new);
                solution.put(other, second_new);
                return true;
            }
        }
    }
    false
}

type Cut<'a> = (usize, &'a Route, usize);

/// Both vehicles with the other's tail, if they may and can.
fn cross(problem: &Problem, (one, first, i): Cut<'_>, (other, second, j): Cut<'_>) -> Option<(Route, Route)> {
    let joined = |head: &[RouteStop], tail: &[RouteStop]| head.iter().chain(tail).copied().collect::<Vec<_>>();
    let first_new = Route::new(problem, one, joined(&first.stops[..i], &second.stops[j..]));
    if !first_new.is_feasible(problem, one) {
        return None;
    }
    let second_new = Route::new(problem, other, joined(&second.stops[..j], &first.stops[i..]));
    second_new.is_feasible(problem, other).then_some((first_new, second_new))
}

/// Exchanges tails of the vehicles that serve two requests, at whatever cost; who doesn't fit any more behind the cut is
/// taken out, in `removed`. False if nothing was changed.
pub(super) fn force_exchange(
    problem: &Problem,
    solution: &mut Solution,
    (one, other): (usize, usize),
    removed: &mut Vec<RequestIndex>,
    random: &mut ChaCha8Rng,
) -> bool {
    let (first, second) = (Arc::clone(&solution.routes[one]), Arc::clone(&solution.routes[other]));
    let ways: Vec<usize> = cuts(problem, one, &first).collect();
    let i = ways[random.random_range(0..ways.len())];
    // The cut of the other that comes nearest in time.
    let Some(j) = cuts(problem, other, &second).min_by_key(|&j| (second.earliest[j] - first.earliest[i]).abs()) else {
        return false;
    };
    if (i == 0 && j == 0) || (i == first.stops.len() && j == second.stops.len()) {
        return false;
    }
    // Nothing if not even the head can be driven alone: from its end the driver may come home too late for a rest.
    let mut joined = |vehicle: usize, head: &[RouteStop], tail: &[RouteStop]| {
        let mut tail: Vec<RouteStop> = tail.to_vec();
        loop {
            let route = Route::new(problem, vehicle, head.iter().chain(&tail).copied().collect());
            if route.is_feasible(problem, vehicle) {
                return Some(route);
            }
            let request = tail.first()?.request;
            tail.retain(|stop| stop.request != request);
            removed.push(request);
        }
    };
    let first_new = joined(one, &first.stops[..i], &second.stops[j..]);
    let second_new = joined(other, &second.stops[..j], &first.stops[i..]);
    let (Some(first_new), Some(second_new)) = (first_new, second_new) else {
        removed.clear();
        return false;
    };
    solution.put(one, first_new);
    solution.put(other, second_new);
    for request in removed.iter() {
        solution.served_by[request.index()] = None;
    }
    true
}
