//! Breaks, driving hours and waiting on board against an oracle that lives through every second: whatever the vehicle could do until
//! the end of its shift, wait or drive on, take a break now or later.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::exactness_tests::{cases, oracle, serve_greedily, small_problem};
use super::*;
use crate::fleet::Product;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

fn seconds(value: i32) -> Duration {
    Duration::from_seconds(value)
}

fn window(earliest: i32, length: i32) -> TimeWindow {
    TimeWindow::new(ServiceTime::from_seconds(earliest), ServiceTime::from_seconds(earliest + length))
}

/// A small problem with shorter shifts, drivers who are owed something, and goods among the passengers.
fn problem_with_duties(random: &mut ChaCha8Rng, requests: usize) -> Problem {
    let mut problem = small_problem(random, requests);
    for vehicle in 0..2 {
        let mut spec = problem.vehicles()[vehicle].clone();
        spec.window = window(0, random.random_range(15..32));
        spec.products = spec.products.with(Product::Freight);
        spec.capacity = Capacity::of(Load { freight_kilograms: 9, luggage: 9, ..Load::seats(2) });
        for _ in 0..random.random_range(0..3) {
            let after = spec.duty.breaks.last().map_or(0, |spec: &BreakSpec| spec.window.earliest.seconds());
            let window = window(after + random.random_range(0..12), random.random_range(0..8));
            spec.duty.breaks.push(BreakSpec { window, duration: seconds(random.random_range(1..5)) });
        }
        spec.duty.continuous_driving = random.random_bool(0.6).then(|| {
            let limit = random.random_range(3..12);
            ContinuousDriving {
                limit: seconds(limit),
                night_limit: seconds(random.random_range(1..=limit)),
                day: window(random.random_range(0..6), random.random_range(5..26)),
                rest: seconds(random.random_range(1..5)),
            }
        });
        spec.duty.max_driving = random.random_bool(0.2).then(|| seconds(random.random_range(6..20)));
        spec.duty.max_waiting_aboard = random.random_bool(0.5).then(|| seconds(random.random_range(0..4)));
        problem.set_vehicle(vehicle, spec);
    }
    for request in problem.active_requests().collect::<Vec<_>>() {
        let spec = *problem.request(request);
        let vehicle = None;
        if spec.product == Product::Student && random.random_bool(0.5) {
            let load = Load { freight_kilograms: 1, ..Load::ZERO };
            problem.set_request(request, RequestSpec { product: Product::Freight, load, vehicle, ..spec });
        } else {
            problem.set_request(request, RequestSpec { load: Load::seats(1), vehicle, ..spec });
        }
    }
    problem
}

/// A vehicle that has just ended its service at a node.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    node: usize,
    now: i32,
    left: i32,
    driven: i32,
    driving_since: Option<i32>,
    breaks_taken: usize,
    /// Ends of boarding of those on board.
    aboard: Vec<(RequestIndex, i32)>,
}

struct Timeline<'a> {
    problem: &'a Problem,
    spec: &'a VehicleSpec,
    vehicle: usize,
    stops: &'a [RouteStop],
    seen: BTreeSet<State>,
}

