//! Fewer vehicles: guided ejection search (Nagata & Kobayashi 2010).
//!
//! A route is given up and its requests wait. One after the other they are put in; where one fits nowhere, it takes the place of
//! others that have been less trouble so far, and those wait instead. Between, requests change vehicles at random, so that
//! the next one finds other routes. When nobody waits any more, a vehicle is saved.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::reinsertion::Reinserter;
use super::search::Search;
use crate::ondemand::insertion::{Insertion, Place, Scratch};
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::route::{Route, RouteStop};
use crate::ondemand::solution::Solution;

/// At most so many requests make room for one.
const MOST_EJECTED: usize = 3;
/// Sets of three are looked at on routes with at most so many requests.
const MOST_FOR_TRIPLES: usize = 14;
/// A vehicle that isn't saved within this share of the search hardly ever is.
const PATIENCE: f64 = 0.1;
/// Moves at random after an ejection.
const SHAKES: usize = 60;

impl Search<'_> {
    /// Saves vehicles until the share of the search is over, no more than `fewest` are used, or none was saved for long.
    pub fn reduce_fleet(&mut self, until: f64, fewest: usize) {
        let mut trouble = vec![1_u32; self.problem.request_count()];
        while self.best.unserved(self.problem).next().is_none() && self.share() < until {
            let mut current = self.best.clone();
            let used: Vec<usize> = (0..current.routes.len()).filter(|&v| !current.stops(v).is_empty()).collect();
            if used.len() <= fewest.max(1) {
                return;
            }
            let can_leave = used.iter().copied().filter(|&vehicle| self.can_be_given_up(&current, vehicle));
            let Some(vehicle) = can_leave.min_by_key(|&vehicle| current.stops(vehicle).len()) else { return };
            let mut waiting = current.routes[vehicle].pickups().collect::<Vec<_>>();
            current.remove_all(self.problem, &waiting);
            if waiting.iter().any(|&request| current.vehicle_of(request).is_some()) {
                return;
            }
            waiting.shuffle(&mut self.random);
            self.reinserter.closed = current.routes.iter().map(|route| route.stops.is_empty()).collect();
            let patience = until.min(self.share() + PATIENCE);
            let done = self.place_all(&mut current, &mut waiting, &mut trouble, patience);
            self.reinserter.closed.fill(false);
            if !done {
                return;
            }
            let cost = current.cost(self.problem);
            self.offer(&current, cost);
        }
    }

    /// Has the vehicle begun with nobody, and is nobody pinned to it?
    pub fn can_be_given_up(&self, solution: &Solution, vehicle: usize) -> bool {
        let is_pinned = |stop: &RouteStop| self.problem.request(stop.request).vehicle.is_some();
        self.problem.vehicles()[vehicle].begun_stops == 0 && !solution.stops(vehicle).iter().any(is_pinned)
    }

    /// Places everybody who waits without another vehicle; false when the share of the search is over before.
    fn place_all(
        &mut self,
        current: &mut Solution,
        waiting: &mut Vec<RequestIndex>,
        trouble: &mut [u32],
        until: f64,
    ) -> bool {
        let mut ejector = Ejector { problem: self.problem, scratch: Scratch::default(), route: Route::default() };
        while let Some(request) = waiting.pop() {
            if self.begin_round() || self.share() >= until {
                return false;
            }
            let open = 0..current.routes.len();
            let best = open.filter_map(|vehicle| cheapest_open(&mut self.reinserter, current, request, vehicle)).min();
            if let Some(insertion) = best {
                current.insert(self.problem, request, insertion);
                continue;
            }
            trouble[request.index()] += 1;
            match ejector.least_trouble(current, request, trouble, &mut self.random) {
                Some(found) => {
                    current.remove_all(self.problem, &found.ejected);
                    current.insert(self.problem, request, found.insertion);
                    let mut ejected = found.ejected;
                    ejected.shuffle(&mut self.random);
                    waiting.extend(ejected);
                }
                None => waiting.insert(0, request),
            }
            shake(self.problem, &mut self.reinserter, current, &mut self.random);
        }
        true
    }
}

fn cheapest_open(
    reinserter: &mut Reinserter<'_>,
    solution: &Solution,
    request: RequestIndex,
    vehicle: usize,
) -> Option<Insertion> {
    if reinserter.closed[vehicle] { None } else { reinserter.cheapest_on(solution, request, vehicle) }
}

