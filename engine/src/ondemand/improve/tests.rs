//! What holds of every search, in one piece or in parts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::fleet::{Product, Products};
use crate::ids::PlaceId;
use crate::network::TravelTimes;
use crate::ondemand::insertion::cheapest_insertion;
use crate::ondemand::problem::Objective;
use crate::ondemand::specs::{RequestSpec, StopSpec, VehicleSpec};
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

const SIDE: usize = 12;

/// Rides across a grid of places, a day long, with a vehicle for every three of them.
fn rides(count: usize, objective: Objective, ride_time_limit: Option<Duration>) -> Problem {
    let mut random = ChaCha8Rng::seed_from_u64(count as u64);
    let places = SIDE * SIDE;
    let steps = |from: usize, to: usize| (from / SIDE).abs_diff(to / SIDE) + (from % SIDE).abs_diff(to % SIDE);
    let pairs = (0..places * places).map(|pair| 60 * steps(pair / places, pair % places) as i32);
    let minutes: Vec<i32> = pairs.collect();
    let travel = Arc::new(TravelTimes::new(places, &minutes, &minutes).unwrap());
    let day = TimeWindow::new(ServiceTime::hm(6, 0), ServiceTime::hm(20, 0));
    let depot = PlaceId::from_index(places / 2);
    let vehicle = VehicleSpec::at(depot, day, Load::seats(4), Products::NONE.with(Product::Ride));
    let mut problem = Problem::new(travel, vec![vehicle; count / 3], objective);
    for _ in 0..count {
        let from = random.random_range(7 * 3_600..17 * 3_600);
        let mut stop = |from: i32| {
            let earliest = ServiceTime::from_seconds(from);
            let window = TimeWindow::new(earliest, earliest + Duration::from_minutes(40));
            let place = PlaceId::from_index(random.random_range(0..places));
            StopSpec { place, window, service: Duration::from_minutes(1) }
        };
        problem.push_request(RequestSpec {
            pickup: stop(from),
            dropoff: stop(from + 1_800),
            load: Load::seats(1),
            ride_time_limit,
            product: Product::Ride,
            vehicle: None,
        });
    }
    problem
}

/// The same result by any number of threads, no dearer than the start, and whoever was served still is.
fn check(problem: &Problem, rounds: u64) {
    let mut start = Solution::empty(problem);
    for request in problem.active_requests().step_by(2) {
        if let Some(found) = cheapest_insertion(problem, &start, problem.request(request)) {
            start.insert(problem, request, found);
        }
    }
    let search = |threads: usize| {
        let options = SearchOptions { pace: Pace::Rounds(rounds), seed: 5, threads };
        improve(problem, start.clone(), &options, &|_| {}, StopSignal::NEVER)
    };
    let better = search(1);
    assert!(better.cost(problem) < start.cost(problem));
    for request in problem.active_requests() {
        assert!(start.vehicle_of(request).is_none() || better.vehicle_of(request).is_some());
    }
    for vehicle in 0..problem.vehicles().len() {
        let mut again = better.clone();
        assert_eq!(again.set_route(problem, vehicle, better.stops(vehicle).to_vec()), Ok(()));
    }
    assert_eq!(better, search(2));
    assert_eq!(better, search(3));
}

#[test]
fn ordinary_problems_end_the_same_by_any_number_of_threads() {
    check(&rides(60, Objective::VEHICLES_FIRST, None), 600);
    check(&rides(60, Objective::DISTANCE, Some(Duration::from_minutes(30))), 600);
}

#[test]
fn large_problems_end_the_same_by_any_number_of_threads() {
    check(&rides(MOST_IN_ONE_PIECE + 40, Objective::VEHICLES_FIRST, None), 8_000);
    check(&rides(MOST_IN_ONE_PIECE + 40, Objective::DISTANCE, Some(Duration::from_minutes(30))), 4_000);
}

#[test]
fn a_raised_stop_signal_ends_the_search_with_what_was_given() {
    for count in [60, MOST_IN_ONE_PIECE + 40] {
        let problem = rides(count, Objective::VEHICLES_FIRST, None);
        let asked = AtomicUsize::new(0);
        // Raised in the middle of something.
        let stops = || asked.fetch_add(1, Ordering::Relaxed) > 3_000;
        let options = SearchOptions { pace: Pace::Rounds(u64::MAX), seed: 1, threads: 2 };
        let found = improve(&problem, Solution::empty(&problem), &options, &|_| {}, StopSignal::new(&stops));
        assert_eq!(found.unserved(&problem).count(), 0, "{count} rides");
    }
}
