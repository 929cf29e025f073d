//! `sanban solve`: solves a public benchmark instance, or a ride problem in JSON.
//!
//! Ctrl-C and the time limit end the search at any point, and the best found is written. The exit code is 0 only when
//! everybody is served; on a dynamic day, whoever was rejected is part of the result.

mod curve;
mod plot;
mod rides;
mod vehicles;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use sanban_engine::check::benchmark::{BenchmarkInstance, violations};
use sanban_engine::ondemand::{Moment as DayMoment, Objective, Progress, RequestIndex, Solution};
use serde::Serialize;

use self::curve::{Curve, Moment};
use self::plot::{Map, Picture, Way};
use crate::benchmark_formats::{
    Effort, Format, FormatError, SolutionFile, TICKS, TOLERANCE, problem, read, read_dynamic, routes, search, serve,
    served_part,
};
use crate::output::{error_line, print_line};

/// Solve a public benchmark instance or a ride problem
#[derive(Parser)]
pub struct Args {
    /// What kind of file it is
    #[arg(long)]
    format: FileFormat,
    /// The instance
    file: PathBuf,
    /// Stop after this long (`10s`, `2m`, `500ms`); a dynamic day then goes on without improvement
    /// [default: 10s unless there is a work limit; none for dynamic-darp]
    #[arg(long, value_parser = super::time_limit::time_limit)]
    time_limit: Option<Duration>,
    /// Stop after so many iterations (of mdvsp: rounds of pricing): the same result every time
    /// [for dynamic-darp: per minute of the day, 0 for insertion alone; default: 100]
    #[arg(long)]
    work_limit: Option<u64>,
    /// Seed of the search
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads of the search
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
    /// Where the solution goes
    #[arg(long)]
    out: PathBuf,
    /// Draw the routes, and distance (cost of a ride problem) and vehicles over time, as SVG into this file
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Print the solution as JSON as well
    #[arg(long)]
    json: bool,
}

impl Args {
    /// How long a search with everything known from the start goes on.
    fn effort(&self) -> Effort {
        let time_limit = match (self.time_limit, self.work_limit) {
            (None, None) => Some(Duration::from_secs(10)),
            (limit, _) => limit,
        };
        Effort { time_limit, work_limit: self.work_limit, seed: self.seed, threads: self.threads.into() }
    }
}

/// What can be solved.
#[derive(Clone, Copy, clap::ValueEnum)]
enum FileFormat {
    /// Static dial-a-ride (Cordeau & Laporte 2003; Cordeau 2006; Ropke, Cordeau & Laporte 2007)
    Darp,
    /// Pickup and delivery with time windows (Li & Lim 2001)
    Pdptw,
    /// Dial-a-ride whose requests become known over the day (Berbeglia 2012)
    DynamicDarp,
    /// Multi-depot vehicle scheduling (Pepin et al. 2009), plain or in gzip; a file without coordinates
    Mdvsp,
    /// A ride problem with all rules of the solver's own model (docs/ride-problems.md)
    Json,
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

/// What a search came to.
struct Found {
    instance: BenchmarkInstance,
    /// In the numbers of the instance, without depots.
    routes: Vec<Vec<usize>>,
    /// Pickup nodes, ascending.
    unserved: Vec<usize>,
    /// What is wrong with the routes as far as they serve anybody.
    violations: Vec<String>,
    curve: Vec<Moment>,
}

impl Found {
    fn new(instance: &BenchmarkInstance, solution: &Solution) -> Self {
        let requests = (0..instance.pairs.len() as u32).map(RequestIndex);
        let unserved = requests.filter(|&request| solution.vehicle_of(request).is_none());
        Self {
            unserved: unserved.map(|request| instance.pairs[request.index()].0).collect(),
            routes: routes(instance, solution),
            instance: instance.clone(),
            violations: Vec::new(),
            curve: Vec::new(),
        }
    }

    /// The moment at which the search was over.
    fn end(&self, time: f64) -> Moment {
        let (measure, vehicles) = (self.instance.total_distance(&self.routes), self.routes.len());
        Moment { time, measure, vehicles, unserved: self.unserved.len() }
    }

    /// What there is to be drawn.
    fn map(&self) -> Map {
        let instance = &self.instance;
        let at = |node: usize| (instance.nodes[node].x, instance.nodes[node].y);
        let pickups: Vec<usize> = instance.pairs.iter().map(|pair| pair.0).collect();
        let routes = self.routes.iter().filter(|stops| !stops.is_empty()).map(|stops| Way {
            start: at(instance.start),
            stops: stops.iter().map(|&node| (at(node), pickups.contains(&node))).collect(),
            end: at(instance.end),
        });
        let left_out = instance.pairs.iter().filter(|pair| self.unserved.contains(&pair.0));
        Map {
            places: (0..instance.nodes.len()).map(at).collect(),
            routes: routes.collect(),
            unserved: left_out.flat_map(|&(pickup, dropoff)| [at(pickup), at(dropoff)]).collect(),
            depots: vec![at(instance.start), at(instance.end)],
        }
    }
}

fn solve(args: &Args) -> Result<(), String> {
    let began = Instant::now();
    let interrupted = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&interrupted);
    ctrlc::set_handler(move || raised.store(true, Ordering::Relaxed)).map_err(|error| error.to_string())?;
    let format = match args.format {
        FileFormat::Darp => Format::Darp,
        FileFormat::Pdptw => Format::Pdptw,
        FileFormat::DynamicDarp => Format::DynamicDarp,
        FileFormat::Mdvsp => return vehicles::solve(args, began, &interrupted),
        FileFormat::Json => return rides::solve(args, began, &interrupted),
    };
    let is_dynamic = format == Format::DynamicDarp;
    let found = match is_dynamic {
        true => serve_known(args, began, &interrupted),
        false => search_all((args, format), began, &interrupted),
    };
    let found = found.map_err(|error| error.to_string())?;
    passes_the_check(&found.violations)?;
    let file = SolutionFile {
        instance: args.file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        format,
        // Nothing driven adds up to minus zero.
        objective: found.instance.total_distance(&found.routes) + 0.0,
        vehicles: found.routes.len(),
        seconds: began.elapsed().as_secs_f64(),
        seed: args.seed,
        routes: found.routes.clone(),
        unserved: found.unserved.clone(),
    };
    let (requests, left_out) = (found.instance.pairs.len(), file.unserved.len());
    let served = if is_dynamic { format!("{} of {requests} served, ", requests - left_out) } else { String::new() };
    let (name, distance, vehicles, seconds) = (&file.instance, file.objective, file.vehicles, file.seconds);
    let summary = format!("{name}: {served}{distance:.4} with {vehicles} vehicles in {seconds:.1} s");
    hand_over(args, &file, &summary, |path| {
        let time_unit = if is_dynamic { "minutes of the day" } else { "seconds" };
        let (map, curve) = (&found.map(), &found.curve);
        draw(path, &Picture { title: &summary, map, curve, time_unit, measure: "distance" })
    })?;
    if is_dynamic { Ok(()) } else { everybody_is_served(args, (left_out, requests), "requests found no place") }
}

