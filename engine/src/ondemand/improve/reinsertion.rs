//! Putting requests back: one after the other in some order, or those first that would regret waiting most.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::ondemand::insertion::{Insertion, Scratch, cheapest_on};
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::solution::Solution;
use crate::stop_signal::StopSignal;

/// Which request goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// In any order.
    Shuffled,
    /// The longest direct ride first.
    LongestFirst,
    /// The shortest direct ride first.
    ShortestFirst,
    /// By the beginning of the pickup window.
    EarliestFirst,
    /// The tightest windows first.
    TightestFirst,
    /// The one whose best vehicle is furthest ahead of its second to k-th best.
    Regret(usize),
}

impl Style {
    pub const ALL: [Self; 7] = [
        Self::Shuffled,
        Self::LongestFirst,
        Self::ShortestFirst,
        Self::EarliestFirst,
        Self::TightestFirst,
        Self::Regret(2),
        Self::Regret(3),
    ];
    /// How often each is drawn at first.
    pub const WEIGHTS: [f64; 7] = [4.0, 2.0, 1.0, 1.0, 1.0, 2.0, 1.0];
}

/// How often a vehicle is overlooked, so that the second best gets a chance (Christiaens & Vanden Berghe 2020).
const BLINK: f64 = 0.01;

/// The cheapest insertion of a request into a route, as long as the route is the same.
#[derive(Clone, Copy, Debug)]
struct Remembered {
    fingerprint: u64,
    /// [`NOWHERE`] if it doesn't fit.
    cost: i64,
    pickup_after: u32,
    dropoff_after: u32,
}

/// Stands for "fits nowhere": more than any cost, small enough to add up.
const NOWHERE: i64 = i64::MAX / 64;

/// Reinserts requests, and remembers the cheapest insertion per request and vehicle until the vehicle's route changes.
pub(super) struct Reinserter<'a> {
    problem: &'a Problem,
    stop: StopSignal<'a>,
    scratch: Scratch,
    /// Row-major: request × vehicle.
    remembered: Vec<Remembered>,
    /// By vehicle: the next one that is its equal.
    next_equal: Vec<Option<u32>>,
    /// By vehicle: is it the first of its equals?
    first_equal: Vec<bool>,
    /// By vehicle: nothing is inserted there for now.
    pub closed: Vec<bool>,
    /// The vehicles to try: those on the road, and of each kind of idle ones the first.
    open: Vec<u32>,
}

impl<'a> Reinserter<'a> {
    pub fn new(problem: &'a Problem, stop: StopSignal<'a>) -> Self {
        let firsts = problem.first_equals();
        let count = firsts.len();
        let (mut next_equal, mut first_equal) = (vec![None; count], vec![true; count]);
        let mut last_equal: Vec<usize> = (0..count).collect();
        for (vehicle, &first) in firsts.iter().enumerate().filter(|&(vehicle, &first)| first != vehicle) {
            next_equal[last_equal[first]] = Some(vehicle as u32);
            first_equal[vehicle] = false;
            last_equal[first] = vehicle;
        }
        let nothing = Remembered { fingerprint: 0, cost: NOWHERE, pickup_after: 0, dropoff_after: 0 };
        Self {
            problem,
            stop,
            scratch: Scratch::default(),
            remembered: vec![nothing; problem.request_count() * count],
            next_equal,
            first_equal,
            closed: vec![false; count],
            open: Vec::new(),
        }
    }

    /// Serves as many of `waiting` as fit. Once the stop signal is raised the rest stays unserved.
    pub fn reinsert(
        &mut self,
        solution: &mut Solution,
        waiting: &mut Vec<RequestIndex>,
        style: Style,
        random: &mut ChaCha8Rng,
    ) {
        self.find_open(solution);
        let problem = self.problem;
        let direct = |request: &RequestIndex| {
            let spec = problem.request(*request);
            problem.travel().distance(spec.pickup.place, spec.dropoff.place)
        };
        waiting.shuffle(random);
        match style {
            Style::Regret(count) => return self.by_regret(solution, waiting, count, random),
            Style::Shuffled => {}
            Style::LongestFirst => waiting.sort_by_key(|request| std::cmp::Reverse(direct(request))),
            Style::ShortestFirst => waiting.sort_by_key(direct),
            Style::EarliestFirst => waiting.sort_by_key(|&request| problem.request(request).pickup.window.earliest),
            Style::TightestFirst => waiting.sort_by_key(|&request| {
                let spec = problem.request(request);
                spec.pickup.window.length() + spec.dropoff.window.length()
            }),
        }
        for &request in waiting.iter() {
            if self.stop.is_raised() {
                return;
            }
            if let Some(insertion) = self.cheapest(solution, request, random) {
                self.insert(solution, request, insertion);
            }
        }
    }