impl Timeline<'_> {
    fn call(&self, node: usize) -> StopSpec {
        match node.checked_sub(1).map(|stop| self.stops.get(stop)) {
            None => StopSpec { place: self.spec.start, window: self.spec.window, service: Duration::ZERO },
            Some(None) => StopSpec { place: self.spec.end, window: self.spec.window, service: Duration::ZERO },
            Some(Some(stop)) => match stop.kind {
                StopKind::Pickup => self.problem.request(stop.request).pickup,
                StopKind::Dropoff => self.problem.request(stop.request).dropoff,
            },
        }
    }

    /// All ways to spend this time standing: how many breaks are taken by the end of it, and whether there was a rest.
    fn standing(&self, from: i32, until: i32, taken: usize) -> Vec<(usize, bool)> {
        let rest = self.spec.duty.continuous_driving.map_or(i32::MAX, |rule| rule.rest.seconds());
        let mut ways = vec![(taken, until - from >= rest)];
        if let Some(next) = self.spec.duty.breaks.get(taken) {
            let length = next.duration.seconds();
            for begin in from.max(next.window.earliest.seconds())..=(until - length).min(next.window.latest.seconds()) {
                let rested = begin - from >= rest || length >= rest;
                let rest_of_it = self.standing(begin + length, until, taken + 1).into_iter();
                ways.extend(rest_of_it.map(|(taken, later)| (taken, rested || later)));
            }
        }
        ways.sort_unstable();
        ways.dedup();
        ways
    }

    fn can_be_driven(&mut self) -> bool {
        let window = self.spec.window;
        (window.earliest.seconds()..=window.latest.seconds()).any(|left| {
            self.standing(window.earliest.seconds(), left, 0).into_iter().any(|(breaks_taken, _)| {
                let state = State {
                    node: 0,
                    now: left,
                    left,
                    driven: 0,
                    driving_since: None,
                    breaks_taken,
                    aboard: Vec::new(),
                };
                self.can_go_on(state)
            })
        })
    }

    fn can_go_on(&mut self, state: State) -> bool {
        if !self.seen.insert(state.clone()) {
            return false;
        }
        let closes = self.spec.window.latest.seconds();
        if state.node == self.stops.len() + 1 {
            let in_time = self.spec.max_duration.is_none_or(|limit| state.now - state.left <= limit.seconds());
            let breaks = self.spec.duty.breaks.len();
            return in_time
                && self.standing(state.now, closes, state.breaks_taken).iter().any(|&(taken, _)| taken == breaks);
        }
        let has_riders =
            state.aboard.iter().any(|&(request, _)| self.problem.request(request).product != Product::Freight);
        let (here, next) = (self.call(state.node), self.call(state.node + 1));
        let drive = self.problem.travel_of(self.vehicle).duration(here.place, next.place).seconds();
        let stands_here = state.node > 0 && !has_riders;
        let stands_there = state.node < self.stops.len() && !has_riders;
        for departure in state.now..=if state.node == 0 { state.now } else { closes } {
            let before = if stands_here {
                self.standing(state.now, departure, state.breaks_taken)
            } else {
                vec![(state.breaks_taken, false)]
            };
            for (taken, rested) in before {
                let (driven, since) = if rested { (0, None) } else { (state.driven, state.driving_since) };
                let arrival = departure + drive;
                let since = if drive > 0 { since.or(Some(departure)) } else { since };
                let driven = driven + drive;
                if let Some(rule) = self.spec.duty.continuous_driving {
                    let by_day = since.is_none_or(|since| since >= rule.day.earliest.seconds())
                        && (drive == 0 || arrival <= rule.day.latest.seconds());
                    if driven > rule.limit.seconds() || (drive > 0 && driven > rule.night_limit.seconds() && !by_day) {
                        continue;
                    }
                }
                let opens = next.window.earliest.seconds().max(arrival);
                for begin in opens..=next.window.latest.seconds() {
                    let waited = departure - state.now + begin - arrival;
                    let limit = self.spec.duty.max_waiting_aboard.filter(|_| has_riders);
                    if limit.is_some_and(|limit| waited > limit.seconds()) {
                        continue;
                    }
                    let Some(aboard) = self.after_call(&state, begin) else { continue };
                    let behind = if stands_there { self.standing(arrival, begin, taken) } else { vec![(taken, false)] };
                    for (breaks_taken, rested) in behind {
                        let (driven, driving_since) = if rested { (0, None) } else { (driven, since) };
                        let (now, aboard) = (begin + next.service.seconds(), aboard.clone());
                        let (node, left) = (state.node + 1, state.left);
                        if self.can_go_on(State { node, now, left, driven, driving_since, breaks_taken, aboard }) {
                            return true;
                        }
                    }
                }
            }
        }
        false
    }

    /// Who is on board after the next call, if nobody has ridden for too long.
    fn after_call(&self, state: &State, begin: i32) -> Option<Vec<(RequestIndex, i32)>> {
        let Some(stop) = self.stops.get(state.node) else { return Some(state.aboard.clone()) };
        let request = self.problem.request(stop.request);
        let mut aboard = state.aboard.clone();
        if stop.kind == StopKind::Pickup {
            aboard.push((stop.request, begin + request.pickup.service.seconds()));
            return Some(aboard);
        }
        let position = aboard.iter().position(|&(other, _)| other == stop.request)?;
        let (_, boarded) = aboard.remove(position);
        request.ride_time_limit.is_none_or(|limit| begin - boarded <= limit.seconds()).then_some(aboard)
    }
}