/// What is wrong never reaches a file.
fn passes_the_check(violations: &[String]) -> Result<(), String> {
    match violations {
        [] => Ok(()),
        wrong => Err(format!("the solution fails the check; nothing written: {}", wrong.join("; "))),
    }
}

/// Writes a solution, has it drawn where that was asked for, and says what was found.
fn hand_over(
    args: &Args,
    file: &impl Serialize,
    summary: &str,
    draw_into: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), String> {
    let text = serde_json::to_string(file).map_err(|error| error.to_string())?;
    write(&args.out, &format!("{text}\n"))?;
    args.plot.as_deref().map_or(Ok(()), draw_into)?;
    if args.json {
        print_line!("{text}");
    } else {
        print_line!("{summary}");
    }
    Ok(())
}

/// Else how many of all are not, and what they lack.
fn everybody_is_served(args: &Args, (left_out, all): (usize, usize), lack: &str) -> Result<(), String> {
    match left_out {
        0 => Ok(()),
        _ => Err(format!("{left_out} of {all} {lack}; {} lists them under \"unserved\"", args.out.display())),
    }
}

/// All requests are known from the start.
fn search_all((args, format): (&Args, Format), began: Instant, interrupted: &AtomicBool) -> Result<Found, FormatError> {
    let instance = read(format, &args.file)?;
    let problem = problem(format, &instance);
    let (bar, curve) = (progress_line(), Curve::default());
    let show = |progress: Progress| {
        let (distance, time) = ((progress.cost % COST_PER_VEHICLE) as f64 / TICKS, began.elapsed().as_secs_f64());
        curve.record(Moment { time, measure: distance, vehicles: progress.vehicles, unserved: progress.unserved });
        let unserved = if progress.unserved == 0 { String::new() } else { format!(", {} unserved", progress.unserved) };
        bar.set_message(format!("{distance:.2} with {} vehicles{unserved} after {time:.1} s", progress.vehicles));
        bar.tick();
    };
    let solution = search(&problem, Solution::empty(&problem), args.effort(), &show, interrupted);
    bar.finish_and_clear();
    let found = Found::new(&instance, &solution);
    let violations = violations(&served_part(&instance, &found.unserved), &found.routes, TOLERANCE);
    let curve = curve.until(found.end(began.elapsed().as_secs_f64()));
    Ok(Found { violations, curve, ..found })
}

/// Requests become known over the day.
fn serve_known(args: &Args, began: Instant, interrupted: &AtomicBool) -> Result<Found, FormatError> {
    let day = read_dynamic(&args.file)?;
    let problem = problem(Format::DynamicDarp, &day.instance);
    let (bar, curve) = (progress_line(), Curve::default());
    let show = |moment: DayMoment| {
        let (minute, distance) = (f64::from(moment.now.seconds()) / TICKS, moment.cost as f64 / TICKS);
        let DayMoment { accepted, rejected, vehicles, .. } = moment;
        curve.record(Moment { time: minute, measure: distance, vehicles, unserved: rejected });
        let seconds = began.elapsed().as_secs_f64();
        let (answers, way) = (format!("{accepted} accepted, {rejected} rejected"), format!("{distance:.2}"));
        bar.set_message(format!("minute {minute:.0}: {answers}, {way} with {vehicles} vehicles after {seconds:.1} s"));
        bar.tick();
    };
    let effort = Effort { time_limit: args.time_limit, work_limit: args.work_limit, seed: args.seed, threads: 1 };
    let served = serve(&problem, &day.known_at(), effort, &show, interrupted);
    bar.finish_and_clear();
    let found = Found::new(&day.instance, &served.solution);
    let as_known = day.on_routes(&found.routes);
    let violations = violations(&served_part(&as_known, &found.unserved), &found.routes, TOLERANCE);
    let over = curve.last().map_or(0.0, |last| last.time);
    let curve = curve.until(found.end(over));
    Ok(Found { violations, curve, ..found })
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn draw(path: &Path, picture: &Picture<'_>) -> Result<(), String> {
    write(path, &plot::svg(picture).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// One line on a terminal; nothing where standard error is piped.
fn progress_line() -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    bar.with_style(ProgressStyle::with_template("{spinner} {msg}").expect("a valid template"))
}
