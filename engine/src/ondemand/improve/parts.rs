//! A large problem, part by part: the vehicles are cut into groups of neighbours, every group is improved as a problem of its own,
//! the results are put together, and the vehicles are cut into other groups (POPMUSIC: Taillard & Voß 2002). A round costs
//! the same however large the whole is, and groups can be worked on side by side: they have nothing in common.
//!
//! All groups anneal at the temperature of the whole. What makes the groups is one seed, and each of them has its own, so that
//! threads only decide when a group is worked on.

use rand::Rng;
use rand::seq::SliceRandom;

use super::annealing::Cooling;
use super::emptying::Emptying;
use super::leaving_out::LeavingOut;
use super::part::Part;
use super::search::Search;
use super::{Pace, Report, SearchOptions, crew};
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::solution::Solution;
use crate::stop_signal::StopSignal;

/// A group has about so many requests …
const REQUESTS_PER_PART: usize = 80;
/// … and at least so many vehicles, because what is exchanged between few is soon settled.
const LEAST_VEHICLES: usize = 3;
/// Rounds of a group before the vehicles are cut anew.
const ROUNDS_PER_PART: u64 = 1_500;
/// The same while somebody is left out for a vehicle less.
const ROUNDS_PER_EMPTYING: u64 = 400;
/// The share of the search that may be spent on using fewer vehicles by ejections in the whole, where vehicles cost anything; what is
/// easily saved is saved by then.
const EJECTIONS_SHARE: f64 = 0.1;
/// Annealing starts at this share of the mean driving cost of a served request: of many requests each has few rounds, too few
/// to cool down from more …
const START_SHARE: f64 = 0.2;
/// … and ends at this: what each of many requests is off its best place adds up.
const END_SHARE: f64 = 0.002;

/// What a group has come to.
struct Piece {
    part: Part,
    seed: u64,
    rounds: u64,
    leaving_out: LeavingOut,
    current: Solution,
    best: Solution,
}

pub(super) fn improve(
    problem: &Problem,
    start: Solution,
    options: &SearchOptions<'_>,
    progress: Report<'_>,
    stop: StopSignal<'_>,
) -> Solution {
    let mut search = Search::new(problem, start, (options.pace, options.seed), Some(progress), stop);
    let mut emptying = Emptying::new(problem);
    if problem.objective().per_vehicle > 0 {
        search.reduce_fleet(EJECTIONS_SHARE, 0);
    }
    let began = search.share();
    let mean_cost = search.mean_cost();
    let cooling = Cooling::new((began, 1.0), START_SHARE * mean_cost, END_SHARE * mean_cost);
    let mut current = search.best.clone();
    while search.share() < 1.0 && !stop.is_raised() {
        search.report();
        emptying.decide(&search, &mut current);
        let cooling = Cooling::steady(cooling.temperature(search.share()));
        let (next, best) = anneal_parts(&mut search, &current, (options.threads, cooling), emptying.is_under_way());
        for solution in [&best, &next] {
            let cost = solution.cost(problem);
            search.offer(solution, cost);
        }
        current = next;
    }
    search.best
}

/// Every group anneals for a while; where all have got to, and the best of all.
fn anneal_parts(
    search: &mut Search<'_>,
    current: &Solution,
    (threads, cooling): (usize, Cooling),
    leaves_out: bool,
) -> (Solution, Solution) {
    let (problem, stop) = (search.problem, search.stop);
    let groups = groups(search, current, !leaves_out);
    let left = match search.pace {
        Pace::Rounds(all) => all.saturating_sub(search.iteration).div_ceil(groups.len().max(1) as u64).max(1),
        Pace::Clock { .. } => u64::MAX,
    };
    let mut pieces: Vec<Piece> = groups
        .into_iter()
        .map(|(vehicles, waiting)| {
            let part = Part::cut(problem, current, vehicles, &waiting);
            let (current, best) = (part.solution.clone(), part.solution.clone());
            let mut leaving_out = search.leaving_out.for_part(&part.requests);
            leaving_out.is_urgent = leaves_out;
            let rounds = if leaves_out { ROUNDS_PER_EMPTYING } else { ROUNDS_PER_PART }.min(left);
            Piece { part, seed: search.random.random(), rounds, leaving_out, current, best }
        })
        .collect();
    crew::for_each(threads, &mut pieces, |piece| {
        if stop.is_raised() {
            return;
        }
        let pace = Pace::Rounds(piece.rounds);
        let mut own = Search::new(&piece.part.problem, piece.part.solution.clone(), (pace, piece.seed), None, stop);
        own.leaving_out = piece.leaving_out.clone();
        let start = own.best.clone();
        let end = own.anneal(start, cooling, 1.0);
        piece.current = if leaves_out || own.keeps_promises(&end) { end } else { own.best.clone() };
        piece.rounds = own.iteration;
        piece.best = own.best;
        piece.leaving_out = own.leaving_out;
    });
    search.leaving_out.learn(pieces.iter().map(|piece| (&piece.leaving_out, &piece.part.requests[..])));
    let (mut reached, mut best) = (current.clone(), current.clone());
    for piece in &pieces {
        search.iteration += piece.rounds.max(1);
        piece.part.put_back(&piece.current, problem, &mut reached);
        piece.part.put_back(&piece.best, problem, &mut best);
    }
    (reached, best)
}

