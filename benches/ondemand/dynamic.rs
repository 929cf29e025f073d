//! Days whose requests become known one after the other, three ways: insertion alone, insertion and improvement, and with
//! everything known from the start. The difference to the last is the price of not knowing.

use std::path::Path;

use sanban_engine::check::benchmark::violations;
use sanban_engine::ondemand::{
    Improvement, Pace, Problem, SearchOptions, Solution, StopKind, VehicleSpec, improve, serve_day,
};
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::time::{Duration, ServiceTime};
use sanban_server::benchmark_formats::{
    DynamicInstance, Format, TICKS, TOLERANCE, problem, read_dynamic, routes, served_part,
};

use crate::county_day::{self, METRES_PER_KILOMETRE};

/// One day to be served in all three ways.
struct Day {
    name: String,
    problem: Problem,
    known_at: Vec<ServiceTime>,
    /// In the problem's unit.
    minute: Duration,
    /// Distance of the problem per unit that is printed.
    per_unit: f64,
    /// Of a given day: what the routes are checked against.
    instance: Option<DynamicInstance>,
}

/// How many requests were served, and over which distance.
struct Outcome {
    served: usize,
    distance: f64,
}

/// What is served, and how hard the search works.
pub struct Settings<'a> {
    /// Instances with arrival times.
    pub instances: Option<&'a Path>,
    /// Only these.
    pub only: &'a [String],
    /// So many generated days of the county, with so many requests each.
    pub county: (u64, usize),
    /// Rounds of the search per minute of the day.
    pub rounds_per_minute: u64,
    /// Seed of the searches and of the first generated day.
    pub seed: u64,
}

/// Serves all days and prints one Markdown table.
pub fn compare(settings: &Settings<'_>) -> Result<(), String> {
    println!(
        "| day | requests | known at the start | insertion | distance | with improvement | distance | all known \
         | distance | price of not knowing |\n|---|---|---|---|---|---|---|---|---|---|"
    );
    if let Some(folder) = settings.instances {
        for path in crate::instances(folder, "json")? {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if settings.only.is_empty() || settings.only.contains(&name) {
                print_row(&given(name, &path)?, settings)?;
            }
        }
    }
    let (days, requests) = settings.county;
    for number in 0..days {
        let seed = settings.seed + number;
        let (problem, known_at) = county_day::generate(requests, seed)?;
        let name = format!("county {seed}");
        let minute = Duration::from_minutes(1);
        let day = Day { name, problem, known_at, minute, per_unit: METRES_PER_KILOMETRE, instance: None };
        print_row(&day, settings)?;
    }
    Ok(())
}

fn given(name: String, path: &Path) -> Result<Day, String> {
    let day = read_dynamic(path).map_err(|error| error.to_string())?;
    Ok(Day {
        name: format!("given {name}"),
        problem: problem(Format::DynamicDarp, &day.instance),
        known_at: day.known_at(),
        minute: DynamicInstance::MINUTE,
        per_unit: TICKS,
        instance: Some(day),
    })
}

fn print_row(day: &Day, settings: &Settings<'_>) -> Result<(), String> {
    let improvement =
        Improvement { rounds_per_minute: settings.rounds_per_minute, minute: day.minute, seed: settings.seed };
    let live = |improvement| serve_day(&day.problem, &day.known_at, improvement, &|_| {}, StopSignal::NEVER);
    let improved = live(Some(improvement));
    let alone = judged(day, &live(None).solution, true)?;
    let better = judged(day, &improved.solution, true)?;
    let options = SearchOptions { pace: Pace::Rounds(improved.rounds.max(1)), seed: settings.seed, threads: 1 };
    // Whoever knows everything can do what was done without knowing: the better of a search from nothing and from that.
    let starts = [Solution::empty(&day.problem), improved.solution.clone()];
    let searched = starts.map(|start| improve(&day.problem, start, &options, &|_| {}, StopSignal::NEVER));
    let all_known = searched.into_iter().min_by_key(|solution| solution.cost(&day.problem)).expect("there are two");
    let all_known = judged(day, &all_known, false)?;
    let requests = day.known_at.len();
    let first = day.known_at.iter().min();
    let at_start = day.known_at.iter().filter(|&known| Some(known) == first).count();
    let share = |outcome: &Outcome| 100.0 * outcome.served as f64 / requests as f64;
    let columns = |outcome: &Outcome| format!("{:.1}% | {:.1}", share(outcome), outcome.distance);
    let per_request = |outcome: &Outcome| outcome.distance / outcome.served.max(1) as f64;
    println!(
        "| {} | {requests} | {at_start} | {} | {} | {} | {:.1} points, {:+.1}% distance per request |",
        day.name,
        columns(&alone),
        columns(&better),
        columns(&all_known),
        share(&all_known) - share(&better),
        100.0 * (per_request(&better) / per_request(&all_known) - 1.0)
    );
    Ok(())
}

/// Counts and measures; the routes of a given day must pass the independent check.
fn judged(day: &Day, solution: &Solution, as_known: bool) -> Result<Outcome, String> {
    let requests = day.problem.active_requests();
    let served = requests.filter(|&request| solution.vehicle_of(request).is_some()).count();
    let distance = match &day.instance {
        Some(given) => {
            let routes = routes(&given.instance, solution);
            let instance = if as_known { given.on_routes(&routes) } else { given.instance.clone() };
            let unserved: Vec<usize> =
                solution.unserved(&day.problem).map(|request| given.instance.pairs[request.index()].0).collect();
            let wrong = violations(&served_part(&instance, &unserved), &routes, TOLERANCE);
            if !wrong.is_empty() {
                return Err(format!("{}: not a solution: {}", day.name, wrong.join("; ")));
            }
            given.instance.total_distance(&routes)
        }
        None => {
            let vehicles = day.problem.vehicles().iter().enumerate();
            vehicles.map(|(vehicle, spec)| driven(&day.problem, solution, vehicle, spec)).sum::<i64>() as f64
                / day.per_unit
        }
    };
    Ok(Outcome { served, distance })
}

/// Metres driven by a vehicle.
fn driven(problem: &Problem, solution: &Solution, vehicle: usize, spec: &VehicleSpec) -> i64 {
    let stops = solution.stops(vehicle);
    if stops.is_empty() {
        return 0;
    }
    let places = stops.iter().map(|stop| {
        let request = problem.request(stop.request);
        if stop.kind == StopKind::Pickup { request.pickup.place } else { request.dropoff.place }
    });
    let places: Vec<_> = [spec.start].into_iter().chain(places).chain([spec.end]).collect();
    places.windows(2).map(|leg| problem.travel().distance(leg[0], leg[1]).0).sum()
}
