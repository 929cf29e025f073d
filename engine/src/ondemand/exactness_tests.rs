//! The fast tests say exactly what slow, obvious code says: a schedule exists iff the difference constraints have no
//! negative cycle, the schedule shown is its least solution, and the best insertion is the best of all vehicles and
//! positions.

use std::sync::Arc;

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::fleet::{Product, Products};
use crate::ids::PlaceId;
use crate::network::TravelTimes;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

/// So many random cases, or more if `PROPTEST_CASES` asks for more than proptest's usual 256.
pub(super) fn cases(usual: u32) -> ProptestConfig {
    let asked_for = ProptestConfig::default();
    ProptestConfig { cases: (u64::from(usual) * u64::from(asked_for.cases) / 256) as u32, ..asked_for }
}

const PLACES: u32 = 6;

const OBJECTIVE: Objective =
    Objective { per_vehicle: 3, per_changed_vehicle: 4, per_shifted_second: 1, ..Objective::DISTANCE };

/// Small numbers, so that every border is hit often: one-way streets, two vehicles of different speed, folding seats, tight limits,
/// pins, wishes for an order.
pub(super) fn small_problem(random: &mut ChaCha8Rng, requests: usize) -> Problem {
    let places = PLACES as usize;
    let mut matrix = || -> Vec<i32> {
        let entry = |index| if index / places == index % places { 0 } else { random.random_range(1..6) };
        (0..places * places).map(entry).collect()
    };
    let (times, distances) = (matrix(), matrix());
    let travel = Arc::new(TravelTimes::new(places, &times, &distances).unwrap());
    let place = |random: &mut ChaCha8Rng| PlaceId(random.random_range(0..PLACES));
    let vehicles = (0..2).map(|_| {
        let window = TimeWindow::new(ServiceTime::MIDNIGHT, ServiceTime::from_seconds(random.random_range(15..60)));
        let products = Products::NONE.with(Product::Ride);
        let usual = Load { luggage: random.random_range(0..3), ..Load::seats(random.random_range(1..4)) };
        let folds = random.random_bool(0.3);
        VehicleSpec {
            end: place(random),
            capacity: Capacity::of(usual).folding(i32::from(folds), random.random_range(1..3)),
            products: if random.random_bool(0.8) { products.with(Product::Student) } else { products },
            max_duration: random.random_bool(0.5).then(|| Duration::from_seconds(random.random_range(10..40))),
            driving_time_percent: if random.random_bool(0.2) { random.random_range(50..200) } else { 100 },
            ..VehicleSpec::at(place(random), window, usual, products)
        }
    });
    let vehicles = vehicles.collect();
    let mut problem = Problem::new(travel, vehicles, OBJECTIVE);
    for _ in 0..requests {
        let stop = |random: &mut ChaCha8Rng| {
            let earliest = random.random_range(0..25);
            let latest = earliest + random.random_range(0..25);
            let window = TimeWindow::new(ServiceTime::from_seconds(earliest), ServiceTime::from_seconds(latest));
            StopSpec { place: place(random), window, service: Duration::from_seconds(random.random_range(0..3)) }
        };
        let load = if random.random_bool(0.2) { Load { wheelchairs: 1, ..Load::ZERO } } else { Load::seats(1) };
        problem.push_request(RequestSpec {
            pickup: stop(random),
            dropoff: stop(random),
            load: Load { luggage: random.random_range(0..2), ..load },
            ride_time_limit: random.random_bool(0.7).then(|| Duration::from_seconds(random.random_range(2..15))),
            product: if random.random_bool(0.2) { Product::Student } else { Product::Ride },
            vehicle: random.random_bool(0.1).then(|| random.random_range(0..2)),
        });
    }
    for _ in 0..random.random_range(0..3) {
        let stop = |random: &mut ChaCha8Rng| RouteStop {
            request: RequestIndex(random.random_range(0..requests as u32)),
            kind: if random.random_bool(0.5) { StopKind::Pickup } else { StopKind::Dropoff },
        };
        let (first, then) = (stop(random), stop(random));
        if first.request != then.request {
            problem.add_order(Order { first, then });
        }
    }
    problem
}

