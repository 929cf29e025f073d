//! How planning grows: the county once, twice, four times over on its own roads, with time and memory.
//!
//! ```sh
//! cargo bench --workspace --bench growth -- --counties 1,2,4 --work-limit 20 --plot growth.svg
//! ```
//!
//! Prints Markdown. Lines, vehicles, drivers, pupils, market goers and goods are there so many times; roads, stops, schools and markets once,
//! so that every hub has so many times its people, which is harder than so many counties side by side.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Instant;

use clap::Parser;
use plotters::prelude::*;
use sanban_engine::check::check_timetable;
use sanban_engine::fleet::{Driver, ShiftPiece, Vehicle};
use sanban_engine::ids::{DriverId, PatternId, RouteId, VehicleId};
use sanban_engine::scenario::{Pattern, Route, Scenario};
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::timetable::{PlanOptions, plan};

/// Benchmark of growth
#[derive(Parser)]
struct Args {
    /// The county
    #[arg(long, default_value = "scenarios/county")]
    scenario: PathBuf,
    /// How many times over, ascending, because memory is told as the most so far
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4])]
    counties: Vec<usize>,
    /// Nodes per line, rounds and units of work elsewhere
    #[arg(long, default_value_t = 20)]
    work_limit: u32,
    /// Threads of the planner
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Draws time and memory
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

/// What planning so many counties took.
struct Measured {
    counties: usize,
    seconds: f64,
    mebibytes: f64,
}

fn main() -> ExitCode {
    match measure_all(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn clock() -> f64 {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    BEGUN.get_or_init(Instant::now).elapsed().as_secs_f64()
}

fn measure_all(args: &Args) -> Result<(), Box<dyn Error>> {
    let county = sanban_server::scenario::load(&args.scenario)?.scenario;
    println!(
        "| counties | trips | runs | vehicles | seconds | of these lines, runs, vehicles, duties | peak MiB | violations |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut all = Vec::new();
    for &counties in &args.counties {
        all.push(measure(args, &county, counties)?);
    }
    if let Some(file) = &args.plot {
        draw(file, &all)?;
    }
    Ok(())
}

fn measure(args: &Args, county: &Scenario, counties: usize) -> Result<Measured, Box<dyn Error>> {
    let scenario = times_over(county, counties);
    let options =
        PlanOptions { time_limit_seconds: None, node_limit: Some(args.work_limit), threads: args.threads, clock };
    let begun = clock();
    let timetable = plan(&scenario, scenario.demonstration_date, &options, &|_| {}, StopSignal::NEVER)?;
    let seconds = clock() - begun;
    let of_stage = |name: &str| {
        let stages = timetable.stages.iter().filter(|stage| stage.part.is_empty() && stage.stage == name);
        stages.map(|stage| stage.seconds).sum::<f64>()
    };
    let runs = of_stage("students") + of_stage("markets") + of_stage("times");
    let violations = check_timetable(&scenario, &timetable);
    violations.iter().take(5).for_each(|violation| eprintln!("{violation}"));
    let mebibytes = peak_mebibytes().ok_or("/proc/self/status tells no memory here")?;
    println!(
        "| {counties} | {} | {} | {} | {seconds:.0} | {:.0}, {runs:.0}, {:.0}, {:.0} | {mebibytes:.0} | {} |",
        timetable.trips.len(),
        timetable.runs.len(),
        timetable.vehicles(),
        of_stage("lines"),
        of_stage("vehicles"),
        of_stage("duties"),
        violations.len(),
    );
    Ok(Measured { counties, seconds, mebibytes })
}

/// The county so many times over on the same roads.
fn times_over(county: &Scenario, counties: usize) -> Scenario {
    let mut scenario = county.clone();
    for copy in 1..counties {
        let named = |code: &str| format!("{code}-{copy}");
        let (routes, patterns) = (county.routes.len() * copy, county.patterns.len() * copy);
        let (vehicles, drivers) = (county.fleet.vehicles.len() * copy, county.fleet.drivers.len() * copy);
        let pattern = |id: PatternId| PatternId::from_index(id.index() + patterns);
        scenario.routes.extend(county.routes.iter().map(|route| Route {
            code: named(&route.code),
            short_name: named(&route.short_name),
            patterns: route.patterns.iter().map(|&id| pattern(id)).collect(),
            ..route.clone()
        }));
        let of_route = |route: RouteId| RouteId::from_index(route.index() + routes);
        scenario
            .patterns
            .extend(county.patterns.iter().map(|line| Pattern { route: of_route(line.route), ..line.clone() }));
        scenario.line_demand.extend(county.line_demand.iter().map(|wish| {
            let mut wish = wish.clone();
            wish.pattern = pattern(wish.pattern);
            wish
        }));
        let fleet = &mut scenario.fleet;
        fleet
            .vehicles
            .extend(county.fleet.vehicles.iter().map(|bus| Vehicle { code: named(&bus.code), ..bus.clone() }));
        fleet
            .drivers
            .extend(county.fleet.drivers.iter().map(|driver| Driver { code: named(&driver.code), ..driver.clone() }));
        fleet.shift_pieces.extend(county.fleet.shift_pieces.iter().map(|piece| ShiftPiece {
            driver: DriverId::from_index(piece.driver.index() + drivers),
            vehicle: VehicleId::from_index(piece.vehicle.index() + vehicles),
            window: piece.window,
        }));
        scenario.student_groups.extend(county.student_groups.iter().cloned());
        scenario.market_goers.extend(county.market_goers.iter().cloned());
        scenario.consignments.extend(county.consignments.iter().cloned());
    }
    scenario
}

/// The most memory this process has had.
fn peak_mebibytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1_024.0)
}

/// Seconds to the left, memory to the right.
fn draw(file: &Path, all: &[Measured]) -> Result<(), Box<dyn Error>> {
    let page = SVGBackend::new(file, (640, 420)).into_drawing_area();
    page.fill(&WHITE)?;
    let most = |of: fn(&Measured) -> f64| 1.1 * all.iter().map(of).fold(0.0, f64::max);
    let sizes = 0.0..most(|measured| measured.counties as f64);
    let (seconds, memory) = (most(|measured| measured.seconds), most(|measured| measured.mebibytes));
    let mut chart = ChartBuilder::on(&page)
        .caption("Planning one day: time and memory", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .right_y_label_area_size(60)
        .build_cartesian_2d(sizes.clone(), 0.0..seconds)?
        .set_secondary_coord(sizes, 0.0..memory);
    chart.configure_mesh().x_desc("counties").y_desc("seconds").draw()?;
    chart.configure_secondary_axes().y_desc("peak MiB").draw()?;
    let series = |of: fn(&Measured) -> f64| all.iter().map(move |measured| (measured.counties as f64, of(measured)));
    let (blue, orange) = (RGBColor(0, 114, 178), RGBColor(213, 94, 0));
    chart
        .draw_series(LineSeries::new(series(|measured| measured.seconds), blue.stroke_width(2)).point_size(4))?
        .label("seconds")
        .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], blue.stroke_width(2)));
    chart
        .draw_secondary_series(
            LineSeries::new(series(|measured| measured.mebibytes), orange.stroke_width(2)).point_size(4),
        )?
        .label("peak MiB")
        .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], orange.stroke_width(2)));
    chart.configure_series_labels().position(SeriesLabelPosition::UpperLeft).border_style(BLACK).draw()?;
    page.present()?;
    Ok(())
}