/// Can the vehicle drive these stops and keep all that its driver and passengers are owed?
fn can_be_driven(problem: &Problem, vehicle: usize, stops: &[RouteStop]) -> bool {
    let spec = &problem.vehicles()[vehicle];
    let travel = problem.travel_of(vehicle);
    let timeline = |seen| Timeline { problem, spec, vehicle, stops, seen };
    let places: Vec<_> = (0..stops.len() + 2).map(|node| timeline(BTreeSet::new()).call(node).place).collect();
    let driving: i32 = places.windows(2).map(|leg| travel.duration(leg[0], leg[1]).seconds()).sum();
    oracle(problem, vehicle, stops)
        && spec.duty.max_driving.is_none_or(|limit| driving <= limit.seconds())
        && timeline(BTreeSet::new()).can_be_driven()
}

fn with_request(stops: &[RouteStop], request: RequestIndex, (i, j): (usize, usize)) -> Vec<RouteStop> {
    let mut longer = stops.to_vec();
    longer.insert(j, RouteStop { request, kind: StopKind::Dropoff });
    longer.insert(i, RouteStop { request, kind: StopKind::Pickup });
    longer
}

/// The same problem with a rule of a vehicle giving way by so much.
fn relaxed(problem: &Problem, vehicle: usize, rule: DutyRule, by: i32) -> Problem {
    let mut relaxed = problem.clone();
    let spec = problem.vehicles()[vehicle].clone();
    let mut duty = spec.duty.clone();
    match rule {
        DutyRule::Break => duty.breaks.iter_mut().for_each(|spec| spec.window.latest += seconds(by)),
        DutyRule::ContinuousDriving => {
            if let Some(rule) = &mut duty.continuous_driving {
                (rule.limit, rule.night_limit) = (rule.limit + seconds(by), rule.night_limit + seconds(by));
            }
        }
        DutyRule::Driving => duty.max_driving = duty.max_driving.map(|limit| limit + seconds(by)),
        DutyRule::WaitingAboard => duty.max_waiting_aboard = duty.max_waiting_aboard.map(|limit| limit + seconds(by)),
    }
    relaxed.set_vehicle(vehicle, VehicleSpec { duty, ..spec });
    relaxed
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn insertions_are_those_that_somebody_living_through_the_day_could_make(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let problem = problem_with_duties(&mut random, 4);
        let mut solution = Solution::empty(&problem);
        for request in problem.active_requests() {
            let mut expected = Vec::new();
            for vehicle in 0..2 {
                let stops = solution.stops(vehicle);
                let pairs = (0..=stops.len()).flat_map(|i| (i..=stops.len()).map(move |j| (i, j)));
                let fits = |&pair: &(usize, usize)| can_be_driven(&problem, vehicle, &with_request(stops, request, pair));
                expected.extend(pairs.filter(fits).map(|(i, j)| (vehicle, i, j)));
            }
            let mut found = every_insertion(&problem, &solution, problem.wanted(request));
            let best = found.first().copied();
            found.sort_unstable_by_key(|found| (found.vehicle, found.pickup_after, found.dropoff_after));
            let found: Vec<_> = found.iter().map(|found| (found.vehicle, found.pickup_after, found.dropoff_after)).collect();
            prop_assert_eq!(&found, &expected);
            match best_insertion(&problem, &solution, problem.wanted(request)) {
                Ok(found) => {
                    prop_assert_eq!(Some(found), best);
                    solution.insert(&problem, request, found);
                }
                Err(refusal) => {
                    prop_assert!(expected.is_empty());
                    let (nearest, stops) = match refusal {
                        Refusal::ImpossibleAlone(nearest) => (nearest, &[][..]),
                        Refusal::NoInsertion(nearest) => (nearest, solution.stops(nearest.vehicle)),
                    };
                    let stops = with_request(stops, request, (nearest.pickup_after, nearest.dropoff_after));
                    if let Miss::Duty { rule, by } = nearest.miss {
                        let fits = |by| can_be_driven(&relaxed(&problem, nearest.vehicle, rule, by), nearest.vehicle, &stops);
                        prop_assert!(fits(by.seconds()) && !fits(by.seconds() - 1), "{:?}", nearest);
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn improving_keeps_all_that_is_owed(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let problem = problem_with_duties(&mut random, 5);
        let start = serve_greedily(&problem);
        let options = SearchOptions { pace: Pace::Rounds(20), seed, threads: 1 };
        let better = improve(&problem, start.clone(), &options, &|_| {}, crate::stop_signal::StopSignal::NEVER);
        prop_assert!(better.cost(&problem) <= start.cost(&problem));
        for vehicle in 0..2 {
            let stops = better.stops(vehicle);
            prop_assert!(stops.is_empty() || can_be_driven(&problem, vehicle, stops));
        }
    }
}

/// A vehicle on a straight road, 100 s to the next of ten villages, with one rider from village 1 to village 9 from 1,000 s on.
fn long_road(duty: DutyRules) -> Problem {
    let villages = 10_i32;
    let apart = |index: i32| (index / villages - index % villages).abs();
    let times: Vec<i32> = (0..villages * villages).map(|index| apart(index) * 100).collect();
    let travel = crate::network::TravelTimes::new(10, &times, &times).unwrap();
    let place = crate::ids::PlaceId;
    let vehicle = VehicleSpec { duty, ..VehicleSpec::at(place(0), window(0, 4_000), Load::seats(4), Product::Ride) };
    let mut problem = Problem::new(std::sync::Arc::new(travel), vec![vehicle], Objective::DISTANCE);
    let stop = |village, opens| StopSpec { place: place(village), window: window(opens, 3_000), service: seconds(0) };
    problem.push_request(RequestSpec {
        pickup: stop(1, 1_000),
        dropoff: stop(9, 1_000),
        load: Load::seats(1),
        ride_time_limit: None,
        product: Product::Ride,
        vehicle: None,
    });
    problem
}

/// When the rider boards and alights, and where the driver rests: `village@begin-end`.
fn check(duty: DutyRules, expected: Option<(i32, i32, &str)>) {
    let problem = long_road(duty);
    let mut solution = Solution::empty(&problem);
    let request = RequestIndex(0);
    let found = best_insertion(&problem, &solution, problem.wanted(request)).ok().map(|insertion| {
        solution.insert(&problem, request, insertion);
        let times = solution.schedule(&problem, 0);
        let rest = |rest: &ScheduledRest| format!("{}@{}-{}", rest.place.0, rest.begin.seconds(), rest.end.seconds());
        let rests: Vec<String> = times.rests.iter().map(rest).collect();
        (times.stops[0].begin.seconds(), times.stops[1].begin.seconds(), rests.join(" "))
    });
    assert_eq!(found, expected.map(|(boards, alights, rests)| (boards, alights, rests.to_owned())));
}

#[test]
fn drivers_rest_where_nobody_rides() {
    let driving = |limit, rest| {
        let all_day = window(-10_000, 20_000);
        ContinuousDriving { limit: seconds(limit), night_limit: seconds(limit), day: all_day, rest: seconds(rest) }
    };
    let continuous = |limit, rest| DutyRules { continuous_driving: Some(driving(limit, rest)), ..DutyRules::default() };
    check(DutyRules::default(), Some((1_000, 1_800, "")));
    check(continuous(1_800, 300), Some((1_000, 1_800, "")));
    // On arrival at village 1, long before the rider is there.
    check(continuous(1_700, 300), Some((1_000, 1_800, "1@100-400")));
    // 800 s with the rider and 900 s home are too much in a row.
    check(continuous(1_699, 300), Some((1_000, 1_800, "9@1800-2100")));
    check(continuous(899, 300), None);
    let by_day = DutyRules {
        continuous_driving: Some(ContinuousDriving { day: window(1_100, 5_000), ..driving(1_800, 300) }),
        ..DutyRules::default()
    };
    check(by_day.clone(), Some((1_000, 1_800, "")));
    let short_nights = |night_limit| {
        let mut rules = by_day.clone();
        rules.continuous_driving.iter_mut().for_each(|rule| rule.night_limit = seconds(night_limit));
        rules
    };
    // Day breaks at 1,100 s. To the rider and on with the rider is no more than a night's driving …
    check(short_nights(900), Some((1_000, 1_800, "9@1800-2100")));
    // … or too much: then the rider waits on board for the day to break.
    check(short_nights(500), Some((1_000, 1_900, "1@100-400")));
}

#[test]
fn breaks_are_taken_in_their_windows_and_not_with_passengers() {
    let lunch = |earliest, length| BreakSpec { window: window(earliest, length), duration: seconds(200) };
    let with_break = |spec| DutyRules { breaks: vec![spec], ..DutyRules::default() };
    check(with_break(lunch(0, 100)), Some((1_000, 1_800, "0@0-200")));
    check(with_break(lunch(1_900, 0)), Some((1_000, 1_800, "9@1900-2100")));
    // While the rider would be on board: boarding waits until the break is over.
    check(with_break(lunch(1_200, 0)), Some((1_400, 2_200, "1@1200-1400")));
    check(with_break(lunch(3_900, 100)), None);
}
