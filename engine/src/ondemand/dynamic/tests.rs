//! On random small days: what has begun never changes, nobody drives in the past or for a request that nobody has made yet, and what
//! was accepted is served within all its limits.

use std::sync::Arc;

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::fleet::Product;
use crate::ids::PlaceId;
use crate::network::TravelTimes;
use crate::ondemand::Objective;
use crate::ondemand::exactness_tests::{cases, oracle, small_problem};
use crate::ondemand::route::{RouteStop, StopKind};
use crate::ondemand::specs::{RequestSpec, StopSpec, VehicleSpec};
use crate::time::TimeWindow;
use crate::units::Load;

const REQUESTS: usize = 9;
const IMPROVEMENT: Improvement = Improvement { rounds_per_minute: 10, minute: Duration::from_seconds(1), seed: 7 };

/// A day of requests that become known before or in their windows, often at the same time.
fn small_day(random: &mut ChaCha8Rng) -> (Problem, Vec<ServiceTime>) {
    let day = small_problem(random, REQUESTS);
    let known_at = (0..REQUESTS).map(|_| ServiceTime::from_seconds(random.random_range(-5..20)));
    let known_at = known_at.collect();
    (day, known_at)
}

fn end_of(day: &Problem, stop: RouteStop) -> StopSpec {
    let request = day.request(stop.request);
    if stop.kind == StopKind::Pickup { request.pickup } else { request.dropoff }
}

/// The times at which a vehicle leaves for its stops, and leaves for the depot at the latest of what is given, are in order and keep
/// windows, ride times and the route duration.
fn check_times(day: &Problem, known_at: &[ServiceTime], vehicle: usize, driven: &[(RouteStop, ServiceTime)]) {
    let spec = &day.vehicles()[vehicle];
    let (mut place, mut free) = (spec.start, spec.window.earliest);
    let mut left_depot = None;
    for &(stop, begin) in driven {
        let end = end_of(day, stop);
        let leaves = begin - day.travel_of(vehicle).duration(place, end.place);
        assert!(leaves >= free, "vehicle {vehicle} leaves for {stop:?} at {leaves:?}, free at {free:?}");
        assert!(leaves >= known_at[stop.request.index()], "vehicle {vehicle} leaves for a request before it is known");
        assert!(end.window.contains(begin), "vehicle {vehicle} at {stop:?}");
        left_depot = left_depot.or(Some(leaves));
        if let (StopKind::Dropoff, Some(limit)) = (stop.kind, day.request(stop.request).ride_time_limit) {
            let boarded = driven.iter().find(|(other, _)| other.request == stop.request).unwrap();
            assert!(begin - (boarded.1 + end_of(day, boarded.0).service) <= limit, "{stop:?} rides too long");
        }
        (place, free) = (end.place, begin + end.service);
    }
    let returns = free + day.travel_of(vehicle).duration(place, spec.end);
    if let Some(left) = left_depot {
        assert!(returns <= spec.window.latest && spec.max_duration.is_none_or(|limit| returns - left <= limit));
    }
}