/// Moves requests to other vehicles at random.
fn shake(problem: &Problem, reinserter: &mut Reinserter<'_>, solution: &mut Solution, random: &mut ChaCha8Rng) {
    let used: Vec<usize> = (0..solution.routes.len()).filter(|&v| !solution.stops(v).is_empty()).collect();
    let mut scratch = Scratch::default();
    for _ in 0..SHAKES {
        let from = used[random.random_range(0..used.len())];
        let to = used[random.random_range(0..used.len())];
        let stops = solution.stops(from);
        if from == to || stops.is_empty() || solution.stops(to).is_empty() {
            continue;
        }
        let request = stops[random.random_range(0..stops.len())].request;
        if cheapest_open(reinserter, solution, request, to).is_none() {
            continue;
        }
        let Some(insertion) = any_insertion(problem, solution, request, to, &mut scratch, random) else { continue };
        if solution.remove(problem, request) {
            solution.insert(problem, request, insertion);
        }
    }
}

/// Any feasible insertion into a route, each as likely.
fn any_insertion(
    problem: &Problem,
    solution: &Solution,
    request: RequestIndex,
    vehicle: usize,
    scratch: &mut Scratch,
    random: &mut ChaCha8Rng,
) -> Option<Insertion> {
    let mut chosen = None;
    let mut count = 0_u32;
    let place = Place { problem, route: &solution.routes[vehicle], vehicle, wanted: problem.wanted(request) };
    place.each_insertion(i64::MAX, scratch, |insertion| {
        count += 1;
        if random.random_range(0..count) == 0 {
            chosen = Some(insertion);
        }
        i64::MAX
    });
    chosen
}

/// Who makes room, and where the other goes then.
struct Ejection {
    ejected: Vec<RequestIndex>,
    insertion: Insertion,
}

struct Ejector<'a> {
    problem: &'a Problem,
    scratch: Scratch,
    route: Route,
}

impl Ejector<'_> {
    /// The few requests of one route that have been the least trouble and whose leaving makes room; ties at random.
    fn least_trouble(
        &mut self,
        solution: &Solution,
        request: RequestIndex,
        trouble: &[u32],
        random: &mut ChaCha8Rng,
    ) -> Option<Ejection> {
        let mut vehicles: Vec<usize> = (0..solution.routes.len()).filter(|&v| !solution.stops(v).is_empty()).collect();
        vehicles.shuffle(random);
        let mut best: Option<(u32, Ejection)> = None;
        for size in 1..=MOST_EJECTED {
            for &vehicle in &vehicles {
                let route = &solution.routes[vehicle];
                let mut aboard: Vec<RequestIndex> = route.pickups().collect();
                aboard.retain(|&other| !route.has_begun(self.problem, vehicle, other));
                if size == 3 && aboard.len() > MOST_FOR_TRIPLES {
                    continue;
                }
                aboard.sort_by_key(|other| trouble[other.index()]);
                self.eject(solution, (request, vehicle), &aboard, trouble, (&mut Vec::new(), 0, size), &mut best);
            }
        }
        best.map(|(_, ejection)| ejection)
    }

    /// Tries all sets of exactly `size` more requests from `aboard`, which is sorted by trouble.
    fn eject(
        &mut self,
        solution: &Solution,
        (request, vehicle): (RequestIndex, usize),
        aboard: &[RequestIndex],
        trouble: &[u32],
        (chosen, sum, size): (&mut Vec<RequestIndex>, u32, usize),
        best: &mut Option<(u32, Ejection)>,
    ) {
        for (index, &other) in aboard.iter().enumerate() {
            let sum = sum + trouble[other.index()];
            // All that follow are at least as much trouble.
            let at_least = sum + trouble[other.index()] * (size as u32 - 1);
            if best.as_ref().is_some_and(|(least, _)| at_least >= *least) {
                return;
            }
            chosen.push(other);
            if size > 1 {
                let rest = &aboard[index + 1..];
                self.eject(solution, (request, vehicle), rest, trouble, (chosen, sum, size - 1), best);
            } else if let Some(insertion) = self.fits_without(solution, (request, vehicle), chosen) {
                *best = Some((sum, Ejection { ejected: chosen.clone(), insertion }));
            }
            chosen.pop();
        }
    }

    fn fits_without(
        &mut self,
        solution: &Solution,
        (request, vehicle): (RequestIndex, usize),
        ejected: &[RequestIndex],
    ) -> Option<Insertion> {
        let stays = |stop: &&RouteStop| !ejected.contains(&stop.request);
        self.route.stops.clear();
        self.route.stops.extend(solution.routes[vehicle].stops.iter().filter(stays));
        self.route.refresh(self.problem, vehicle);
        if !self.route.has_schedule {
            return None;
        }
        let mut found = None;
        let wanted = self.problem.wanted(request);
        let place = Place { problem: self.problem, route: &self.route, vehicle, wanted };
        place.each_insertion(i64::MAX, &mut self.scratch, |insertion| {
            found = Some(insertion);
            i64::MIN
        });
        found
    }
}
