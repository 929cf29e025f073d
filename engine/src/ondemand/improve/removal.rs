//! Taking requests out: at random, related ones, costly ones, strings of neighbouring routes, whole routes.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::tails;
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::solution::Solution;
use crate::ondemand::specs::StopSpec;

/// At most this share of all requests is taken out in a round.
const MOST_SHARE: f64 = 0.3;
/// At most so many of one route in a row (Christiaens & Vanden Berghe 2020).
const LONGEST_STRING: f64 = 10.0;
/// Bias towards the head of a ranking (Ropke & Pisinger's p).
const BIAS: f64 = 5.0;
/// So many nearest requests are known of every request.
const NEIGHBOURS: usize = 120;

/// Who is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Anybody.
    Random,
    /// Those whose removal saves most.
    Costly,
    /// Everybody on one vehicle.
    Route,
    /// Those who are near one another in place and time (Shaw 1997).
    Related,
    /// Those who board one after the other, on vehicles near one another.
    Strings,
    /// Two vehicles near one another exchange the rest of their routes; those who don't fit behind the cut.
    Tails,
}

impl Rule {
    pub const ALL: [Self; 6] = [Self::Random, Self::Costly, Self::Route, Self::Related, Self::Strings, Self::Tails];
    /// How often each is drawn at first.
    pub const WEIGHTS: [f64; 6] = [1.0, 1.0, 0.5, 2.0, 5.0, 2.0];
}

/// How many are taken out: where vehicles are tight, few find a place again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// At most.
    most: usize,
    /// On average, by strings.
    mean: usize,
}

impl Size {
    pub const ALL: [Self; 3] = [Self { most: 6, mean: 4 }, Self { most: 15, mean: 10 }, Self { most: 30, mean: 16 }];
    /// How often each is drawn at first.
    pub const WEIGHTS: [f64; 3] = [1.0, 2.0, 2.0];
}

/// Chooses who is taken out, and remembers who is near whom.
pub(super) struct Remover<'a> {
    problem: &'a Problem,
    /// By request: the nearest others, nearest first.
    near: Vec<Vec<RequestIndex>>,
    served: Vec<RequestIndex>,
    is_chosen: Vec<bool>,
    chosen: Vec<RequestIndex>,
}

