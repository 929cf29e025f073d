//! Ride problems as JSON: the engine's own rich model in a file, and its solutions (`docs/ride-problems.md`).
//!
//! Names become ids here; every name that doesn't exist and every figure out of range is told with its field.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sanban_engine::check::rides::{
    RideCall, RideEnd, RideEndKind, RideLoad, RideProblem, RideRequest, RideRest, RideRoute, RideSolution, RideStop,
    RideVehicle, Span, violations,
};
use sanban_engine::fleet::{Product, Products};
use sanban_engine::ids::PlaceId;
use sanban_engine::network::TravelTimes;
use sanban_engine::ondemand::{
    BreakSpec, Capacity, ContinuousDriving, DutyRules, Objective, Order, Problem, RequestIndex, RequestSpec, RouteStop,
    Solution, StopKind, StopSpec, Told, VehicleSpec, insert_all_or_none,
};
use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
use sanban_engine::units::Load;

use crate::solution_files::{JsonFileError, SolutionFileError, instance_of, parse};

/// Why a file is no ride problem.
#[derive(Debug, thiserror::Error)]
pub enum RideProblemError {
    /// It isn't JSON of the documented form.
    #[error(transparent)]
    File(#[from] JsonFileError),
    /// A field's content is wrong.
    #[error("{}: {field}: {why}", path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Which field.
        field: String,
        /// What is wrong and what is expected.
        why: String,
    },
}

/// A problem in both forms, and the plan that is running.
pub struct Loaded {
    /// As the file has it.
    pub file: RideProblem,
    /// As the solver has it: vehicles and requests in the order of the file.
    pub problem: Problem,
    /// The routes that vehicles have in the file.
    pub running: Solution,
    /// What the solver's requests are called; parts of groups that were split come behind those of the file.
    names: Vec<String>,
    groups: Vec<Group>,
}

/// A request that may be split.
struct Group {
    whole: RequestIndex,
    parts: Vec<(String, Load)>,
}

impl Loaded {
    /// Are there groups that may be split?
    pub fn has_groups(&self) -> bool {
        !self.groups.is_empty()
    }

    /// Splits the groups that nobody serves and that may be split, each if there is a place for all of its parts: from then on they
    /// are requests of their own.
    pub fn split_groups(&mut self, solution: &mut Solution) {
        for Group { whole, parts } in &self.groups {
            if self.problem.is_retired(*whole) || solution.vehicle_of(*whole).is_some() {
                continue;
            }
            let mut split = Vec::new();
            for (name, load) in parts {
                let spec = RequestSpec { load: *load, ..*self.problem.request(*whole) };
                let part = self.problem.push_request(spec);
                if let Some(told) = self.problem.told(*whole).copied() {
                    self.problem.tell(Told { request: part, ..told });
                }
                self.names.push(name.clone());
                split.push(part);
            }
            if insert_all_or_none(&self.problem, solution, &split) {
                self.problem.retire_request(*whole);
            } else {
                split.into_iter().for_each(|part| self.problem.retire_request(part));
            }
        }
    }
}

/// Reads a problem and checks every name and figure in it.
pub fn read(path: &Path) -> Result<Loaded, RideProblemError> {
    load(parse(path)?).map_err(|(field, why)| RideProblemError::Invalid { path: path.to_owned(), field, why })
}

type Wrong = (String, String);

/// Times and durations beyond this don't make sense on one service day, and distances beyond it are no county's.
const LARGEST: i32 = 10_000_000;

/// No part of a cost is more than this.
const MOST_COST: i128 = 10_000_000_000_000_000;
/// Beyond this, positions differ by less than a picture can tell.
const FURTHEST: f64 = 1e9;
/// Every order of so many breaks among the stops of a route is looked at.
const MOST_BREAKS: usize = 3;

fn wrong<T>(field: impl Into<String>, why: impl Into<String>) -> Result<T, Wrong> {
    Err((field.into(), why.into()))
}

