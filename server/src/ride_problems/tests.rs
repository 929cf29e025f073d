//! Files in, solutions out: what the solver makes of any problem passes the checker, which reads the same file on its own.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sanban_engine::check::rides::{RideBreak, RideContinuousDriving, RideObjective, RideOrder, RideTold};
use sanban_engine::ondemand::{Pace, SearchOptions, improve};
use sanban_engine::stop_signal::StopSignal;

use super::*;

const PLACES: usize = 6;

fn any_window(random: &mut ChaCha8Rng, until: i32, length: i32) -> Span {
    let earliest = random.random_range(0..until);
    (earliest, earliest + random.random_range(0..length))
}

fn any_vehicle(random: &mut ChaCha8Rng, index: usize) -> RideVehicle {
    let place = |random: &mut ChaCha8Rng| format!("p{}", random.random_range(0..PLACES));
    let usual = RideLoad { seats: 3, luggage: 2, freight_kilograms: 2, ..RideLoad::default() };
    let folded = RideLoad { seats: 1, wheelchairs: 1, ..usual };
    let limit_s = random.random_range(100..400);
    RideVehicle {
        name: format!("v{index}"),
        start: place(random),
        end: place(random),
        window_s: (0, random.random_range(600..1_500)),
        configurations: vec![usual, folded],
        products: ["student", "freight", "ride"].map(str::to_owned).to_vec(),
        max_duration_s: random.random_bool(0.3).then(|| random.random_range(300..1_200)),
        driving_time_percent: random.random_range(80..130),
        breaks: if random.random_bool(0.5) {
            vec![RideBreak { window_s: any_window(random, 800, 300), duration_s: random.random_range(10..60) }]
        } else {
            Vec::new()
        },
        continuous_driving: random.random_bool(0.5).then(|| RideContinuousDriving {
            limit_s,
            night_limit_s: random.random_range(60..=limit_s),
            day_s: any_window(random, 300, 1_000),
            rest_s: random.random_range(10..50),
        }),
        max_driving_s: random.random_bool(0.2).then(|| random.random_range(300..1_000)),
        max_waiting_aboard_s: random.random_bool(0.5).then(|| random.random_range(0..60)),
        route: Vec::new(),
        begun_stops: 0,
    }
}

fn any_request(random: &mut ChaCha8Rng, index: usize) -> RideRequest {
    let product = ["ride", "ride", "freight", "student"][random.random_range(0..4)];
    // Too many for any vehicle at once.
    let is_group = product == "ride" && random.random_bool(0.2);
    let parts = [2, 1, 1].map(|seats| RideLoad { seats, ..RideLoad::default() });
    let load = match product {
        _ if is_group => RideLoad { seats: 4, ..RideLoad::default() },
        "freight" => RideLoad { freight_kilograms: 1, ..RideLoad::default() },
        "student" => RideLoad { seats: 1, ..RideLoad::default() },
        _ if random.random_bool(0.2) => RideLoad { wheelchairs: 1, ..RideLoad::default() },
        _ => RideLoad { seats: 1, luggage: random.random_range(0..2), ..RideLoad::default() },
    };
    let end = |random: &mut ChaCha8Rng| RideEnd {
        place: format!("p{}", random.random_range(0..PLACES)),
        window_s: any_window(random, 700, 400),
        service_s: random.random_range(0..20),
    };
    RideRequest {
        name: format!("r{index}"),
        product: product.to_owned(),
        pickup: end(random),
        dropoff: end(random),
        load,
        parts: if is_group { parts.to_vec() } else { Vec::new() },
        max_ride_s: random.random_bool(0.5).then(|| random.random_range(60..300)),
        vehicle: random.random_bool(0.1).then(|| format!("v{}", random.random_range(0..3))),
        told: random.random_bool(0.3).then(|| RideTold {
            vehicle: format!("v{}", random.random_range(0..3)),
            pickup_s: random.random_range(0..700),
            dropoff_s: random.random_range(0..700),
        }),
    }
}

