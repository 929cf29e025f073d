//! The same pupils by the solver of rides on demand: chunks of a group that travel together, from the group's nearest stop.

use std::sync::Arc;

use sanban_engine::fleet::Product;
use sanban_engine::ids::PlaceId;
use sanban_engine::network::TravelTimes;
use sanban_engine::ondemand::{
    Objective, Pace, Problem, RequestSpec, SearchOptions, Solution, StopKind, StopSpec, VehicleSpec, improve,
};
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
use sanban_engine::timetable::hub_runs::{HubRunProblem, RunKind};
use sanban_engine::units::{Fen, Load, Metres};

/// People who travel together.
const CHUNK: i32 = 6;

/// Fen of all hubs, each planned by itself, because a run serves one.
pub fn cost(problem: &HubRunProblem<'_>, seconds: f64) -> i64 {
    let people: i32 = problem.groups.iter().map(|group| group.people).sum();
    let of_hub = |hub: usize| {
        let mut alone = problem.clone();
        alone.groups.retain(|group| group.hub == hub);
        let own: i32 = alone.groups.iter().map(|group| group.people).sum();
        cost_of_hub(&alone, seconds * f64::from(own) / f64::from(people.max(1)))
    };
    (0..problem.hubs.len()).map(of_hub).sum()
}

/// Fen of the best plan over all kinds of vehicles, each searched for its share of the time; every run is then counted in the kind that
/// is cheapest for it.
fn cost_of_hub(problem: &HubRunProblem<'_>, seconds: f64) -> i64 {
    let share = seconds / problem.kinds.len() as f64;
    problem.kinds.iter().map(|kind| cost_with(problem, kind, share)).min().unwrap_or(0)
}

fn cost_with(problem: &HubRunProblem<'_>, kind: &RunKind, seconds: f64) -> i64 {
    // A place from which everything is near: the empty drive is part of what a run costs.
    let places = problem.travel.places();
    let nowhere = PlaceId::from_index(places);
    let (mut times, mut metres) = (vec![0; (places + 1) * (places + 1)], vec![0; (places + 1) * (places + 1)]);
    let scaled = problem.travel.scaled(kind.driving_time_percent);
    for from in 0..places {
        for to in 0..places {
            let (time, distance) = scaled.way(PlaceId::from_index(from), PlaceId::from_index(to));
            times[from * (places + 1) + to] = time.seconds();
            metres[from * (places + 1) + to] = distance.0 as i32;
        }
    }
    let travel = TravelTimes::of_fastest_ways(places + 1, &times, &metres).expect("every way is known");
    let objective = Objective {
        per_metre: kind.cost_per_kilometre.0 * 18,
        per_driving_second: kind.cost_per_hour.0 * 5,
        per_vehicle: kind.cost_per_run.0 * 18_000,
        per_unserved: 20_000 * 18_000 * i64::from(CHUNK),
        per_changed_vehicle: 0,
        per_shifted_second: 0,
    };
    let day = TimeWindow::new(ServiceTime::hm(4, 0), ServiceTime::hm(10, 0));
    // Everybody alights at once: a vehicle makes one run, not several.
    let at_bell = TimeWindow::new(ServiceTime::hm(8, 0), ServiceTime::hm(8, 10));
    let people: i32 = problem.groups.iter().map(|group| group.people).sum();
    let vehicle = VehicleSpec::at(nowhere, day, Load::seats(kind.seats), Product::Student);
    let vehicles = vec![vehicle; (people / kind.seats * 2 + 8) as usize];
    let mut asked = Problem::new(Arc::new(travel), vehicles, objective);
    let mut whose = Vec::new();
    let seconds_each = |people: i32| people * problem.dwell.per_person.seconds();
    for (index, group) in problem.groups.iter().enumerate() {
        let Some(stop) = group.stops.iter().min_by_key(|stop| stop.walking_cost) else { continue };
        let mut rest = group.people;
        while rest > 0 {
            let people = rest.min(CHUNK);
            rest -= people;
            let service = Duration::from_seconds(problem.dwell.per_call.seconds() + seconds_each(people));
            asked.push_request(RequestSpec {
                pickup: StopSpec { place: stop.place, window: day, service },
                dropoff: StopSpec {
                    place: problem.hubs[group.hub],
                    window: at_bell,
                    service: Duration::from_seconds(seconds_each(people)),
                },
                load: Load::seats(people),
                ride_time_limit: Some(problem.longest_ride),
                product: Product::Student,
                vehicle: None,
            });
            whose.push((index, people, stop.walking_cost));
        }
    }
    let started = super::clock();
    let over = || (super::clock() - started) / seconds;
    let options = SearchOptions { pace: Pace::Clock { share: &over, seconds }, seed: 1, threads: 1 };
    let solution = improve(&asked, Solution::empty(&asked), &options, &|_| (), StopSignal::NEVER);
    let mut total = 0;
    for vehicle in 0..asked.vehicles().len() {
        let stops = solution.stops(vehicle);
        if stops.is_empty() {
            continue;
        }
        let (mut at, mut calls, mut people, mut distance, mut driving) = (None, 0, 0, 0, 0);
        for stop in stops {
            let spec = asked.request(stop.request);
            let place = match stop.kind {
                StopKind::Pickup => spec.pickup.place,
                StopKind::Dropoff => spec.dropoff.place,
            };
            if at != Some(place) {
                calls += 1;
                if let Some(from) = at {
                    let (time, metres) = scaled.way(from, place);
                    distance += metres.0;
                    driving += time.seconds();
                }
                at = Some(place);
            }
            if stop.kind == StopKind::Pickup {
                let (_, taken, walk) = whose[stop.request.index()];
                people += taken;
                total += walk.0 * i64::from(taken);
            }
        }
        let duration = driving + calls * problem.dwell.per_call.seconds() + 2 * seconds_each(people);
        let costs = problem.kinds.iter().filter(|kind| kind.seats >= people).map(|kind| {
            let hours: Fen = kind.cost_per_hour.per_hour(Duration::from_seconds(duration));
            kind.cost_per_run + kind.cost_per_kilometre.per_kilometre(Metres(distance)) + hours
        });
        total += costs.min().expect("one run of one vehicle takes no more people than it has seats").0;
    }
    let unserved = solution.unserved(&asked).map(|request| {
        let (group, people, _) = whose[request.index()];
        problem.groups[group].cost_left_behind.0 * i64::from(people)
    });
    total + unserved.sum::<i64>()
}