fn check_day(seed: u64, improvement: Option<Improvement>) -> ServedDay {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (day, known_at) = small_day(&mut random);
    let mut accepted = Vec::new();
    let mut before: Vec<Vec<(RouteStop, ServiceTime)>> = vec![Vec::new(); day.vehicles().len()];
    let served = serve(&day, &known_at, improvement, StopSignal::NEVER, &mut |now, event, under_way| {
        if let Event::Accepted(request) = event {
            accepted.push(request);
        }
        let begun = under_way.begun();
        let (solution, begins) = under_way.driven();
        for (vehicle, begun) in begun.iter().enumerate() {
            assert!(begun.starts_with(&before[vehicle]), "{event:?} changed {:?} into {begun:?}", before[vehicle]);
            let stops = solution.stops(vehicle);
            let driven: Vec<_> = stops.iter().copied().zip(begins[vehicle].iter().copied()).collect();
            assert!(driven.starts_with(begun), "{event:?}: {driven:?} does not begin with {begun:?}");
            check_times(&day, &known_at, vehicle, &driven);
            assert!(stops.is_empty() || oracle(&day, vehicle, stops), "{event:?}: vehicle {vehicle} at {now:?}");
            let place_before = |at: usize| match at.checked_sub(1) {
                Some(before) => end_of(&day, driven[before].0).place,
                None => day.vehicles()[vehicle].start,
            };
            for (at, &(stop, begin)) in driven.iter().enumerate().skip(begun.len()) {
                let leaves = begin - day.travel_of(vehicle).duration(place_before(at), end_of(&day, stop).place);
                assert!(leaves >= now, "{event:?}: vehicle {vehicle} would have left at {leaves:?}, it is {now:?}");
            }
        }
        before = begun;
    });
    for request in day.active_requests() {
        assert_eq!(served.solution.vehicle_of(request).is_some(), accepted.contains(&request));
    }
    served
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn what_has_begun_stays_and_nobody_drives_in_the_past(seed: u64) {
        check_day(seed, None);
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn improvement_changes_only_what_is_ahead(seed: u64) {
        let served = check_day(seed, Some(IMPROVEMENT));
        prop_assert_eq!(served, check_day(seed, Some(IMPROVEMENT)));
    }
}

#[test]
fn whoever_is_known_from_the_start_is_served_as_by_best_insertion() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let day = small_problem(&mut random, REQUESTS);
    let known_at = vec![ServiceTime::MIDNIGHT; REQUESTS];
    let served = serve_day(&day, &known_at, None, &|_| {}, StopSignal::NEVER);
    assert_eq!(served.solution, crate::ondemand::exactness_tests::serve_greedily(&day));
    assert_eq!(served.rounds, 0);
}

/// A rider is brought at minute 60; another one calls at minute 40 and is brought at minute 70. All ways take 5 minutes.
fn check_late_call(max_duration: Option<i32>, served: usize) {
    let minutes = |from, to| TimeWindow::new(ServiceTime::from_seconds(from), ServiceTime::from_seconds(to));
    let ways: Vec<i32> = (0..9).map(|entry| if entry % 4 == 0 { 0 } else { 5 }).collect();
    let travel = Arc::new(TravelTimes::new(3, &ways, &ways).unwrap());
    let max_duration = max_duration.map(Duration::from_seconds);
    let shuttle = VehicleSpec::at(PlaceId(0), minutes(0, 200), Load::seats(2), Product::Ride);
    let mut day = Problem::new(travel, vec![VehicleSpec { max_duration, ..shuttle }], Objective::DISTANCE);
    for arrives in [60, 70] {
        let stop = |place, window| StopSpec { place: PlaceId(place), window, service: Duration::ZERO };
        day.push_request(RequestSpec {
            pickup: stop(1, minutes(0, 100)),
            dropoff: stop(2, minutes(arrives, arrives)),
            load: Load::seats(1),
            ride_time_limit: None,
            product: Product::Ride,
            vehicle: None,
        });
    }
    let known_at = [ServiceTime::MIDNIGHT, ServiceTime::from_seconds(40)];
    let day = serve_day(&day, &known_at, None, &|_| {}, StopSignal::NEVER);
    assert_eq!(day.begins[0].len(), 2 * served, "{day:?}");
}

#[test]
fn a_depot_is_left_late_where_the_duration_of_a_route_is_limited() {
    check_late_call(None, 2);
    check_late_call(Some(70), 2);
    check_late_call(Some(24), 1);
}

#[test]
fn the_search_is_paced_by_the_minutes_of_the_day_and_ends_when_it_is_told_to() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (day, known_at) = small_day(&mut random);
    let rounds = |improvement, stop| serve_day(&day, &known_at, Some(improvement), &|_| {}, stop).rounds;
    let once = rounds(IMPROVEMENT, StopSignal::NEVER);
    let twice = Improvement { rounds_per_minute: 2 * IMPROVEMENT.rounds_per_minute, ..IMPROVEMENT };
    assert!(once > 0 && rounds(twice, StopSignal::NEVER) > once);
    assert_eq!(rounds(IMPROVEMENT, StopSignal::new(&|| true)), 0);
}
