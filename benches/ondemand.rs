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
#[path = "ondemand/quote.rs"]
mod quote;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clap::Parser;
use sanban_engine::check::benchmark::violations;
use sanban_engine::ondemand::{Progress, Solution};
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
    /// Seed of the search and of generated requests
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads of the search
    #[arg(long, default_value_t = 1)]
    threads: u16,
    /// Measure single quotes on the county's roads instead
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
        _ => quote::measure(args.seed),
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
