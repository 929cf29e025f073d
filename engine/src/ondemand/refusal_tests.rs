//! A nearest miss that suffices is a promise: exactly that much leeway, exactly there, and the request fits.

use std::sync::Arc;

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::exactness_tests::{cases, oracle, serve_greedily, small_problem};
use super::refusal::nearest_miss;
use super::solution::idle_routes;
use super::*;
use crate::fleet::{Product, Products};
use crate::time::Duration;
use crate::units::Load;

/// The same problem with vehicles and requests changed.
fn changed(
    problem: &Problem,
    mut vehicle: impl FnMut(usize, &mut VehicleSpec),
    mut request: impl FnMut(RequestIndex, &mut RequestSpec),
) -> Problem {
    let mut vehicles = problem.vehicles().to_vec();
    vehicles.iter_mut().enumerate().for_each(|(index, spec)| vehicle(index, spec));
    let mut relaxed = Problem::new(Arc::new(problem.travel().clone()), vehicles, *problem.objective());
    problem.orders().iter().for_each(|&order| relaxed.add_order(order));
    for index in problem.active_requests() {
        let mut spec = *problem.request(index);
        request(index, &mut spec);
        relaxed.push_request(spec);
    }
    relaxed
}

fn with_vehicle(problem: &Problem, nearest: &NearestMiss, change: impl Fn(&mut VehicleSpec)) -> Problem {
    let change = |index: usize, spec: &mut VehicleSpec| {
        if index == nearest.vehicle {
            change(spec);
        }
    };
    changed(problem, change, |_, _| {})
}

fn with_request(problem: &Problem, wanted: RequestIndex, change: impl Fn(&mut RequestSpec)) -> Problem {
    let change = |index: RequestIndex, spec: &mut RequestSpec| {
        if index == wanted {
            change(spec);
        }
    };
    changed(problem, |_, _| {}, change)
}

fn longer(limit: &mut Option<Duration>, by: Duration) {
    if let Some(limit) = limit {
        *limit += by;
    }
}

/// All readings of "give way in this by `slack` more than named" (several where the miss says only "somebody").
fn relaxations(
    problem: &Problem,
    request: RequestIndex,
    others: &[RequestIndex],
    nearest: &NearestMiss,
    slack: i32,
) -> Vec<Problem> {
    let leeway = |by: Duration| Duration::from_seconds(by.seconds() + slack);
    let extend_ride = |request, by| with_request(problem, request, |spec| longer(&mut spec.ride_time_limit, by));
    let pickup_later = |request, by| with_request(problem, request, |spec| spec.pickup.window.latest += by);
    let dropoff_later = |request, by| with_request(problem, request, |spec| spec.dropoff.window.latest += by);
    let all_products = |spec: &mut VehicleSpec| spec.products = Product::ALL.into_iter().collect::<Products>();
    match nearest.miss {
        // Duties have tests of their own.
        Miss::NoVehicle | Miss::Pinned | Miss::Duty { .. } | Miss::Duties => Vec::new(),
        Miss::NotPermitted => vec![with_vehicle(problem, nearest, all_products)],
        Miss::Mixed => {
            // Without pupils nobody minds whom they share with.
            vec![changed(problem, |_, _| {}, |_, spec| spec.product = Product::Ride)]
        }
        Miss::Capacity { dimension, short_by } => {
            let mut room = [0; 5];
            room[dimension] = short_by + slack;
            let room = Load::from_dimensions(room);
            let enlarge = |spec: &mut VehicleSpec| {
                let mut configurations = spec.capacity.configurations().map(|configuration| configuration + room);
                let usual = configurations.next().expect("every vehicle has a usual configuration");
                spec.capacity = configurations.fold(Capacity::of(usual), Capacity::or);
            };
            vec![with_vehicle(problem, nearest, enlarge)]
        }
        Miss::Late { at: LateAt::Pickup, by } => vec![pickup_later(request, leeway(by))],
        Miss::Late { at: LateAt::Dropoff, by } => vec![dropoff_later(request, leeway(by))],
        Miss::Late { at: LateAt::Return, by } => {
            vec![with_vehicle(problem, nearest, |spec| spec.window.latest += leeway(by))]
        }
        Miss::Late { at: LateAt::Other, by } => others
            .iter()
            .flat_map(|&other| [pickup_later(other, leeway(by)), dropoff_later(other, leeway(by))])
            .collect(),
        Miss::RideTime { of: RiderOf::Request, by } => vec![extend_ride(request, leeway(by))],
        Miss::RideTime { of: RiderOf::Other, by } => {
            others.iter().map(|&other| extend_ride(other, leeway(by))).collect()
        }
        Miss::RouteDuration { by } => {
            vec![with_vehicle(problem, nearest, |spec| longer(&mut spec.max_duration, leeway(by)))]
        }
        Miss::Limits { by } => {
            let vehicle = |_, spec: &mut VehicleSpec| longer(&mut spec.max_duration, leeway(by));
            let rides = |_, spec: &mut RequestSpec| longer(&mut spec.ride_time_limit, leeway(by));
            vec![changed(problem, vehicle, rides)]
        }
    }
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn passing_over_what_cannot_be_nearer_changes_no_nearest_miss(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let problem = small_problem(&mut random, 7);
        let solution = serve_greedily(&problem);
        for request in solution.unserved(&problem).map(|request| problem.wanted(request)) {
            for routes in [&solution.routes, &idle_routes(&problem)] {
                let all = nearest_miss(&problem, routes, request, |_, _, _| false);
                let near = nearest_miss(&problem, routes, request, NearestMiss::is_as_near_as);
                prop_assert_eq!(all, near);
            }
        }
    }

    #[test]
    fn giving_way_by_exactly_what_a_nearest_miss_says_makes_room(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let problem = small_problem(&mut random, 7);
        let solution = serve_greedily(&problem);
        for request in solution.unserved(&problem) {
            // Where detours can be quicker than direct roads, later requests may have opened a way.
            let Err(refusal) = best_insertion(&problem, &solution, problem.wanted(request)) else { continue };
            let (nearest, mut stops) = match refusal {
                Refusal::ImpossibleAlone(nearest) => (nearest, Vec::new()),
                Refusal::NoInsertion(nearest) => (nearest, solution.stops(nearest.vehicle).to_vec()),
            };
            let others: Vec<RequestIndex> = stops.iter().map(|stop| stop.request).collect();
            stops.insert(nearest.dropoff_after, RouteStop { request, kind: StopKind::Dropoff });
            stops.insert(nearest.pickup_after, RouteStop { request, kind: StopKind::Pickup });
            let fits = |slack: i32| {
                let relaxed = relaxations(&problem, request, &others, &nearest, slack);
                relaxed.iter().any(|relaxed| oracle(relaxed, nearest.vehicle, &stops))
            };
            prop_assert_eq!(fits(0), nearest.suffices, "{:?}", nearest);
            let has_amount = !matches!(nearest.miss, Miss::NotPermitted | Miss::Mixed);
            prop_assert!(!has_amount || !fits(-1), "less would do: {:?}", nearest);
        }
    }
}