/// All vehicles on the road in groups of neighbours; if wanted, an idle one of each kind with every group as long as there are
/// any; and whoever waits with the group of somebody near.
fn groups(search: &mut Search<'_>, current: &Solution, with_idle: bool) -> Vec<(Vec<usize>, Vec<RequestIndex>)> {
    let problem = search.problem;
    let count = current.routes.len();
    let mut seeds: Vec<usize> = (0..count).filter(|&vehicle| !current.stops(vehicle).is_empty()).collect();
    seeds.shuffle(&mut search.random);
    let mut group_of = vec![usize::MAX; count];
    let mut groups: Vec<(Vec<usize>, Vec<RequestIndex>)> = Vec::new();
    for index in 0..seeds.len() {
        if group_of[seeds[index]] != usize::MAX {
            continue;
        }
        let (mut members, mut requests) = (Vec::new(), 0);
        let mut candidates = neighbours(search, current, seeds[index]);
        candidates.extend(&seeds[index..]);
        for vehicle in candidates {
            if requests >= REQUESTS_PER_PART && members.len() >= LEAST_VEHICLES {
                break;
            }
            if group_of[vehicle] == usize::MAX {
                group_of[vehicle] = groups.len();
                requests += current.stops(vehicle).len() / 2;
                members.push(vehicle);
            }
        }
        groups.push((members, Vec::new()));
    }
    let mut idle: Vec<usize> = (0..count).filter(|&vehicle| with_idle && current.stops(vehicle).is_empty()).collect();
    if groups.is_empty() {
        groups.push((std::mem::take(&mut idle), Vec::new()));
    }
    let kinds = problem.first_equals();
    for (number, (members, _)) in groups.iter_mut().enumerate() {
        let own = members.len();
        idle.retain(|&vehicle| {
            let is_new = members[own..].iter().all(|&other| kinds[other] != kinds[vehicle]);
            if is_new {
                group_of[vehicle] = number;
                members.push(vehicle);
            }
            !is_new
        });
        members.sort_unstable();
    }
    for request in current.unserved(problem) {
        let pinned = problem.request(request).vehicle.map(|vehicle| vehicle as usize);
        let near = || search.remover.near(request).iter().find_map(|&other| current.vehicle_of(other));
        let group = pinned.or_else(near).and_then(|vehicle| group_of.get(vehicle)).copied();
        groups[group.filter(|&group| group < count).unwrap_or(0)].1.push(request);
    }
    groups
}

/// The vehicle itself and those that serve many who are near those whom it serves, most first.
fn neighbours(search: &Search<'_>, current: &Solution, vehicle: usize) -> Vec<usize> {
    let mut shared = vec![0_u32; current.routes.len()];
    shared[vehicle] = u32::MAX;
    for request in current.routes[vehicle].pickups() {
        for &other in search.remover.near(request) {
            if let Some(other) = current.vehicle_of(other) {
                shared[other] = shared[other].saturating_add(1);
            }
        }
    }
    let mut near: Vec<usize> = (0..shared.len()).filter(|&other| shared[other] > 0).collect();
    near.sort_by_key(|&other| std::cmp::Reverse(shared[other]));
    near
}