impl<'a> Remover<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        let all: Vec<RequestIndex> = problem.active_requests().collect();
        let mut near = vec![Vec::new(); problem.request_count()];
        for &request in &all {
            let others = all.iter().filter(|&&other| other != request);
            let mut ranked: Vec<(i64, RequestIndex)> =
                others.map(|&other| (distance(problem, request, other), other)).collect();
            if ranked.len() > NEIGHBOURS {
                ranked.select_nth_unstable(NEIGHBOURS);
                ranked.truncate(NEIGHBOURS);
            }
            ranked.sort_unstable();
            near[request.index()] = ranked.into_iter().map(|(_, other)| other).collect();
        }
        let is_chosen = vec![false; problem.request_count()];
        Self { problem, near, served: Vec::new(), is_chosen, chosen: Vec::new() }
    }

    /// Removes a random number of requests by a rule; `waiting` is everybody who is unserved afterwards.
    pub fn remove_some(
        &mut self,
        solution: &mut Solution,
        (rule, size): (Rule, Size),
        waiting: &mut Vec<RequestIndex>,
        random: &mut ChaCha8Rng,
    ) {
        self.served.clear();
        waiting.clear();
        for request in self.problem.active_requests() {
            let list = if solution.vehicle_of(request).is_some() { &mut self.served } else { &mut *waiting };
            list.push(request);
        }
        if self.served.is_empty() {
            return;
        }
        let most = ((self.served.len() as f64 * MOST_SHARE) as usize).clamp(1, size.most);
        let count = random.random_range(most.min(3)..=most);
        self.chosen.clear();
        match rule {
            Rule::Random => self.at_random(count, random),
            Rule::Costly => self.costly(solution, count, random),
            Rule::Route => self.whole_route(solution, size, random),
            Rule::Related => self.related(solution, count, random),
            Rule::Strings => self.strings(solution, size, random),
            Rule::Tails => self.tails(solution, random),
        }
        solution.remove_all(self.problem, &self.chosen);
        for &request in &self.chosen {
            self.is_chosen[request.index()] = false;
            if solution.vehicle_of(request).is_none() {
                waiting.push(request);
            }
        }
    }

    /// Who is near a request in place and time, nearest first.
    pub fn near(&self, request: RequestIndex) -> &[RequestIndex] {
        &self.near[request.index()]
    }

    fn choose(&mut self, request: RequestIndex) -> bool {
        let fresh = !std::mem::replace(&mut self.is_chosen[request.index()], true);
        if fresh {
            self.chosen.push(request);
        }
        fresh
    }

    fn any_served(&self, random: &mut ChaCha8Rng) -> RequestIndex {
        self.served[random.random_range(0..self.served.len())]
    }

    fn at_random(&mut self, count: usize, random: &mut ChaCha8Rng) {
        for _ in 0..count {
            let request = self.any_served(random);
            self.choose(request);
        }
    }

    fn costly(&mut self, solution: &Solution, count: usize, random: &mut ChaCha8Rng) {
        let mut saving = vec![0_i64; self.problem.request_count()];
        for (vehicle, route) in solution.routes.iter().enumerate() {
            for (index, stop) in route.stops.iter().enumerate() {
                let (before, after) = (route.nodes[index].place, route.nodes[index + 2].place);
                saving[stop.request.index()] += route.legs[index].cost + route.legs[index + 1].cost
                    - self.problem.driving_cost(vehicle, before, after);
            }
        }
        let mut ranked = self.served.clone();
        ranked.sort_unstable_by_key(|request| (-saving[request.index()], *request));
        for _ in 0..count {
            let request = ranked.remove(biased(ranked.len(), random));
            self.choose(request);
        }
    }

    fn whole_route(&mut self, solution: &Solution, size: Size, random: &mut ChaCha8Rng) {
        let request = self.any_served(random);
        let vehicle = solution.vehicle_of(request).expect("it is served");
        for request in solution.routes[vehicle].pickups().take(size.most) {
            self.choose(request);
        }
    }

    fn related(&mut self, solution: &Solution, count: usize, random: &mut ChaCha8Rng) {
        let seed = self.any_served(random);
        self.choose(seed);
        self.related_to_chosen(solution, count, random);
    }

    fn related_to_chosen(&mut self, solution: &Solution, count: usize, random: &mut ChaCha8Rng) {
        // Too many tries mean that hardly anybody else is near.
        for _ in 0..4 * count {
            if self.chosen.len() >= count {
                return;
            }
            let from = self.chosen[random.random_range(0..self.chosen.len())];
            let near = &self.near[from.index()];
            if near.is_empty() {
                return;
            }
            let other = near[biased(near.len(), random)];
            if solution.vehicle_of(other).is_some() {
                self.choose(other);
            }
        }
    }

    /// Besides those who don't fit, a few around the seed.
    fn tails(&mut self, solution: &mut Solution, random: &mut ChaCha8Rng) {
        let seed = self.any_served(random);
        let one = solution.vehicle_of(seed).expect("it is served");
        let near = &self.near[seed.index()];
        let others = near.iter().filter_map(|&other| solution.vehicle_of(other)).filter(|&other| other != one);
        let others: Vec<usize> = others.take(8).collect();
        if others.is_empty() {
            return;
        }
        let other = others[random.random_range(0..others.len())];
        let mut removed = Vec::new();
        tails::force_exchange(self.problem, solution, (one, other), &mut removed, random);
        for request in removed {
            self.choose(request);
        }
        let count = self.chosen.len() + random.random_range(0..6);
        if self.chosen.is_empty() {
            self.choose(seed);
        }
        self.related_to_chosen(solution, count, random);
    }

    fn strings(&mut self, solution: &Solution, size: Size, random: &mut ChaCha8Rng) {
        let used = solution.vehicles_used();
        let mean_length = self.served.len() as f64 / used as f64;
        let longest = LONGEST_STRING.min(mean_length).min(size.mean as f64).max(1.0);
        let most = (4.0 * size.mean as f64 / (1.0 + longest) - 1.0).max(1.0);
        let count = random.random_range(1.0..most + 1.0) as usize;
        let seed = self.any_served(random);
        let mut vehicles: Vec<usize> = Vec::new();
        for index in 0..=self.near[seed.index()].len() {
            if vehicles.len() == count {
                return;
            }
            let centre = if index == 0 { seed } else { self.near[seed.index()][index - 1] };
            let Some(vehicle) = solution.vehicle_of(centre) else { continue };
            if vehicles.contains(&vehicle) {
                continue;
            }
            vehicles.push(vehicle);
            let boarding: Vec<RequestIndex> = solution.routes[vehicle].pickups().collect();
            let length = random.random_range(1.0..longest.min(boarding.len() as f64) + 1.0) as usize;
            let at = boarding.iter().position(|&request| request == centre).expect("it boards this vehicle");
            let lowest = (at + 1).saturating_sub(length);
            let highest = at.min(boarding.len() - length);
            let first = random.random_range(lowest..=highest);
            for &request in &boarding[first..first + length] {
                self.choose(request);
            }
        }
    }
}

/// How far two requests are from one another in place and time.
fn distance(problem: &Problem, one: RequestIndex, other: RequestIndex) -> i64 {
    let (one, other) = (problem.request(one), problem.request(other));
    let travel = problem.travel();
    let far = |a: &StopSpec, b: &StopSpec| {
        let driving =
            i64::from(travel.duration(a.place, b.place).seconds().min(travel.duration(b.place, a.place).seconds()));
        // Between the windows there is at least so much time to wait.
        let apart = i64::from((a.window.earliest - b.window.latest).seconds())
            .max(i64::from((b.window.earliest - a.window.latest).seconds()))
            .max(0);
        driving + (apart - driving).max(0) / 2
    };
    far(&one.pickup, &other.pickup) + far(&one.dropoff, &other.dropoff)
}

/// An index near 0 more often than one near the end.
fn biased(length: usize, random: &mut ChaCha8Rng) -> usize {
    ((random.random::<f64>().powf(BIAS) * length as f64) as usize).min(length - 1)
}
