//! Dynamic dial-a-ride (Berbeglia 2012): static instances with the time at which each request becomes known, as JSON.
//!
//! Nodes are numbered as in the static files: depot 0, pickup of request i: i, its drop-off: n + i. The unit of time is a minute.

use std::path::Path;

use sanban_engine::check::benchmark::{BenchmarkInstance, BenchmarkNode};
use sanban_engine::time::{Duration, ServiceTime};
use serde::Deserialize;

use super::read::{FormatError, LARGEST, MOST_VEHICLES};
use super::{TICKS, ticks};

/// An instance and when each of its requests becomes known.
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicInstance {
    /// All requests, as if they had been known from the start.
    pub instance: BenchmarkInstance,
    /// By pair of the instance, in its unit of time.
    pub known_at: Vec<f64>,
}

impl DynamicInstance {
    /// A minute in the unit of the solver.
    pub const MINUTE: Duration = Duration::from_seconds(TICKS as i32);

    /// By request of [`super::problem`]: when it becomes known.
    pub fn known_at(&self) -> Vec<ServiceTime> {
        self.known_at.iter().map(|&time| ticks(time)).collect()
    }

    /// The instance in which no vehicle leaves for a pickup before the request is known: on these routes the pickup begins no
    /// earlier than the drive from the stop before takes from then on. Nodes of the routes exist.
    pub fn on_routes(&self, routes: &[Vec<usize>]) -> BenchmarkInstance {
        let mut instance = self.instance.clone();
        for route in routes {
            let mut before = instance.start;
            for &node in route {
                if let Some(request) = self.instance.pairs.iter().position(|&(pickup, _)| pickup == node) {
                    let arrival = self.known_at[request] + instance.distance(before, node);
                    instance.nodes[node].earliest = instance.nodes[node].earliest.max(arrival);
                }
                before = node;
            }
        }
        instance
    }
}

#[derive(Deserialize)]
struct File {
    static_info: StaticInfo,
    requests: Vec<Request>,
}

#[derive(Deserialize)]
struct StaticInfo {
    number_of_vehicles: usize,
    vehicle_capacity: i32,
    max_ride_time: f64,
    max_route_time: f64,
    /// So it is spelled.
    planing_horizon: f64,
    depot_location: Location,
}

#[derive(Clone, Copy, Deserialize)]
struct Location {
    x_coord: f64,
    y_coord: f64,
}

#[derive(Deserialize)]
struct Request {
    id: usize,
    pickup_location: Location,
    delivery_location: Location,
    pickup_lower_tw: f64,
    pickup_upper_tw: f64,
    pickup_service_time: f64,
    delivery_lower_tw: f64,
    delivery_upper_tw: f64,
    delivery_service_time: f64,
    load: i32,
    arrival_time: f64,
}

/// Which field is wrong, and why.
struct Wrong {
    field: String,
    why: String,
}

impl Wrong {
    fn new(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self { field: field.into(), why: why.into() }
    }
}

/// Reads a dynamic instance; errors name the file, the field and why.
pub fn read_dynamic(path: &Path) -> Result<DynamicInstance, FormatError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| FormatError::Unreadable { path: path.to_owned(), source })?;
    parse(&text).map_err(|Wrong { field, why }| FormatError::InvalidField { path: path.to_owned(), field, why })
}

fn parse(text: &str) -> Result<DynamicInstance, Wrong> {
    let file: Result<File, _> = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text));
    let file = file.map_err(|error| Wrong::new(error.path().to_string(), error.inner().to_string()))?;
    let StaticInfo { number_of_vehicles, vehicle_capacity, max_ride_time, max_route_time, .. } = file.static_info;
    let of_day = |name: &str, value| not_negative(format!("static_info.{name}"), value);
    if number_of_vehicles > MOST_VEHICLES {
        let why = format!("{number_of_vehicles} is out of range; at most {MOST_VEHICLES}");
        return Err(Wrong::new("static_info.number_of_vehicles", why));
    }
    of_day("vehicle_capacity", vehicle_capacity.into())?;
    let horizon = of_day("planing_horizon", file.static_info.planing_horizon)?;
    let depot = file.static_info.depot_location;
    let depot = Stop { field: "static_info.depot_location", service: 0.0, window: (0.0, horizon), load: 0, at: depot };
    let mut nodes = vec![depot.node()?];
    let mut known_at = Vec::with_capacity(file.requests.len());
    for (index, request) in file.requests.iter().enumerate() {
        let field = |name: &str| format!("requests[{index}].{name}");
        if request.id != index + 1 {
            return Err(Wrong::new(field("id"), format!("{} expected, found {}", index + 1, request.id)));
        }
        not_negative(field("load"), request.load.into())?;
        known_at.push(in_range(field("arrival_time"), request.arrival_time)?);
        let pickup = Stop {
            field: &field("pickup"),
            at: request.pickup_location,
            window: (request.pickup_lower_tw, request.pickup_upper_tw),
            service: request.pickup_service_time,
            load: request.load,
        };
        nodes.push(pickup.node()?);
    }
    for (index, request) in file.requests.iter().enumerate() {
        let dropoff = Stop {
            field: &format!("requests[{index}].delivery"),
            at: request.delivery_location,
            window: (request.delivery_lower_tw, request.delivery_upper_tw),
            service: request.delivery_service_time,
            load: -request.load,
        };
        nodes.push(dropoff.node()?);
    }
    let requests = file.requests.len();
    let instance = BenchmarkInstance {
        vehicles: number_of_vehicles,
        capacity: vehicle_capacity.into(),
        max_duration: Some(of_day("max_route_time", max_route_time)?),
        max_ride_time: Some(of_day("max_ride_time", max_ride_time)?),
        nodes,
        pairs: (1..=requests).map(|pickup| (pickup, pickup + requests)).collect(),
        start: 0,
        end: 0,
    };
    Ok(DynamicInstance { instance, known_at })
}