/// Somebody was told to be served by a vehicle at some time.
fn tell_somebody(problem: &mut Problem, random: &mut ChaCha8Rng) {
    let any_time = |random: &mut ChaCha8Rng| ServiceTime::from_seconds(random.random_range(0..40));
    for request in problem.active_requests().collect::<Vec<_>>() {
        if random.random_bool(0.4) {
            let vehicle = random.random_range(0..2);
            problem.tell(Told { request, vehicle, pickup: any_time(random), dropoff: any_time(random) });
        }
    }
}

/// Can the vehicle drive these stops?
pub(super) fn oracle(problem: &Problem, vehicle: usize, stops: &[RouteStop]) -> bool {
    least_begins(problem, vehicle, stops).is_some()
}

/// The least begins of service, depots included: loads stop by stop, times by Bellman-Ford over `later - earlier >= gap`.
fn least_begins(problem: &Problem, vehicle: usize, stops: &[RouteStop]) -> Option<Vec<i32>> {
    let spec = &problem.vehicles()[vehicle];
    let mut aboard: Vec<RequestIndex> = Vec::new();
    for stop in stops {
        match stop.kind {
            StopKind::Pickup => aboard.push(stop.request),
            StopKind::Dropoff => aboard.retain(|&request| request != stop.request),
        }
        let load = aboard.iter().fold(Load::ZERO, |load, &request| load + problem.request(request).load);
        let pupils = aboard.iter().filter(|&&request| problem.request(request).product == Product::Student).count();
        let permitted = spec.products.contains(problem.request(stop.request).product);
        let fits = spec.capacity.configurations().any(|configuration| load.fits_in(configuration));
        let elsewhere = problem.request(stop.request).vehicle.is_some_and(|pinned| pinned as usize != vehicle);
        if !permitted || elsewhere || !fits || (pupils > 0 && pupils < aboard.len()) {
            return None;
        }
    }
    let position = |wanted: RouteStop| stops.iter().position(|&stop| stop == wanted);
    for order in problem.orders() {
        if let (Some(first), Some(then)) = (position(order.first), position(order.then))
            && first > then
        {
            return None;
        }
    }
    let depot = |place| StopSpec { place, window: spec.window, service: Duration::ZERO };
    let end_of = |stop: &RouteStop| match stop.kind {
        StopKind::Pickup => problem.request(stop.request).pickup,
        StopKind::Dropoff => problem.request(stop.request).dropoff,
    };
    let mut calls = vec![depot(spec.start)];
    calls.extend(stops.iter().map(end_of));
    calls.push(depot(spec.end));
    let last = calls.len() - 1;
    let mut gaps: Vec<(usize, usize, i32)> = Vec::new();
    for at in 0..last {
        let driving = problem.travel_of(vehicle).duration(calls[at].place, calls[at + 1].place);
        gaps.push((at, at + 1, (calls[at].service + driving).seconds()));
    }
    gaps.extend(spec.max_duration.map(|limit| (last, 0, -limit.seconds())));
    for (to, stop) in stops.iter().enumerate().filter(|(_, stop)| stop.kind == StopKind::Dropoff) {
        let request = problem.request(stop.request);
        let from = stops.iter().position(|other| other.request == stop.request).unwrap();
        gaps.extend(
            request.ride_time_limit.map(|limit| (to + 1, from + 1, -(limit + request.pickup.service).seconds())),
        );
    }
    let mut begins: Vec<i32> = calls.iter().map(|call| call.window.earliest.seconds()).collect();
    for _ in 0..200 {
        for &(from, to, gap) in &gaps {
            begins[to] = begins[to].max(begins[from] + gap);
        }
    }
    let settled = gaps.iter().all(|&(from, to, gap)| begins[to] >= begins[from] + gap);
    let in_time = begins.iter().zip(&calls).all(|(&begin, call)| begin <= call.window.latest.seconds());
    (settled && in_time).then_some(begins)
}