fn load(file: RideProblem) -> Result<Loaded, Wrong> {
    let names = Names::of(&file)?;
    let travel = travel_times(&file)?;
    let vehicles = file.vehicles.iter().enumerate();
    let vehicles = vehicles.map(|(index, vehicle)| names.vehicle(&format!("vehicles[{index}]"), vehicle));
    let weights = &file.objective;
    let objective = Objective {
        per_metre: weights.per_metre,
        per_driving_second: weights.per_driving_second,
        per_vehicle: weights.per_vehicle,
        per_unserved: weights.per_unserved,
        per_changed_vehicle: weights.per_changed_vehicle,
        per_shifted_second: weights.per_shifted_second,
    };
    check_weights(&file)?;
    check_positions(&file)?;
    let mut problem = Problem::new(Arc::new(travel), vehicles.collect::<Result<_, _>>()?, objective);
    let mut groups = Vec::new();
    for (index, request) in file.requests.iter().enumerate() {
        let field = format!("requests[{index}]");
        let spec = names.request(&field, request)?;
        let request_index = problem.push_request(spec);
        if !request.parts.is_empty() {
            groups.push(Group { whole: request_index, parts: names.parts(&field, request)? });
        }
        if let Some(told) = &request.told {
            let vehicle = names.find(&names.vehicles, &format!("{field}.told.vehicle"), &told.vehicle)? as u32;
            for (name, at) in [("pickup_s", told.pickup_s), ("dropoff_s", told.dropoff_s)] {
                span(&format!("{field}.told.{name}"), (at, at))?;
            }
            let (pickup, dropoff) = (time(told.pickup_s), time(told.dropoff_s));
            problem.tell(Told { request: request_index, vehicle, pickup, dropoff });
        }
    }
    let is_group =
        |stop: &RideStop| file.requests.iter().any(|request| request.name == stop.request && !request.parts.is_empty());
    for (index, order) in file.orders.iter().enumerate() {
        let field = format!("orders[{index}]");
        if order.first.request == order.then.request {
            return wrong(field, "both stops are of one request, whose pickup comes first anyway; name two requests");
        }
        if [&order.first, &order.then].iter().any(|stop| is_group(stop)) {
            return wrong(
                field,
                "it is not known which part of a group that may be split it is about; give its parts as requests",
            );
        }
        let first = names.stop(&format!("{field}.first"), &order.first)?;
        let then = names.stop(&format!("{field}.then"), &order.then)?;
        problem.add_order(Order { first, then });
    }
    let mut running = Solution::empty(&problem);
    for (index, vehicle) in file.vehicles.iter().enumerate() {
        if vehicle.begun_stops > vehicle.route.len() {
            let why = format!("{} of {} stops in its route", vehicle.begun_stops, vehicle.route.len());
            return wrong(format!("vehicles[{index}].begun_stops"), why);
        }
        let field = format!("vehicles[{index}].route");
        let stops = vehicle.route.iter().enumerate();
        let stops = stops.map(|(number, stop)| names.stop(&format!("{field}[{number}]"), stop));
        let stops = stops.collect::<Result<Vec<_>, _>>()?;
        running.set_route(&problem, index, stops).or_else(|error| wrong(&field, error.to_string()))?;
    }
    let names = file.requests.iter().map(|request| request.name.clone()).collect();
    Ok(Loaded { file, problem, running, names, groups })
}

fn check_positions(file: &RideProblem) -> Result<(), Wrong> {
    let Some(positions) = &file.positions else { return Ok(()) };
    if positions.len() != file.places.len() {
        let why = format!(
            "there are {} for {} places; give one for each, in the same order",
            positions.len(),
            file.places.len()
        );
        return wrong("positions", why);
    }
    match positions.iter().position(|&(x, y)| x.abs().max(y.abs()) > FURTHEST) {
        None => Ok(()),
        Some(index) => wrong(format!("positions[{index}]"), "further than 10^9 from the origin; choose another unit"),
    }
}

/// What all requests and vehicles together could cost stays far below what costs are counted in.
fn check_weights(file: &RideProblem) -> Result<(), Wrong> {
    let weights = &file.objective;
    // A group may come to be as many requests as it has parts.
    let requests: usize = file.requests.iter().map(|request| request.parts.len().max(1)).sum();
    let (requests, vehicles) = (requests as i128, file.vehicles.len() as i128);
    let legs = 2 * requests + vehicles;
    let longest = |matrix: &[Vec<i32>]| matrix.iter().flatten().copied().max().map_or(0, i128::from);
    let slowest = file.vehicles.iter().map(|vehicle| i128::from(vehicle.driving_time_percent)).max().unwrap_or(100);
    let parts = [
        ("per_metre", weights.per_metre, longest(&file.driving_metres) * legs),
        ("per_driving_second", weights.per_driving_second, longest(&file.driving_seconds) * slowest / 100 * legs),
        ("per_vehicle", weights.per_vehicle, vehicles),
        ("per_unserved", weights.per_unserved, requests),
        ("per_changed_vehicle", weights.per_changed_vehicle, requests),
        ("per_shifted_second", weights.per_shifted_second, 2 * i128::from(LARGEST) * 2 * requests),
    ];
    for (name, weight, most) in parts {
        if weight < 0 || i128::from(weight) * most > MOST_COST {
            let why = format!("{weight} is no weight: from 0, and at most 10^16 in all that could be counted ({most})");
            return wrong(format!("objective.{name}"), why);
        }
    }
    Ok(())
}

