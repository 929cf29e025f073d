//! Taking requests out: at random, related ones, costly ones, whole routes.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::ondemand::problem::{Problem, RequestIndex, StopSpec};
use crate::ondemand::route::{RouteStop, StopKind};
use crate::ondemand::solution::Solution;

/// At most so many requests are taken out in a round.
const MOST: usize = 40;
/// Bias towards the head of a ranking (Ropke & Pisinger's p).
const BIAS: f64 = 5.0;

/// Who is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Anybody.
    Random,
    /// Those whose removal saves most.
    Costly,
    /// Everybody on one vehicle.
    Route,
    /// Those who are near one another in place and time.
    Related,
}

impl Rule {
    pub const ALL: [Self; 4] = [Self::Random, Self::Costly, Self::Route, Self::Related];
    /// How often each is drawn at first.
    pub const WEIGHTS: [f64; 4] = [1.0, 2.0, 1.0, 4.0];
}

/// Removes a random number of requests by a rule.
pub(super) fn remove_some(problem: &Problem, solution: &mut Solution, rule: Rule, random: &mut ChaCha8Rng) {
    let served: Vec<RequestIndex> =
        problem.active_requests().filter(|&request| solution.vehicle_of(request).is_some()).collect();
    if served.is_empty() {
        return;
    }
    let most = (served.len() * 2 / 5).clamp(1, MOST);
    let count = random.random_range(most.min(3)..=most);
    let chosen = match rule {
        Rule::Random => at_random(&served, count, random),
        Rule::Costly => costly(problem, solution, &served, count, random),
        Rule::Route => whole_route(solution, random),
        Rule::Related => related(problem, &served, count, random),
    };
    solution.remove_all(problem, &chosen);
}

fn at_random(served: &[RequestIndex], count: usize, random: &mut ChaCha8Rng) -> Vec<RequestIndex> {
    let mut pool = served.to_vec();
    (0..count).map(|_| pool.swap_remove(random.random_range(0..pool.len()))).collect()
}

/// Those whose removal saves most.
fn costly(
    problem: &Problem,
    solution: &Solution,
    served: &[RequestIndex],
    count: usize,
    random: &mut ChaCha8Rng,
) -> Vec<RequestIndex> {
    let mut saving = vec![0_i64; problem.request_count()];
    for route in &solution.routes {
        for (index, stop) in route.stops.iter().enumerate() {
            let [before, at, after] = [0, 1, 2].map(|offset| route.nodes[index + offset].place);
            saving[stop.request.index()] += problem.driving_cost(before, at) + problem.driving_cost(at, after)
                - problem.driving_cost(before, after);
        }
    }
    let mut ranked = served.to_vec();
    ranked.sort_unstable_by_key(|request| (-saving[request.index()], *request));
    (0..count).map(|_| ranked.remove(biased(ranked.len(), random))).collect()
}

fn whole_route(solution: &Solution, random: &mut ChaCha8Rng) -> Vec<RequestIndex> {
    let used: Vec<usize> = (0..solution.routes.len()).filter(|&v| !solution.stops(v).is_empty()).collect();
    let stops: &[RouteStop] = solution.stops(used[random.random_range(0..used.len())]);
    stops.iter().filter(|stop| stop.kind == StopKind::Pickup).map(|stop| stop.request).take(MOST).collect()
}

/// Near in place and time to one drawn at random (Shaw 1997).
fn related(problem: &Problem, served: &[RequestIndex], count: usize, random: &mut ChaCha8Rng) -> Vec<RequestIndex> {
    let seed = problem.request(served[random.random_range(0..served.len())]);
    let travel = problem.travel();
    let time_share = random.random_range(0..3);
    let distance = |request: &RequestIndex| {
        let other = problem.request(*request);
        let far = |a: &StopSpec, b: &StopSpec| {
            let apart = (a.window.earliest.seconds() - b.window.earliest.seconds()).abs();
            i64::from(travel.duration(a.place, b.place).seconds()) * 2 + i64::from(apart) * time_share / 2
        };
        far(&seed.pickup, &other.pickup) + far(&seed.dropoff, &other.dropoff)
    };
    let mut ranked: Vec<(i64, RequestIndex)> = served.iter().map(|request| (distance(request), *request)).collect();
    ranked.sort_unstable();
    (0..count).map(|_| ranked.remove(biased(ranked.len(), random)).1).collect()
}

/// An index near 0 more often than one near the end.
fn biased(length: usize, random: &mut ChaCha8Rng) -> usize {
    ((random.random::<f64>().powf(BIAS) * length as f64) as usize).min(length - 1)
}