/// Places on a line, up to a minute from one to the next.
fn any_problem(random: &mut ChaCha8Rng) -> RideProblem {
    let mut position = 0;
    let positions: Vec<i32> = (0..PLACES)
        .map(|_| {
            position += random.random_range(1..60);
            position
        })
        .collect();
    let matrix = |factor: i32| {
        let row = |&from: &i32| positions.iter().map(|&to| (from - to).abs() * factor).collect::<Vec<_>>();
        positions.iter().map(row).collect::<Vec<_>>()
    };
    let stop = |random: &mut ChaCha8Rng| RideStop {
        request: format!("r{}", random.random_range(0..8)),
        end: if random.random_bool(0.5) { RideEndKind::Pickup } else { RideEndKind::Dropoff },
    };
    let (first, mut then) = (stop(random), stop(random));
    if first.request == then.request {
        then.request = format!("r{}", (random.random_range(1..8) + first.request[1..].parse::<i32>().unwrap()) % 8);
    }
    let requests: Vec<RideRequest> = (0..8).map(|index| any_request(random, index)).collect();
    let is_group = |name: &str| requests.iter().any(|request| request.name == name && !request.parts.is_empty());
    let names_group = |order: &RideOrder| is_group(&order.first.request) || is_group(&order.then.request);
    RideProblem {
        name: "any".to_owned(),
        places: (0..PLACES).map(|place| format!("p{place}")).collect(),
        positions: None,
        driving_seconds: matrix(1),
        driving_metres: matrix(10),
        objective: RideObjective {
            per_driving_second: 2,
            per_vehicle: 500,
            per_unserved: 100_000,
            per_changed_vehicle: 300,
            per_shifted_second: 1,
            ..RideObjective::default()
        },
        vehicles: (0..3).map(|index| any_vehicle(random, index)).collect(),
        orders: vec![RideOrder { first, then }].into_iter().filter(|order| !names_group(order)).collect(),
        requests,
    }
}

fn solved(file: RideProblem, seed: u64) -> RideSolution {
    let mut loaded = load(file).unwrap();
    let options = SearchOptions { pace: Pace::Rounds(30), seed, threads: 1 };
    let mut solution = improve(&loaded.problem, loaded.running.clone(), &options, &|_| {}, StopSignal::NEVER);
    loaded.split_groups(&mut solution);
    solution_file(&loaded, &solution, 0.0, seed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_solution_passes_the_checker_and_so_does_the_rest_of_a_day_that_has_begun(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut file = any_problem(&mut random);
        let first = solved(file.clone(), seed);
        prop_assert_eq!(violations(&file, &first), Vec::<String>::new());
        // The day begins: some stops are made, and the rest is planned anew. Groups that were split are no groups any more.
        let is_split = |group: &RideRequest| {
            let part = format!("{}/1", group.name);
            first.routes.iter().flat_map(|route| &route.stops).any(|call| call.request == part)
        };
        let requests = file.requests.iter();
        file.requests = requests
            .flat_map(|request| if is_split(request) { request.in_parts().collect() } else { vec![request.clone()] })
            .collect();
        for route in &first.routes {
            let vehicle = file.vehicles.iter_mut().find(|vehicle| vehicle.name == route.vehicle).unwrap();
            let stop = |call: &RideCall| RideStop { request: call.request.clone(), end: call.end };
            vehicle.route = route.stops.iter().map(stop).collect();
            vehicle.begun_stops = random.random_range(0..=route.stops.len());
        }
        let second = solved(file.clone(), seed + 1);
        prop_assert_eq!(violations(&file, &second), Vec::<String>::new());
        prop_assert!(second.objective <= first.objective, "the running plan was there to begin with");
        for name in &second.unserved {
            prop_assert!(first.unserved.contains(name), "whoever was promised a ride keeps it");
        }
    }
}

const ROAD: &str = r#"{
  "name": "road", "places": ["A", "B"], "driving_seconds": [[0, 60], [60, 0]], "driving_metres": [[0, 1000], [1000, 0]],
  "vehicles": [{"name": "bus", "start": "A", "end": "A", "window_s": [0, 1000], "products": ["ride"],
    "configurations": [{"seats": 4}]}],
  "requests": [{"name": "rider", "product": "ride", "load": {"seats": 1},
    "pickup": {"place": "A", "window_s": [100, 200]}, "dropoff": {"place": "B", "window_s": [0, 500]}}]
}"#;

