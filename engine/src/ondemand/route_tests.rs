//! Routes handed in for replay: what can't be driven is refused, and nothing changes.

use std::sync::Arc;

use super::*;
use crate::fleet::{Product, Products};
use crate::ids::PlaceId;
use crate::network::TravelTimes;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

/// Two two-seaters at the first of four villages along a road, a minute from one to the next; four requests from the
/// second to the last: a rider, another in a hurry, a pupil, and a parcel that only the second vehicle may carry.
fn village_road() -> Problem {
    let villages = 4;
    let apart = |index: usize| (index / villages).abs_diff(index % villages) as i32;
    let times: Vec<i32> = (0..villages * villages).map(|index| apart(index) * 60).collect();
    let distances: Vec<i32> = (0..villages * villages).map(|index| apart(index) * 1_000).collect();
    let travel = Arc::new(TravelTimes::new(villages, &times, &distances).unwrap());
    let passengers = Products::NONE.with(Product::Ride).with(Product::Student);
    let hour = TimeWindow::new(ServiceTime::hm(8, 0), ServiceTime::hm(9, 0));
    let room = Load { freight_kilograms: 20, ..Load::seats(2) };
    let vehicle = |products: Products| VehicleSpec::at(PlaceId(0), hour, room, products);
    let vehicles = vec![vehicle(passengers), vehicle(passengers.with(Product::Freight))];
    let mut problem = Problem::new(travel, vehicles, Objective::DISTANCE);
    let stop = |place: u32, latest| StopSpec {
        place: PlaceId(place),
        window: TimeWindow::new(ServiceTime::hm(8, 0), latest),
        service: Duration::ZERO,
    };
    let (rider, parcel) = (Load::seats(1), Load { freight_kilograms: 5, ..Load::ZERO });
    let mut push = |product, load, minutes| {
        problem.push_request(RequestSpec {
            pickup: stop(1, ServiceTime::hm(8, 30)),
            dropoff: stop(3, ServiceTime::hm(8, 45)),
            load,
            ride_time_limit: Some(Duration::from_minutes(minutes)),
            product,
            vehicle: None,
        });
    };
    push(Product::Ride, rider, 10);
    push(Product::Ride, Load::seats(2), 2);
    push(Product::Student, rider, 10);
    push(Product::Freight, parcel, 10);
    problem
}

/// `+1 -1` picks request 1 up and brings it.
fn stops(text: &str) -> Vec<RouteStop> {
    let stop = |word: &str| {
        let kind = if word.starts_with('+') { StopKind::Pickup } else { StopKind::Dropoff };
        RouteStop { request: RequestIndex(word[1..].parse().unwrap()), kind }
    };
    text.split_whitespace().map(stop).collect()
}

/// Vehicle 1 carries the parcel; what happens when vehicle 0 is given this route?
fn check(route: &str, expected: Result<(), InvalidRoute>) {
    let problem = village_road();
    let mut solution = Solution::empty(&problem);
    solution.set_route(&problem, 1, stops("+3 -3")).unwrap();
    let before = solution.clone();
    assert_eq!(solution.set_route(&problem, 0, stops(route)), expected, "{route}");
    match expected {
        Ok(()) => assert_eq!(solution.stops(0), stops(route)),
        Err(_) => assert_eq!(solution, before, "{route} was refused, but changed something"),
    }
}

#[test]
fn routes_that_cannot_be_driven_are_refused() {
    let unpaired = |request| Err(InvalidRoute::Unpaired(RequestIndex(request)));
    check("", Ok(()));
    check("+0 -0 +1 -1 +2 -2", Ok(()));
    check("+0", unpaired(0));
    check("-0", unpaired(0));
    check("-0 +0", unpaired(0));
    check("+0 +0 -0", unpaired(0));
    check("+0 -0 -0", unpaired(0));
    check("+7 -7", unpaired(7));
    check("+3 -3", unpaired(3));
    check("+0 +2 -0 -2", Err(InvalidRoute::NotPermitted(RequestIndex(2))));
    check("+0 +1 -1 -0", Err(InvalidRoute::Overloaded(RequestIndex(1))));
    let problem = village_road();
    let mut solution = Solution::empty(&problem);
    assert_eq!(
        solution.set_route(&problem, 0, stops("+3 -3")),
        Err(InvalidRoute::NotPermitted(RequestIndex(3))),
        "the first vehicle carries no freight"
    );
    assert_eq!(solution.set_route(&problem, 1, stops("+1 +3 -3 -1")), Ok(()), "parcels take no seats and no time");
}

#[test]
fn routes_without_a_schedule_are_refused() {
    let mut problem = village_road();
    let mut late = *problem.request(RequestIndex(0));
    late.dropoff.window = TimeWindow::new(ServiceTime::hm(8, 0), ServiceTime::hm(8, 2));
    let late = problem.push_request(late);
    let mut detour = *problem.request(RequestIndex(3));
    detour.dropoff.place = PlaceId(0);
    let detour = problem.push_request(detour);
    let mut solution = Solution::empty(&problem);
    let too_late = stops(&format!("+{0} -{0}", late.0));
    assert_eq!(solution.set_route(&problem, 0, too_late), Err(InvalidRoute::NoSchedule), "a window");
    let too_long = stops(&format!("+1 +{0} -{0} -1", detour.0));
    assert_eq!(solution.set_route(&problem, 1, too_long), Err(InvalidRoute::NoSchedule), "a ride-time limit");
    assert_eq!(solution, Solution::empty(&problem));
}

#[test]
#[should_panic(expected = "freight takes 1 seats")]
fn freight_takes_no_seats() {
    let mut problem = village_road();
    let parcel = *problem.request(RequestIndex(3));
    problem.push_request(RequestSpec { load: Load::seats(1), ..parcel });
}