/// Positions of all names.
struct Names<'a> {
    places: BTreeMap<&'a str, usize>,
    vehicles: BTreeMap<&'a str, usize>,
    requests: BTreeMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    fn of(file: &'a RideProblem) -> Result<Self, Wrong> {
        Ok(Self {
            places: positions("places", file.places.iter())?,
            vehicles: positions("vehicles", file.vehicles.iter().map(|vehicle| &vehicle.name))?,
            requests: positions("requests", file.requests.iter().map(|request| &request.name))?,
        })
    }

    fn find(&self, among: &BTreeMap<&str, usize>, field: &str, name: &str) -> Result<usize, Wrong> {
        let unknown = || (field.to_owned(), format!("\"{name}\" is not defined in this file"));
        among.get(name).copied().ok_or_else(unknown)
    }

    fn place(&self, field: &str, name: &str) -> Result<PlaceId, Wrong> {
        self.find(&self.places, field, name).map(PlaceId::from_index)
    }

    fn stop(&self, field: &str, stop: &RideStop) -> Result<RouteStop, Wrong> {
        let request = self.find(&self.requests, &format!("{field}.request"), &stop.request)?;
        Ok(RouteStop { request: RequestIndex(request as u32), kind: kind_of(stop.end) })
    }

    fn vehicle(&self, field: &str, vehicle: &RideVehicle) -> Result<VehicleSpec, Wrong> {
        let window = span(&format!("{field}.window_s"), vehicle.window_s)?;
        let mut configurations = Vec::new();
        for (index, &configuration) in vehicle.configurations.iter().enumerate() {
            configurations.push(load_of(&format!("{field}.configurations[{index}]"), configuration)?);
        }
        let Some((&usual, others)) = configurations.split_first() else {
            return wrong(format!("{field}.configurations"), "a vehicle has at least one configuration");
        };
        if !(10..=1_000).contains(&vehicle.driving_time_percent) {
            return wrong(format!("{field}.driving_time_percent"), "from 10 to 1000");
        }
        let words = vehicle.products.iter().map(|word| product(&format!("{field}.products"), word));
        let products = words.collect::<Result<Products, _>>()?;
        if vehicle.breaks.len() > MOST_BREAKS {
            return wrong(format!("{field}.breaks"), format!("at most {MOST_BREAKS}"));
        }
        let breaks = vehicle.breaks.iter().enumerate().map(|(index, due)| {
            let field = format!("{field}.breaks[{index}]");
            let window = span(&format!("{field}.window_s"), due.window_s)?;
            duration(&format!("{field}.duration_s"), due.duration_s).map(|duration| BreakSpec { window, duration })
        });
        let continuous_driving = vehicle.continuous_driving.map(|rule| {
            let field = format!("{field}.continuous_driving");
            let rest = duration(&format!("{field}.rest_s"), rule.rest_s)?;
            if rest == Duration::ZERO {
                return wrong(format!("{field}.rest_s"), "a rest takes at least a second");
            }
            let limit = duration(&format!("{field}.limit_s"), rule.limit_s)?;
            let night_limit = duration(&format!("{field}.night_limit_s"), rule.night_limit_s)?;
            Ok(ContinuousDriving { limit, night_limit, day: span(&format!("{field}.day_s"), rule.day_s)?, rest })
        });
        let optional =
            |name: &str, value: Option<i32>| value.map(|value| duration(&format!("{field}.{name}"), value)).transpose();
        let duty = DutyRules {
            breaks: breaks.collect::<Result<_, _>>()?,
            continuous_driving: continuous_driving.transpose()?,
            max_driving: optional("max_driving_s", vehicle.max_driving_s)?,
            max_waiting_aboard: optional("max_waiting_aboard_s", vehicle.max_waiting_aboard_s)?,
        };
        Ok(VehicleSpec {
            end: self.place(&format!("{field}.end"), &vehicle.end)?,
            capacity: others.iter().fold(Capacity::of(usual), |capacity, &other| capacity.or(other)),
            max_duration: optional("max_duration_s", vehicle.max_duration_s)?,
            driving_time_percent: vehicle.driving_time_percent,
            begun_stops: vehicle.begun_stops,
            duty,
            ..VehicleSpec::at(self.place(&format!("{field}.start"), &vehicle.start)?, window, usual, products)
        })
    }

    fn request(&self, field: &str, request: &RideRequest) -> Result<RequestSpec, Wrong> {
        let product = product(&format!("{field}.product"), &request.product)?;
        let load = load_of(&format!("{field}.load"), request.load)?;
        if product == Product::Freight && (load.seats, load.wheelchairs, load.luggage) != (0, 0, 0) {
            return wrong(format!("{field}.load"), "freight takes no seats, wheelchair or luggage places");
        }
        let limit = request.max_ride_s.map(|limit| duration(&format!("{field}.max_ride_s"), limit));
        let vehicle = request.vehicle.as_deref();
        let vehicle = vehicle.map(|name| self.find(&self.vehicles, &format!("{field}.vehicle"), name));
        Ok(RequestSpec {
            pickup: self.end(&format!("{field}.pickup"), &request.pickup)?,
            dropoff: self.end(&format!("{field}.dropoff"), &request.dropoff)?,
            load,
            ride_time_limit: limit.transpose()?,
            product,
            vehicle: vehicle.transpose()?.map(|vehicle| vehicle as u32),
        })
    }

    /// The parts of a group, which add up to the whole.
    fn parts(&self, field: &str, group: &RideRequest) -> Result<Vec<(String, Load)>, Wrong> {
        let mut parts = Vec::new();
        for (index, part) in group.in_parts().enumerate() {
            let field = format!("{field}.parts[{index}]");
            if self.requests.contains_key(part.name.as_str()) {
                return wrong(field, format!("it would be called \"{}\", like another request", part.name));
            }
            parts.push((part.name, load_of(&field, part.load)?));
        }
        let sum = parts.iter().fold(Load::ZERO, |sum, part| sum + part.1);
        if sum != load_of(&format!("{field}.load"), group.load)? {
            return wrong(format!("{field}.parts"), format!("together they are {sum}, not what \"load\" says"));
        }
        Ok(parts)
    }

    fn end(&self, field: &str, end: &RideEnd) -> Result<StopSpec, Wrong> {
        Ok(StopSpec {
            place: self.place(&format!("{field}.place"), &end.place)?,
            window: span(&format!("{field}.window_s"), end.window_s)?,
            service: duration(&format!("{field}.service_s"), end.service_s)?,
        })
    }
}

