//! Rides on demand: public benchmark instances against the best known, and how long a quote takes.
//!
//! ```sh
//! cargo bench --bench ondemand -- --instances DIR --format darp --seconds 10 --only a2-16 --only pr01
//! cargo bench --bench ondemand -- --dynamic --instances DIR
//! cargo bench --bench ondemand -- --quote
//! ```
//!
//! `DIR/best-known.csv` names the best known: `instance,distance,…` for dial-a-ride, `instance,vehicles,distance` for
//! pickup and delivery. Prints Markdown.

#[path = "ondemand/county_day.rs"]
mod county_day;
#[path = "ondemand/dynamic.rs"]
mod dynamic;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sanban_engine::check::benchmark::violations;
use sanban_engine::fleet::Product;
use sanban_engine::ids::PlaceId;
use sanban_engine::network::TravelTimes;
use sanban_engine::ondemand::{Objective, Problem, Progress, RequestSpec, Solution, StopSpec, VehicleSpec, best_insertion};
use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
use sanban_engine::units::Load;
use sanban_server::benchmark_formats::{Effort, Format, ROUNDS_PER_MINUTE, TOLERANCE, problem, read, routes, search};

/// Benchmarks of rides on demand
#[derive(Parser)]
struct Args {
    /// Folder of instances with their best-known.csv
    #[arg(long, required_unless_present_any = ["quote", "dynamic"])]
    instances: Option<PathBuf>,
    /// Family of the instances
    #[arg(long, required_unless_present_any = ["quote", "dynamic"])]
    format: Option<Format>,
    /// Wall-clock limit per instance
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Only these instances
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Seed of the search and of the synthetic county
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads of the search
    #[arg(long, default_value_t = 1)]
    threads: u16,
    /// Measure single quotes on a synthetic county instead
    #[arg(long)]
    quote: bool,
    /// Serve days whose requests become known one after the other: those of the instances and generated ones
    #[arg(long)]
    dynamic: bool,
    /// So many generated days of the county
    #[arg(long, default_value_t = 2)]
    county_days: u64,
    /// Requests of a generated day
    #[arg(long, default_value_t = 1_500)]
    county_requests: usize,
    /// Rounds of the search per minute of a dynamic day
    #[arg(long, default_value_t = ROUNDS_PER_MINUTE)]
    rounds_per_minute: u64,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match (&args.instances, args.format) {
        (folder, _) if args.dynamic => dynamic::compare(&dynamic::Settings {
            instances: folder.as_deref(),
            only: &args.only,
            county: (args.county_days, args.county_requests),
            rounds_per_minute: args.rounds_per_minute,
            seed: args.seed,
        }),
        (Some(folder), Some(format)) if !args.quote => compare(&args, folder, format),
        _ => {
            quote(args.seed);
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The best known solution of an instance; vehicles only where they count first.
struct BestKnown {
    vehicles: Option<usize>,
    distance: f64,
}

fn compare(args: &Args, folder: &Path, format: Format) -> Result<(), String> {
    let best_known = best_known(&folder.join("best-known.csv"), format)?;
    println!("| instance | vehicles | distance | best known | gap | rounds |\n|---|---|---|---|---|---|");
    let mut gaps: Vec<(f64, String)> = Vec::new();
    for path in instances(folder, "txt")? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !args.only.is_empty() && !args.only.contains(&name) {
            continue;
        }
        let instance = read(format, &path).map_err(|error| error.to_string())?;
        let problem = problem(format, &instance);
        let time_limit = Some(std::time::Duration::from_secs_f64(args.seconds));
        let effort = Effort { time_limit, work_limit: None, seed: args.seed, threads: args.threads.into() };
        let rounds = AtomicU64::new(0);
        let report = |made: Progress| rounds.store(made.iteration, Ordering::Relaxed);
        let solution = search(&problem, Solution::empty(&problem), effort, &report, &AtomicBool::new(false));
        let routes = routes(&instance, &solution);
        let wrong = violations(&instance, &routes, TOLERANCE);
        let distance = instance.total_distance(&routes);
        let (known, gap) = match best_known.get(&name.to_lowercase()) {
            None => ("unknown".to_owned(), String::new()),
            Some(best) => {
                let more = best.vehicles.map_or(0, |vehicles| routes.len() as i64 - vehicles as i64);
                // Published values are rounded: hundredths of a percent, and no minus before zero.
                let gap = (1e4 * (distance - best.distance) / best.distance).round() / 100.0 + 0.0;
                let vehicles = best.vehicles.map_or(String::new(), |vehicles| format!("{vehicles}, "));
                if more == 0 && wrong.is_empty() {
                    gaps.push((gap, name.clone()));
                }
                let gap = if more == 0 { format!("{gap:.2}%") } else { format!("{more:+} vehicles") };
                (format!("{vehicles}{:.2}", best.distance), gap)
            }
        };
        let gap = if wrong.is_empty() { gap } else { format!("not a solution: {}", wrong.join("; ")) };
        println!("| {name} | {} | {distance:.4} | {known} | {gap} | {} |", routes.len(), rounds.into_inner());
    }
    if let Some((worst, name)) = gaps.iter().max_by(|one, other| one.0.total_cmp(&other.0)) {
        let mean = gaps.iter().map(|(gap, _)| gap).sum::<f64>() / gaps.len() as f64;
        println!(
            "\nOf {} with the best known number of vehicles or none given: mean gap {mean:.2}%, worst {worst:.2}% ({name}).",
            gaps.len()
        );
    }
    Ok(())
}

/// All files of the folder with this ending or none, by name.
fn instances(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let problem = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        if path.is_file() && path.extension().is_none_or(|extension| extension == ending) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn best_known(path: &Path, format: Format) -> Result<BTreeMap<String, BestKnown>, String> {
    let problem = |error: csv::Error| format!("{}: {error}", path.display());
    let mut best_known = BTreeMap::new();
    for row in csv::Reader::from_path(path).map_err(problem)?.records() {
        let row = row.map_err(problem)?;
        let line = row.position().map_or(0, csv::Position::line);
        let number = |column: usize| -> Result<f64, String> {
            let text = row.get(column).unwrap_or_default();
            text.parse().map_err(|_| format!("{}:{line}: \"{text}\" is no number", path.display()))
        };
        let best = match format {
            Format::Darp | Format::DynamicDarp => BestKnown { vehicles: None, distance: number(1)? },
            Format::Pdptw => BestKnown { vehicles: Some(number(1)? as usize), distance: number(2)? },
        };
        best_known.insert(row.get(0).unwrap_or_default().to_lowercase(), best);
    }
    Ok(best_known)
}

/// A square county of villages 2 km apart, driven along the grid at 40 km/h.
const VILLAGES_PER_SIDE: usize = 20;
const PITCH_METRES: i32 = 2_000;
const PITCH_SECONDS: i32 = 180;
const BOOKINGS_ASKED: usize = 1_000;
const QUOTES: usize = 5_000;

fn quote(seed: u64) {
    println!("| vehicles | bookings | answer | quotes | p50 µs | p99 µs |\n|---|---|---|---|---|---|");
    // Vehicles to spare, and so few that many a request is refused.
    for vehicles in [100, 20] {
        quote_with(vehicles, seed);
    }
}

fn quote_with(vehicles: usize, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut problem = county(vehicles, &mut random);
    let mut solution = Solution::empty(&problem);
    for _ in 0..BOOKINGS_ASKED {
        let request = ride(&problem, &mut random);
        if let Ok(insertion) = best_insertion(&problem, &solution, &request) {
            let index = problem.push_request(request);
            solution.insert(&problem, index, insertion);
        }
    }
    let (mut offered, mut refused) = (Vec::new(), Vec::new());
    for _ in 0..QUOTES {
        let request = ride(&problem, &mut random);
        let began = Instant::now();
        let answer = std::hint::black_box(best_insertion(&problem, &solution, &request));
        let microseconds = began.elapsed().as_secs_f64() * 1e6;
        if answer.is_ok() { offered.push(microseconds) } else { refused.push(microseconds) }
    }
    for (name, mut times) in [("a place", offered), ("refused, with the nearest miss", refused)] {
        if times.is_empty() {
            continue;
        }
        times.sort_by(f64::total_cmp);
        let quantile = |share: f64| times[(times.len() as f64 * share) as usize];
        let (bookings, quotes) = (problem.request_count(), times.len());
        println!("| {vehicles} | {bookings} | {name} | {quotes} | {:.0} | {:.0} |", quantile(0.5), quantile(0.99));
    }
}

fn county(vehicles: usize, random: &mut ChaCha8Rng) -> Problem {
    let villages = VILLAGES_PER_SIDE * VILLAGES_PER_SIDE;
    let steps = |from: usize, to: usize| {
        let (row, column) =
            (|village: usize| village / VILLAGES_PER_SIDE, |village: usize| village % VILLAGES_PER_SIDE);
        (row(from).abs_diff(row(to)) + column(from).abs_diff(column(to))) as i32
    };
    let pairs = || (0..villages).flat_map(|from| (0..villages).map(move |to| steps(from, to)));
    let times: Vec<i32> = pairs().map(|steps| steps * PITCH_SECONDS).collect();
    let distances: Vec<i32> = pairs().map(|steps| steps * PITCH_METRES).collect();
    let travel = TravelTimes::new(villages, &times, &distances).expect("a grid is a road network");
    let vehicles = (0..vehicles).map(|_| {
        let depot = PlaceId::from_index(random.random_range(0..villages));
        let window = TimeWindow::new(ServiceTime::hm(6, 0), ServiceTime::hm(20, 0));
        VehicleSpec::at(depot, window, Load::seats(7), Product::Ride)
    });
    let vehicles = vehicles.collect();
    Problem::new(Arc::new(travel), vehicles, Objective::DISTANCE)
}

/// A ride to anywhere, half an hour's choice of departure, half as long again as the direct way at most.
fn ride(problem: &Problem, random: &mut ChaCha8Rng) -> RequestSpec {
    let villages = VILLAGES_PER_SIDE * VILLAGES_PER_SIDE;
    let from = random.random_range(0..villages);
    let to = (from + random.random_range(1..villages)) % villages;
    let (from, to) = (PlaceId::from_index(from), PlaceId::from_index(to));
    let direct = problem.travel().duration(from, to);
    let limit = Duration::from_seconds(direct.seconds() * 3 / 2 + 600);
    let boarding = Duration::from_minutes(1);
    let earliest = ServiceTime::from_seconds(random.random_range(6 * 3_600..18 * 3_600));
    let latest = earliest + Duration::from_minutes(30);
    RequestSpec {
        pickup: StopSpec { place: from, window: TimeWindow::new(earliest, latest), service: boarding },
        dropoff: StopSpec {
            place: to,
            window: TimeWindow::new(earliest, latest + boarding + limit),
            service: boarding,
        },
        load: Load::seats(random.random_range(1..=2)),
        ride_time_limit: Some(limit),
        product: Product::Ride,
        vehicle: None,
    }
}