/// Serves whoever fits, one after the other.
pub(super) fn serve_greedily(problem: &Problem) -> Solution {
    let mut solution = Solution::empty(problem);
    for request in problem.active_requests() {
        if let Ok(found) = best_insertion(problem, &solution, problem.wanted(request)) {
            solution.insert(problem, request, found);
        }
    }
    solution
}

/// The cost of all driving, of using the vehicle, and of what was told otherwise.
fn cost(problem: &Problem, vehicle: usize, stops: &[RouteStop]) -> i64 {
    let spec = &problem.vehicles()[vehicle];
    let place = |stop: &RouteStop| match stop.kind {
        StopKind::Pickup => problem.request(stop.request).pickup.place,
        StopKind::Dropoff => problem.request(stop.request).dropoff.place,
    };
    let mut places = vec![spec.start];
    places.extend(stops.iter().map(place));
    places.push(spec.end);
    let driving: i64 = places.windows(2).map(|leg| problem.driving_cost(vehicle, leg[0], leg[1])).sum();
    if stops.is_empty() {
        return 0;
    }
    let begins = least_begins(problem, vehicle, stops).expect("routes have schedules");
    let disruption = stops.iter().zip(&begins[1..]).map(|(stop, &begin)| match problem.told(stop.request) {
        None => 0,
        Some(told) if stop.kind == StopKind::Pickup => {
            let changed = if told.vehicle as usize == vehicle { 0 } else { problem.objective().per_changed_vehicle };
            changed + i64::from((begin - told.pickup.seconds()).abs())
        }
        Some(told) => i64::from((begin - told.dropoff.seconds()).abs()),
    });
    driving + problem.objective().per_vehicle + disruption.sum::<i64>()
}