    /// The cheapest insertion over all open vehicles, now and then overlooking one.
    fn cheapest(&mut self, solution: &Solution, request: RequestIndex, random: &mut ChaCha8Rng) -> Option<Insertion> {
        let mut best: Option<Insertion> = None;
        for index in 0..self.open.len() {
            let found = self.cheapest_on(solution, request, self.open[index] as usize);
            let Some(found) = found.filter(|found| best.is_none_or(|best| *found < best)) else { continue };
            if !random.random_bool(BLINK) {
                best = Some(found);
            }
        }
        best
    }

    /// The cheapest insertion into one vehicle's route.
    pub fn cheapest_on(&mut self, solution: &Solution, request: RequestIndex, vehicle: usize) -> Option<Insertion> {
        let remembered = &mut self.remembered[request.index() * self.next_equal.len() + vehicle];
        let fingerprint = solution.routes[vehicle].fingerprint;
        if remembered.fingerprint != fingerprint {
            let wanted = self.problem.wanted(request);
            let found = cheapest_on(self.problem, solution, wanted, vehicle, None, &mut self.scratch);
            *remembered = match found {
                None => Remembered { fingerprint, cost: NOWHERE, pickup_after: 0, dropoff_after: 0 },
                Some(Insertion { cost, pickup_after, dropoff_after, .. }) => Remembered {
                    fingerprint,
                    cost,
                    pickup_after: pickup_after as u32,
                    dropoff_after: dropoff_after as u32,
                },
            };
        }
        let &mut Remembered { cost, pickup_after, dropoff_after, .. } = remembered;
        (cost < NOWHERE).then_some(Insertion {
            cost,
            vehicle,
            pickup_after: pickup_after as usize,
            dropoff_after: dropoff_after as usize,
        })
    }

    fn find_open(&mut self, solution: &Solution) {
        self.open.clear();
        for vehicle in 0..self.closed.len() {
            if !self.closed[vehicle] && !solution.routes[vehicle].stops.is_empty() {
                self.open.push(vehicle as u32);
            }
        }
        for vehicle in (0..self.closed.len()).filter(|&vehicle| self.first_equal[vehicle]) {
            let idle = self.first_idle_from(solution, Some(vehicle as u32));
            self.open.extend(idle);
        }
    }

    /// Of equal idle vehicles only the first is tried.
    fn first_idle_from(&self, solution: &Solution, mut vehicle: Option<u32>) -> Option<u32> {
        while let Some(index) = vehicle {
            if !self.closed[index as usize] && solution.routes[index as usize].stops.is_empty() {
                return vehicle;
            }
            vehicle = self.next_equal[index as usize];
        }
        None
    }

    pub fn insert(&mut self, solution: &mut Solution, request: RequestIndex, insertion: Insertion) {
        let opened = solution.routes[insertion.vehicle].stops.is_empty();
        solution.insert(self.problem, request, insertion);
        if opened {
            let next = self.first_idle_from(solution, self.next_equal[insertion.vehicle]);
            self.open.extend(next);
        }
    }

    fn by_regret(
        &mut self,
        solution: &mut Solution,
        waiting: &mut Vec<RequestIndex>,
        count: usize,
        random: &mut ChaCha8Rng,
    ) {
        while !self.stop.is_raised() {
            let mut chosen: Option<((i64, i64), usize, Insertion)> = None;
            for (row, &request) in waiting.iter().enumerate() {
                let Some((insertion, regret)) = self.best_and_regret(solution, request, count, random) else {
                    continue;
                };
                let key = (-regret, insertion.cost);
                if chosen.is_none_or(|(other, ..)| key < other) {
                    chosen = Some((key, row, insertion));
                }
            }
            let Some((_, row, insertion)) = chosen else { return };
            let request = waiting.swap_remove(row);
            self.insert(solution, request, insertion);
        }
    }

    /// The best insertion, and the summed lead over the second to k-th.
    fn best_and_regret(
        &mut self,
        solution: &Solution,
        request: RequestIndex,
        count: usize,
        random: &mut ChaCha8Rng,
    ) -> Option<(Insertion, i64)> {
        let mut costs = [NOWHERE; 4];
        let mut best: Option<Insertion> = None;
        for index in 0..self.open.len() {
            let Some(found) = self.cheapest_on(solution, request, self.open[index] as usize) else { continue };
            if found.cost >= costs[count - 1] || random.random_bool(BLINK) {
                continue;
            }
            if best.is_none_or(|best| found < best) {
                best = Some(found);
            }
            let mut cost = found.cost;
            for place in &mut costs[..count] {
                if cost < *place {
                    std::mem::swap(&mut cost, place);
                }
            }
        }
        let best = best?;
        Some((best, costs[1..count].iter().map(|cost| cost - costs[0]).sum()))
    }
}
