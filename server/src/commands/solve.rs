//! `sanban solve`: solves a public benchmark instance.
//!
//! Ctrl-C and the time limit end the search at any point, and the best found is written. The exit code is 0 only when
//! everybody is served.

mod curve;
mod plot;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use sanban_engine::check::benchmark::{BenchmarkInstance, violations};
use sanban_engine::ondemand::{Objective, Progress};

use self::curve::{Curve, Moment};
use self::plot::Picture;
use crate::benchmark_formats::{Effort, Format, SolutionFile, TICKS, TOLERANCE, problem, read, routes, search};
use crate::output::{error_line, print_line};

/// Solve a public benchmark instance
#[derive(Parser)]
pub struct Args {
    /// Family of the instance
    #[arg(long)]
    format: Format,
    /// The instance
    file: PathBuf,
    /// Stop after this long (`10s`, `2m`, `500ms`) [default: 10s unless there is a work limit]
    #[arg(long, value_parser = super::time_limit::time_limit)]
    time_limit: Option<Duration>,
    /// Stop after so many iterations: the same result every time
    #[arg(long)]
    work_limit: Option<u64>,
    /// Seed of the search
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads of the search; this solver uses one
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1))]
    threads: u32,
    /// Where the solution goes
    #[arg(long)]
    out: PathBuf,
    /// Draw the routes, and distance and vehicles over time, as SVG into this file
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Print the solution as JSON as well
    #[arg(long)]
    json: bool,
}

/// What is left of a cost beyond multiples of this is distance.
const COST_PER_VEHICLE: i64 = Objective::VEHICLES_FIRST.per_vehicle;

/// Runs the command.
pub fn run(args: Args) -> ExitCode {
    match solve(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            error_line!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn solve(args: &Args) -> Result<(), String> {
    let began = Instant::now();
    let instance = read(args.format, &args.file).map_err(|error| error.to_string())?;
    let problem = problem(args.format, &instance);
    let interrupted = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&interrupted);
    ctrlc::set_handler(move || raised.store(true, Ordering::Relaxed)).map_err(|error| error.to_string())?;
    let time_limit = match (args.time_limit, args.work_limit) {
        (None, None) => Some(Duration::from_secs(10)),
        (limit, _) => limit,
    };
    let bar = progress_line();
    let curve = Curve::default();
    let show = |progress: Progress| {
        let (distance, seconds) = ((progress.cost % COST_PER_VEHICLE) as f64 / TICKS, began.elapsed().as_secs_f64());
        curve.record(Moment { seconds, distance, vehicles: progress.vehicles, unserved: progress.unserved });
        let unserved = if progress.unserved == 0 { String::new() } else { format!(", {} unserved", progress.unserved) };
        bar.set_message(format!("{distance:.2} with {} vehicles{unserved} after {seconds:.1} s", progress.vehicles));
        bar.tick();
    };
    let effort = Effort { time_limit, work_limit: args.work_limit, seed: args.seed };
    let solution = search(&problem, effort, &show, &interrupted);
    bar.finish_and_clear();
    let routes = routes(&instance, &solution);
    let (served, unserved): (Vec<_>, Vec<_>) = (instance.pairs.iter().zip(problem.active_requests()))
        .partition(|&(_, request)| solution.vehicle_of(request).is_some());
    let served = BenchmarkInstance { pairs: served.iter().map(|&(&pair, _)| pair).collect(), ..instance.clone() };
    let wrong = violations(&served, &routes, TOLERANCE);
    if !wrong.is_empty() {
        return Err(format!("the solution fails the check; nothing written: {}", wrong.join("; ")));
    }
    let file = SolutionFile {
        instance: args.file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        format: args.format,
        objective: instance.total_distance(&routes),
        vehicles: routes.len(),
        seconds: began.elapsed().as_secs_f64(),
        seed: args.seed,
        routes,
        unserved: unserved.iter().map(|&(&(pickup, _), _)| pickup).collect(),
    };
    let text = serde_json::to_string(&file).map_err(|error| error.to_string())?;
    write(&args.out, &format!("{text}\n"))?;
    if let Some(path) = &args.plot {
        let (seconds, distance, vehicles) = (file.seconds, file.objective, file.vehicles);
        let curve = curve.until(Moment { seconds, distance, vehicles, unserved: file.unserved.len() });
        let title = format!("{}: {distance:.2} with {vehicles} vehicles after {seconds:.1} s", file.instance);
        let picture = Picture { title: &title, instance: &instance, routes: &file.routes, curve: &curve };
        write(path, &plot::svg(&picture).map_err(|error| format!("{}: {error}", path.display()))?)?;
    }
    if args.json {
        print_line!("{text}");
    } else {
        print_line!(
            "{}: {:.4} with {} vehicles in {:.1} s",
            file.instance,
            file.objective,
            file.vehicles,
            file.seconds
        );
    }
    if file.unserved.is_empty() {
        return Ok(());
    }
    let (unserved, all, out) = (file.unserved.len(), instance.pairs.len(), args.out.display());
    Err(format!("{unserved} of {all} requests found no place; {out} lists them under \"unserved\""))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// One line on a terminal; nothing where standard error is piped.
fn progress_line() -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    bar.with_style(ProgressStyle::with_template("{spinner} {msg}").expect("a valid template"))
}