fn positions<'a>(field: &str, names: impl Iterator<Item = &'a String>) -> Result<BTreeMap<&'a str, usize>, Wrong> {
    let mut positions = BTreeMap::new();
    for (index, name) in names.enumerate() {
        if positions.insert(name.as_str(), index).is_some() {
            return wrong(format!("{field}[{index}]"), format!("\"{name}\" is there twice; names are unique"));
        }
    }
    Ok(positions)
}

/// The matrices, which must be those of fastest ways.
fn travel_times(file: &RideProblem) -> Result<TravelTimes, Wrong> {
    let count = file.places.len();
    for (field, matrix) in [("driving_seconds", &file.driving_seconds), ("driving_metres", &file.driving_metres)] {
        if matrix.len() != count {
            return wrong(field, format!("has {} rows for {count} places", matrix.len()));
        }
        for (from, row) in matrix.iter().enumerate() {
            if row.len() != count {
                return wrong(format!("{field}[{from}]"), format!("has {} entries for {count} places", row.len()));
            }
            if let Some(to) = row.iter().position(|entry| !(0..=LARGEST).contains(entry)) {
                return wrong(format!("{field}[{from}][{to}]"), format!("from 0 to {LARGEST}"));
            }
            if row[from] != 0 {
                return wrong(format!("{field}[{from}][{from}]"), "0 from a place to itself");
            }
        }
    }
    let seconds = &file.driving_seconds;
    for via in 0..count {
        for from in 0..count {
            let first = seconds[from][via];
            if let Some(to) = (0..count).find(|&to| first + seconds[via][to] < seconds[from][to]) {
                let why = format!("it is quicker by way of \"{}\"; give the time of the fastest way", file.places[via]);
                return wrong(format!("driving_seconds[{from}][{to}]"), why);
            }
        }
    }
    let flat = |matrix: &[Vec<i32>]| matrix.concat();
    let travel = TravelTimes::of_fastest_ways(count, &flat(&file.driving_seconds), &flat(&file.driving_metres));
    Ok(travel.expect("no entry is negative"))
}