/// All feasible insertions, best first.
fn brute_force(problem: &Problem, routes: &[Vec<RouteStop>], request: RequestIndex) -> Vec<Insertion> {
    let mut found = Vec::new();
    for (vehicle, stops) in routes.iter().enumerate() {
        for i in problem.vehicles()[vehicle].begun_stops..=stops.len() {
            for j in i..=stops.len() {
                let mut longer = stops.clone();
                longer.insert(j, RouteStop { request, kind: StopKind::Dropoff });
                longer.insert(i, RouteStop { request, kind: StopKind::Pickup });
                if oracle(problem, vehicle, &longer) {
                    let cost = cost(problem, vehicle, &longer) - cost(problem, vehicle, stops);
                    found.push(Insertion { cost, vehicle, pickup_after: i, dropoff_after: j });
                }
            }
        }
    }
    found.sort_unstable();
    found
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn insertions_and_refusals_are_those_of_brute_force(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut problem = small_problem(&mut random, 6);
        tell_somebody(&mut problem, &mut random);
        let mut solution = Solution::empty(&problem);
        for request in problem.active_requests().collect::<Vec<_>>() {
            for vehicle in 0..2 {
                let begun_stops = random.random_range(0..=solution.stops(vehicle).len().min(2));
                let spec = VehicleSpec { begun_stops, ..problem.vehicles()[vehicle].clone() };
                problem.set_vehicle(vehicle, spec);
            }
            let routes: Vec<Vec<RouteStop>> = (0..2).map(|vehicle| solution.stops(vehicle).to_vec()).collect();
            let expected = brute_force(&problem, &routes, request);
            prop_assert_eq!(&every_insertion(&problem, &solution, problem.wanted(request)), &expected);
            let mut by_vehicle = expected.clone();
            let mut seen = Vec::new();
            by_vehicle.retain(|found| !seen.contains(&found.vehicle) && { seen.push(found.vehicle); true });
            prop_assert_eq!(&insertions(&problem, &solution, problem.wanted(request), 2), &by_vehicle);
            match best_insertion(&problem, &solution, problem.wanted(request)) {
                Ok(found) => {
                    prop_assert_eq!(Some(&found), expected.first());
                    solution.insert(&problem, request, found);
                }
                Err(refusal) => {
                    prop_assert_eq!(expected, Vec::new());
                    for vehicle in 0..2 {
                        problem.set_vehicle(vehicle, VehicleSpec { begun_stops: 0, ..problem.vehicles()[vehicle].clone() });
                    }
                    let alone = brute_force(&problem, &[Vec::new(), Vec::new()], request);
                    prop_assert_eq!(alone.is_empty(), matches!(refusal, Refusal::ImpossibleAlone(_)));
                }
            }
        }
    }

    #[test]
    fn an_index_finds_what_trying_every_vehicle_finds(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let problem = small_problem(&mut random, 8);
        let mut solution = Solution::empty(&problem);
        let mut index = InsertionIndex::of(&problem, &solution);
        for request in problem.active_requests() {
            let expected = cheapest_insertion(&problem, &solution, problem.wanted(request));
            prop_assert_eq!(index.cheapest(&problem, &solution, problem.wanted(request)), expected);
            let Some(insertion) = expected else { continue };
            solution.insert(&problem, request, insertion);
            index.update(&problem, &solution, insertion.vehicle);
            let somebody = RequestIndex(random.random_range(0..8));
            if let Some(vehicle) = solution.vehicle_of(somebody).filter(|_| random.random_bool(0.3)) {
                solution.remove(&problem, somebody);
                index.update(&problem, &solution, vehicle);
            }
        }
    }

    #[test]
    fn schedules_are_the_least_that_keep_windows_ride_times_and_durations(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let problem = small_problem(&mut random, 6);
        let solution = serve_greedily(&problem);
        for vehicle in (0..2).filter(|&vehicle| !solution.stops(vehicle).is_empty()) {
            let times = solution.schedule(&problem, vehicle);
            let expected = least_begins(&problem, vehicle, solution.stops(vehicle)).expect("routes have schedules");
            let begins: Vec<i32> = times.stops.iter().map(|stop| stop.begin.seconds()).collect();
            prop_assert_eq!(&begins[..], &expected[1..=begins.len()]);
            let spec = &problem.vehicles()[vehicle];
            prop_assert!(spec.window.contains(times.leaves) && spec.window.contains(times.returns));
            prop_assert!(spec.max_duration.is_none_or(|limit| times.returns - times.leaves <= limit));
            for stop in &times.stops {
                let request = problem.request(stop.request);
                let pickup = times.stops.iter().find(|other| other.request == stop.request).expect("pickups come first");
                let end = if stop.kind == StopKind::Pickup { &request.pickup } else { &request.dropoff };
                prop_assert!(end.window.contains(stop.begin) && stop.arrival <= stop.begin);
                let ride = if stop.kind == StopKind::Pickup { Duration::ZERO } else { stop.begin - pickup.departure };
                prop_assert!(request.ride_time_limit.is_none_or(|limit| ride <= limit));
            }
        }
    }

    #[test]
    fn whoever_is_taken_out_fits_in_again_at_no_more_than_the_old_cost(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let problem = small_problem(&mut random, 6);
        let solution = serve_greedily(&problem);
        for request in problem.active_requests().filter(|&request| solution.vehicle_of(request).is_some()) {
            let mut changed = solution.clone();
            prop_assert!(changed.remove(&problem, request), "nobody is late because somebody stays at home");
            let found = best_insertion(&problem, &changed, problem.wanted(request));
            changed.insert(&problem, request, found.expect("its old place is free"));
            prop_assert!(changed.cost(&problem) <= solution.cost(&problem));
        }
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn improving_keeps_everybody_and_never_costs_more(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let problem = small_problem(&mut random, 6);
        let start = serve_greedily(&problem);
        let options = SearchOptions { pace: Pace::Rounds(20), seed, threads: 1 };
        let search = || improve(&problem, start.clone(), &options, &|_| {}, crate::stop_signal::StopSignal::NEVER);
        let better = search();
        prop_assert!(better.cost(&problem) <= start.cost(&problem));
        prop_assert_eq!(&better, &search());
        for request in problem.active_requests() {
            prop_assert!(start.vehicle_of(request).is_none() || better.vehicle_of(request).is_some());
        }
        for vehicle in 0..2 {
            let stops = better.stops(vehicle);
            prop_assert!(stops.is_empty() || oracle(&problem, vehicle, stops));
        }
    }
}
