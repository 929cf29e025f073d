//! A generated day of requests on the roads and with the booked vehicles of the county.
//!
//! Residents of a village, drawn by population, go to the nearest market, the nearest facility or the county town, and some hours
//! later home again. Two in five call the day before, the others between half an hour and four hours ahead.

use std::path::Path;
use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sanban_engine::fleet::Product;
use sanban_engine::ids::PlaceId;
use sanban_engine::ondemand::{Objective, Problem, RequestSpec, StopSpec, VehicleSpec};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
use sanban_engine::units::Load;

/// Distances of the problem are metres, those printed kilometres.
pub const METRES_PER_KILOMETRE: f64 = 1_000.0;

/// Of those who travel, so many ride home on the same day.
const RETURN_SHARE: f64 = 0.6;
const CALLED_THE_DAY_BEFORE: f64 = 0.4;

/// A problem of so many requests for the county's booked vehicles, and when each becomes known.
pub fn generate(requests: usize, seed: u64) -> Result<(Problem, Vec<ServiceTime>), String> {
    generate_with(None, requests, seed)
}

/// The same for so many vehicles instead, shared out over the county's depots, each all day long.
pub fn generate_with(
    vehicles: Option<usize>,
    requests: usize,
    seed: u64,
) -> Result<(Problem, Vec<ServiceTime>), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/county");
    let loaded = sanban_server::scenario::load(&folder).map_err(|error| error.to_string())?;
    let scenario = &loaded.scenario;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let travel = Arc::new(scenario.network.travel.clone());
    let mut specs = booked_vehicles(scenario);
    if let Some(count) = vehicles {
        let all_day = TimeWindow::new(ServiceTime::hm(6, 0), ServiceTime::hm(20, 0));
        let by_piece = specs.iter().cycle().take(count);
        specs = by_piece.map(|piece| VehicleSpec { window: all_day, ..piece.clone() }).collect();
    }
    let mut problem = Problem::new(travel, specs, Objective::DISTANCE);
    let mut known_at = Vec::with_capacity(requests);
    let mut ask = |from, to, at, random: &mut ChaCha8Rng| {
        if known_at.len() < requests {
            problem.push_request(ride(scenario, (from, to), at, random));
            known_at.push(call(scenario, at, random));
        }
        known_at.len()
    };
    let mut asked = 0;
    while asked < requests {
        let (home, destination) = journey(scenario, &mut random);
        // Most go in the morning: the earlier of two moments before one o'clock.
        let out = moment(7, 13, &mut random).min(moment(7, 13, &mut random));
        asked = ask(home, destination, out, &mut random);
        if random.random_bool(RETURN_SHARE) {
            let stay = Duration::from_minutes(random.random_range(90..300));
            asked = ask(destination, home, out + stay, &mut random);
        }
    }
    Ok((problem, known_at))
}

/// The shift pieces of vehicles that carry rides and nothing that has a timetable.
fn booked_vehicles(scenario: &Scenario) -> Vec<VehicleSpec> {
    let fleet = &scenario.fleet;
    let is_booked = |vehicle| {
        let products = fleet.vehicle(vehicle).products;
        products.contains(Product::Ride) && !products.contains(Product::Line) && !products.contains(Product::Student)
    };
    let pieces = fleet.shift_pieces.iter().filter(|piece| is_booked(piece.vehicle));
    let specs = pieces.map(|piece| {
        let (capacity, products) = (fleet.type_of(piece.vehicle).capacity, fleet.vehicle(piece.vehicle).products);
        VehicleSpec::at(fleet.depot_place(piece.vehicle), piece.window, capacity, products)
    });
    specs.collect()
}

/// From a village to where its people go.
fn journey(scenario: &Scenario, random: &mut ChaCha8Rng) -> (PlaceId, PlaceId) {
    let population: i32 = scenario.villages.iter().map(|village| village.population).sum();
    loop {
        let mut resident = random.random_range(0..population);
        let found = scenario.villages.iter().find(|village| {
            resident -= village.population;
            resident < 0
        });
        let village = found.expect("every resident lives in a village");
        let nearest = |places: &mut dyn Iterator<Item = PlaceId>| {
            places.min_by_key(|&place| (scenario.network.travel.duration(village.place, place), place))
        };
        let destination = match random.random_range(0..10) {
            0..4 => nearest(&mut scenario.markets.iter().map(|market| market.place)),
            4..7 => nearest(&mut scenario.facilities.iter().map(|facility| facility.place)),
            // The county town comes first among the markets.
            _ => scenario.markets.first().map(|market| market.place),
        };
        if let Some(destination) = destination.filter(|&place| place != village.place) {
            return (village.place, destination);
        }
    }
}

fn moment(from_hour: i32, to_hour: i32, random: &mut ChaCha8Rng) -> ServiceTime {
    let (from, to) = (ServiceTime::hm(from_hour, 0), ServiceTime::hm(to_hour, 0));
    from + Duration::from_minutes(random.random_range(0..(to - from).seconds() / 60))
}

/// Leaving at the wanted time or within the wait that policy permits.
fn ride(scenario: &Scenario, (from, to): (PlaceId, PlaceId), at: ServiceTime, random: &mut ChaCha8Rng) -> RequestSpec {
    let policy = &scenario.policy;
    let load = Load::seats(if random.random_bool(0.75) { 1 } else { random.random_range(2..=3) });
    let service = policy.dwell.of(load);
    let direct = scenario.network.travel.duration(from, to);
    let limit = direct.seconds() * policy.booked.ride_time_percent / 100 + policy.booked.ride_time_extra.seconds();
    let limit = Duration::from_seconds(limit);
    let pickup = TimeWindow::new(at, at + policy.booked.max_wait);
    let dropoff = TimeWindow::new(at + service + direct, pickup.latest + service + limit);
    RequestSpec {
        pickup: StopSpec { place: from, window: pickup, service },
        dropoff: StopSpec { place: to, window: dropoff, service },
        load,
        ride_time_limit: Some(limit),
        product: Product::Ride,
        vehicle: None,
    }
}

/// When somebody calls who wants to leave then.
fn call(scenario: &Scenario, at: ServiceTime, random: &mut ChaCha8Rng) -> ServiceTime {
    if random.random_bool(CALLED_THE_DAY_BEFORE) {
        return ServiceTime::MIDNIGHT;
    }
    let notice = scenario.policy.booked.notice.seconds() / 60;
    at - Duration::from_minutes(random.random_range(notice..4 * 60))
}