fn time(seconds: i32) -> ServiceTime {
    ServiceTime::from_seconds(seconds)
}

fn span(field: &str, (earliest, latest): Span) -> Result<TimeWindow, Wrong> {
    let range = -LARGEST..=LARGEST;
    if earliest > latest || !range.contains(&earliest) || !range.contains(&latest) {
        return wrong(field, format!("[{earliest}, {latest}] is no window: earliest, then latest, in seconds"));
    }
    Ok(TimeWindow::new(time(earliest), time(latest)))
}

fn duration(field: &str, seconds: i32) -> Result<Duration, Wrong> {
    if (0..=LARGEST).contains(&seconds) {
        Ok(Duration::from_seconds(seconds))
    } else {
        wrong(field, format!("{seconds} is no duration: from 0 to {LARGEST} seconds"))
    }
}

fn load_of(field: &str, load: RideLoad) -> Result<Load, Wrong> {
    let RideLoad { seats, wheelchairs, luggage, freight_kilograms, freight_litres } = load;
    let load = Load { seats, wheelchairs, luggage, freight_kilograms, freight_litres };
    if Load::ZERO.fits_in(load) && load.fits_in(Load::from_dimensions([1_000_000; 5])) {
        Ok(load)
    } else {
        wrong(field, "from 0 to 1,000,000 in every dimension")
    }
}

fn product(field: &str, word: &str) -> Result<Product, Wrong> {
    let known = [Product::Student, Product::Market, Product::Freight, Product::Ride];
    let unknown = || (field.to_owned(), format!("\"{word}\" is no product: student, market, freight or ride"));
    known.into_iter().find(|product| product.word() == word).ok_or_else(unknown)
}

fn kind_of(end: RideEndKind) -> StopKind {
    if end == RideEndKind::Pickup { StopKind::Pickup } else { StopKind::Dropoff }
}

/// What is wrong with a solution file, one line each; the problem is given, or found beside the solution by its name.
pub fn check_solution_file(path: &Path, problem: Option<&Path>) -> Result<Vec<String>, SolutionFileError> {
    let solution: RideSolution = parse(path)?;
    let problem = instance_of(path, problem, (&solution.instance, &[".json"]))?;
    let loaded = read(&problem).map_err(SolutionFileError::of_instance)?;
    Ok(violations(&loaded.file, &solution))
}

/// A solution in the names of the file.
pub fn solution_file(loaded: &Loaded, solution: &Solution, seconds: f64, seed: u64) -> RideSolution {
    let Loaded { file, problem, names, .. } = loaded;
    let used = (0..file.vehicles.len()).filter(|&vehicle| !solution.stops(vehicle).is_empty());
    let routes = used.map(|vehicle| {
        let times = solution.schedule(problem, vehicle);
        let stops = times.stops.iter().map(|stop| RideCall {
            request: names[stop.request.index()].clone(),
            end: if stop.kind == StopKind::Pickup { RideEndKind::Pickup } else { RideEndKind::Dropoff },
            arrive_s: stop.arrival.seconds(),
            begin_s: stop.begin.seconds(),
        });
        let rests = times.rests.iter().map(|rest| RideRest {
            after_stops: rest.after_stops,
            place: file.places[rest.place.index()].clone(),
            begin_s: rest.begin.seconds(),
            end_s: rest.end.seconds(),
        });
        RideRoute {
            vehicle: file.vehicles[vehicle].name.clone(),
            leaves_s: times.leaves.seconds(),
            returns_s: times.returns.seconds(),
            stops: stops.collect(),
            rests: rests.collect(),
        }
    });
    let unserved = solution.unserved(problem).map(|request| names[request.index()].clone());
    RideSolution {
        instance: file.name.clone(),
        format: "json".to_owned(),
        objective: solution.cost(problem),
        vehicles: solution.vehicles_used(),
        seconds,
        seed,
        routes: routes.collect(),
        unserved: unserved.collect(),
    }
}
