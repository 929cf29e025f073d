//! Between instances in double precision and problems in ticks.

use std::sync::Arc;

use sanban_engine::check::benchmark::BenchmarkInstance;
use sanban_engine::fleet::Product;
use sanban_engine::ids::PlaceId;
use sanban_engine::network::TravelTimes;
use sanban_engine::ondemand::{Objective, Problem, RequestSpec, Solution, StopKind, StopSpec, VehicleSpec};
use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
use sanban_engine::units::Load;

use super::{Format, TICKS};

/// The problem of an instance; request `k` is the instance's pair `k`.
pub fn problem(format: Format, instance: &BenchmarkInstance) -> Problem {
    let count = instance.nodes.len();
    let (mut times, mut distances) = (Vec::with_capacity(count * count), Vec::with_capacity(count * count));
    for from in 0..count {
        for to in 0..count {
            let distance = instance.distance(from, to) * TICKS;
            // Rounded up, so that a stop more never makes a vehicle earlier.
            times.push(distance.ceil() as i32);
            distances.push(distance.round() as i32);
        }
    }
    let travel = TravelTimes::of_fastest_ways(count, &times, &distances).expect("distances are not negative");
    let stop = |node: usize| {
        let spec = &instance.nodes[node];
        let window = TimeWindow::new(ticks(spec.earliest), ticks(spec.latest));
        StopSpec { place: PlaceId::from_index(node), window, service: length(spec.service) }
    };
    let start = stop(instance.start);
    let window = start.window.intersection(stop(instance.end).window);
    let vehicle = VehicleSpec {
        end: PlaceId::from_index(instance.end),
        max_duration: instance.max_duration.map(length),
        ..VehicleSpec::at(start.place, window, Load::seats(instance.capacity as i32), Product::Ride)
    };
    let objective = match format {
        Format::Darp | Format::DynamicDarp => Objective::DISTANCE,
        Format::Pdptw => Objective::VEHICLES_FIRST,
    };
    let mut problem = Problem::new(Arc::new(travel), vec![vehicle; instance.vehicles], objective);
    for &(pickup, dropoff) in &instance.pairs {
        problem.push_request(RequestSpec {
            pickup: stop(pickup),
            dropoff: stop(dropoff),
            load: Load::seats(instance.nodes[pickup].load as i32),
            ride_time_limit: instance.max_ride_time.map(length),
            product: Product::Ride,
            vehicle: None,
        });
    }
    problem
}

/// The routes of a solution in the numbers of the file, without depots and idle vehicles.
pub fn routes(instance: &BenchmarkInstance, solution: &Solution) -> Vec<Vec<usize>> {
    let routes = (0..instance.vehicles).map(|vehicle| {
        let stops = solution.stops(vehicle).iter().map(|stop| {
            let (pickup, dropoff) = instance.pairs[stop.request.index()];
            if stop.kind == StopKind::Pickup { pickup } else { dropoff }
        });
        stops.collect::<Vec<usize>>()
    });
    routes.filter(|route| !route.is_empty()).collect()
}

pub(super) fn ticks(time: f64) -> ServiceTime {
    ServiceTime::from_seconds((time * TICKS).round() as i32)
}

fn length(time: f64) -> Duration {
    Duration::from_seconds((time * TICKS).round() as i32)
}