/// One end of a request, or the depot.
struct Stop<'a> {
    /// What its fields begin with.
    field: &'a str,
    at: Location,
    window: (f64, f64),
    service: f64,
    load: i32,
}

impl Stop<'_> {
    fn node(self) -> Result<BenchmarkNode, Wrong> {
        let field = |name: &str| format!("{}{name}", self.field);
        let (earliest, latest) = (in_range(field("_lower_tw"), self.window.0)?, self.window.1);
        if earliest > in_range(field("_upper_tw"), latest)? {
            return Err(Wrong::new(field("_upper_tw"), "the window closes before it opens"));
        }
        Ok(BenchmarkNode {
            x: in_range(field(": x_coord"), self.at.x_coord)?,
            y: in_range(field(": y_coord"), self.at.y_coord)?,
            service: not_negative(field("_service_time"), self.service)?,
            load: self.load.into(),
            earliest,
            latest,
        })
    }
}

fn in_range(field: String, value: f64) -> Result<f64, Wrong> {
    if value.abs() <= LARGEST {
        return Ok(value);
    }
    Err(Wrong::new(field, format!("{value} is out of range; at most {LARGEST} either way")))
}

fn not_negative(field: String, value: f64) -> Result<f64, Wrong> {
    if value < 0.0 { Err(Wrong::new(field, "is negative")) } else { in_range(field, value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"static_info": {"number_of_vehicles": 1, "vehicle_capacity": 3, "max_ride_time": 30,
 "max_route_time": 480, "planing_horizon": 1440, "depot_location": {"x_coord": 0, "y_coord": 0}},
 "requests": [{"id": 1, "pickup_location": {"x_coord": 1, "y_coord": 0},
 "delivery_location": {"x_coord": 2.5, "y_coord": 0}, "pickup_lower_tw": 0, "pickup_upper_tw": 90,
 "pickup_service_time": 3, "delivery_lower_tw": 5, "delivery_upper_tw": 95, "delivery_service_time": 4,
 "load": 2, "arrival_time": 17}]}"#;

    #[test]
    fn a_file_is_read_with_the_numbers_of_static_instances() {
        let DynamicInstance { instance, known_at } = parse(FILE).ok().unwrap();
        let node = |x, service, load, earliest, latest| BenchmarkNode { x, y: 0.0, service, load, earliest, latest };
        let ends = [node(1.0, 3.0, 2.0, 0.0, 90.0), node(2.5, 4.0, -2.0, 5.0, 95.0)];
        assert_eq!(instance.nodes, [&[node(0.0, 0.0, 0.0, 0.0, 1440.0)], &ends[..]].concat());
        assert_eq!((instance.vehicles, instance.capacity, instance.pairs), (1, 3.0, vec![(1, 2)]));
        assert_eq!((instance.max_ride_time, instance.max_duration), (Some(30.0), Some(480.0)));
        assert_eq!(known_at, [17.0]);
    }

    #[test]
    fn errors_name_the_field_and_why() {
        let check = |from: &str, to: &str, expected: &str| {
            assert!(FILE.contains(from), "{from}");
            let wrong = parse(&FILE.replacen(from, to, 1)).err().unwrap();
            assert_eq!(format!("{}: {}", wrong.field, wrong.why), expected);
        };
        check(", \"arrival_time\": 17", "", "requests[0]: missing field `arrival_time` at line 6 column 11");
        let text = "requests[0].load: invalid type: string \"two\", expected i32 at line 6 column 14";
        check("\"load\": 2", "\"load\": \"two\"", text);
        check("\"load\": 2", "\"load\": -2", "requests[0].load: is negative");
        check("\"id\": 1", "\"id\": 3", "requests[0].id: 1 expected, found 3");
        check(
            "\"x_coord\": 2.5",
            "\"x_coord\": 1e9",
            "requests[0].delivery: x_coord: 1000000000 is out of range; at most 8000 either way",
        );
        let late = "requests[0].delivery_upper_tw: the window closes before it opens";
        check("\"delivery_upper_tw\": 95", "\"delivery_upper_tw\": 4", late);
        check(
            "\"pickup_service_time\": 3",
            "\"pickup_service_time\": -3",
            "requests[0].pickup_service_time: is negative",
        );
        check("\"max_ride_time\": 30", "\"max_ride_time\": -1", "static_info.max_ride_time: is negative");
        let many = "static_info.number_of_vehicles: 1000000 is out of range; at most 100000";
        check("\"number_of_vehicles\": 1", "\"number_of_vehicles\": 1000000", many);
    }

    #[test]
    fn nobody_is_collected_before_a_vehicle_can_come_for_a_request_that_is_known() {
        let known = parse(FILE).ok().unwrap();
        let earliest = |routes: &[Vec<usize>]| known.on_routes(routes).nodes[1].earliest;
        assert_eq!(earliest(&[vec![1, 2]]), 18.0);
        assert_eq!(earliest(&[vec![2, 1]]), 18.5);
        assert_eq!(earliest(&[]), 0.0);
    }
}