/// What is said of the file in which `from` stands for `to`.
fn check(from: &str, to: &str, expected: &str) {
    check_all(&[(from, to)], expected);
}

/// The same for several replacements.
fn check_all(replacements: &[(&str, &str)], expected: &str) {
    let mut text = ROAD.to_owned();
    for (from, to) in replacements {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("road.json");
    std::fs::write(&path, text).unwrap();
    let error = read(&path).err().expect("an error").to_string();
    assert_eq!(error.strip_prefix(&format!("{}: ", path.display())), Some(expected));
}

#[test]
fn wrong_files_are_refused_with_the_field_and_a_remedy() {
    check("\"start\": \"A\"", "\"start\": \"C\"", "vehicles[0].start: \"C\" is not defined in this file");
    check("[\"A\", \"B\"]", "[\"A\", \"A\"]", "places[1]: \"A\" is there twice; names are unique");
    check("[0, 60]", "[0, -60]", "driving_seconds[0][1]: from 0 to 10000000");
    let positions = "\"places\": [\"A\", \"B\"], \"positions\": [[0, 0]]";
    let why = "positions: there are 1 for 2 places; give one for each, in the same order";
    check("\"places\": [\"A\", \"B\"]", positions, why);
    check("[[0, 60], [60, 0]]", "[[0, 60]]", "driving_seconds: has 1 rows for 2 places");
    check(
        "\"window_s\": [0, 1000]",
        "\"window_s\": [1000, 0]",
        "vehicles[0].window_s: [1000, 0] is no window: earliest, then latest, in seconds",
    );
    check(
        "\"ride\", \"load\"",
        "\"taxi\", \"load\"",
        "requests[0].product: \"taxi\" is no product: student, market, freight or ride",
    );
    check("[{\"seats\": 4}]", "[]", "vehicles[0].configurations: a vehicle has at least one configuration");
    check("{\"seats\": 1}", "{\"seats\": -1}", "requests[0].load: from 0 to 1,000,000 in every dimension");
    check(
        "\"name\": \"rider\", \"product\": \"ride\"",
        "\"name\": \"rider\", \"product\": \"freight\"",
        "requests[0].load: freight takes no seats, wheelchair or luggage places",
    );
    let begun = "[0, 1000], \"route\": [{\"request\": \"rider\", \"end\": \"dropoff\"}]";
    let why = "vehicles[0].route: request 0 must be picked up once, then brought once, by one vehicle";
    check("[0, 1000], \"products\"", &format!("{begun}, \"products\""), why);
    let begun = "[0, 1000], \"begun_stops\": 1, \"products\"";
    check("[0, 1000], \"products\"", begun, "vehicles[0].begun_stops: 1 of 0 stops in its route");
    let twice = "\"name\": \"road\", \"orders\": [{\"first\": {\"request\": \"rider\", \"end\": \"dropoff\"},
        \"then\": {\"request\": \"rider\", \"end\": \"pickup\"}}]";
    let why = "orders[0]: both stops are of one request, whose pickup comes first anyway; name two requests";
    check("\"name\": \"road\"", twice, why);
    let heavy = "\"name\": \"road\", \"objective\": {\"per_metre\": 1000000000000000}";
    let why = "objective.per_metre: 1000000000000000 is no weight: from 0, and at most 10^16 in all that could be counted (3000)";
    check("\"name\": \"road\"", heavy, why);
    let parts = "{\"seats\": 3}, \"parts\": [{\"seats\": 2}, {\"seats\": 2}]";
    let why = "requests[0].parts: together they are 4 seats, not what \"load\" says";
    check("{\"seats\": 1}", parts, why);
    let group = "\"name\": \"road\", \"orders\": [{\"first\": {\"request\": \"rider\", \"end\": \"pickup\"}, \"then\": {\"request\": \"other\", \"end\": \"pickup\"}}]";
    let parts = "\"load\": {\"seats\": 2}, \"parts\": [{\"seats\": 1}, {\"seats\": 1}]";
    let why =
        "orders[0]: it is not known which part of a group that may be split it is about; give its parts as requests";
    check_all(&[("\"name\": \"road\"", group), ("\"load\": {\"seats\": 1}", parts)], why);
    let twin = "\"requests\": [{\"name\": \"rider/2\", \"product\": \"ride\", \"load\": {}, \"pickup\": {\"place\": \"A\", \"window_s\": [0, 0]}, \"dropoff\": {\"place\": \"B\", \"window_s\": [0, 0]}}, ";
    let why = "requests[1].parts[1]: it would be called \"rider/2\", like another request";
    check_all(&[("\"requests\": [", twin), ("\"load\": {\"seats\": 1}", parts)], why);
    let far = "\"places\": [\"A\", \"B\"], \"positions\": [[0, 0], [0, -2e9]]";
    let why = "positions[1]: further than 10^9 from the origin; choose another unit";
    check("\"places\": [\"A\", \"B\"]", far, why);
    let told = "{\"seats\": 1}, \"told\": {\"vehicle\": \"bus\", \"pickup_s\": -2147483648, \"dropoff_s\": 0}";
    let why = "requests[0].told.pickup_s: [-2147483648, -2147483648] is no window: earliest, then latest, in seconds";
    check("{\"seats\": 1}", told, why);
    check(
        "\"seats\": 4",
        "\"seat\": 4",
        "unknown field `seat`, expected one of `seats`, `wheelchairs`, `luggage`, \
        `freight_kilograms`, `freight_litres` at line 4 column 30",
    );
}

/// How a group of six, of three and three, rides in a bus with so many seats if it may board until then.
fn ride_of_six(seats: i32, board_until: i32) -> (Vec<String>, Vec<String>) {
    let text = ROAD
        .replace("{\"seats\": 4}", &format!("{{\"seats\": {seats}}}"))
        .replace("{\"seats\": 1},", "{\"seats\": 6}, \"parts\": [{\"seats\": 3}, {\"seats\": 3}],")
        .replace("[100, 200]", &format!("[100, {board_until}]"));
    let file: RideProblem = serde_json::from_str(&text).unwrap();
    let solution = solved(file.clone(), 1);
    assert_eq!(violations(&file, &solution), Vec::<String>::new());
    let calls = solution.routes.iter().flat_map(|route| &route.stops);
    let mut called: Vec<String> = calls.map(|call| call.request.clone()).collect();
    called.sort_unstable();
    (called, solution.unserved)
}

#[test]
fn groups_are_split_only_where_no_vehicle_has_a_place_for_all_and_then_all_ride_or_nobody() {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(ride_of_six(6, 400), (owned(&["rider", "rider"]), owned(&[])));
    assert_eq!(ride_of_six(4, 400), (owned(&["rider/1", "rider/1", "rider/2", "rider/2"]), owned(&[])));
    // No time for a second trip.
    assert_eq!(ride_of_six(4, 200), (owned(&[]), owned(&["rider"])));
}

#[test]
fn times_are_those_of_the_fastest_ways() {
    let detour = ROAD
        .replace("[\"A\", \"B\"]", "[\"A\", \"B\", \"C\"]")
        .replace("[[0, 60], [60, 0]]", "[[0, 60, 10], [60, 0, 10], [10, 10, 0]]");
    let file: RideProblem = serde_json::from_str(&detour).unwrap();
    let why = "it is quicker by way of \"C\"; give the time of the fastest way".to_owned();
    assert_eq!(
        travel_times(&RideProblem { driving_metres: file.driving_seconds.clone(), ..file }).err(),
        Some(("driving_seconds[0][1]".to_owned(), why))
    );
}
