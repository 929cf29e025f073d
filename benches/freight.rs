//! Goods over the holds of the county's trips as they run today, the rest on dedicated runs.
//!
//! ```sh
//! cargo bench --workspace --bench freight -- --consignments 300 --consignments 500
//! ```
//!
//! Prints Markdown. Where more consignments are wanted than the date has, those of the date are repeated half an hour later each time.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use sanban_engine::check::check_freight;
use sanban_engine::demand::DemandDays;
use sanban_engine::ids::{BlockId, VehicleTypeId};
use sanban_engine::plan::{FreightStatus, LeftOver, Timetable, Trip};
use sanban_engine::scenario::Scenario;
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::time::{Duration, TimeWindow};
use sanban_engine::timetable::freight::{
    FreightOptions, RunOptions, load_holds, plan_runs, problem_of_day, runs_of_day, with_runs,
};

/// Benchmark of goods in holds
#[derive(Parser)]
struct Args {
    /// Folder of the scenario
    #[arg(long)]
    scenario: Option<std::path::PathBuf>,
    /// So many consignments; once per row of the table
    #[arg(long, default_values_t = [300, 600])]
    consignments: Vec<usize>,
    /// Rounds of ruin and recreate
    #[arg(long, default_value_t = FreightOptions::default().rounds)]
    rounds: u32,
    /// Rounds of the search for dedicated runs
    #[arg(long, default_value_t = RunOptions::default().rounds)]
    run_rounds: u64,
    /// Holds have this share of their room
    #[arg(long, default_values_t = [100, 50, 25])]
    hold_percent: Vec<i32>,
    /// Seed of the searches
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match measure(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args) -> Result<(), String> {
    let county = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/county");
    let folder = args.scenario.as_deref().unwrap_or(&county);
    let loaded = sanban_server::scenario::load(folder).map_err(|error| error.to_string())?;
    println!(
        "| consignments | holds | trips | in holds | full | no way | dearer | cost ¥ | bound ¥ | gap | s | on runs | not carried | runs | runs' cost ¥ | s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for &percent in &args.hold_percent {
        for &consignments in &args.consignments {
            let mut scenario = loaded.scenario.clone();
            set_demand(&mut scenario, consignments);
            for kind in scenario.fleet.vehicle_types.iter_mut().filter(|kind| kind.capacity.seats > 0) {
                kind.capacity.freight_kilograms = kind.capacity.freight_kilograms * percent / 100;
                kind.capacity.freight_litres = kind.capacity.freight_litres * percent / 100;
            }
            row(&scenario, args, percent)?;
        }
    }
    Ok(())
}

/// Exactly so many consignments, all on the demonstration date.
fn set_demand(scenario: &mut Scenario, consignments: usize) {
    let given = scenario.consignments.clone();
    let later = |(index, consignment): (usize, &sanban_engine::demand::Consignment)| {
        let shift = Duration::from_minutes(30 * (index / given.len()) as i32);
        let TimeWindow { earliest, latest } = consignment.window;
        let mut consignment = consignment.clone();
        consignment.window = TimeWindow::new(earliest + shift, latest + shift);
        consignment.days = DemandDays::Every;
        consignment
    };
    scenario.consignments = given.iter().cycle().take(consignments).enumerate().map(later).collect();
}

/// Today's trips on the date, each with the first vehicle type that its line permits.
fn todays_timetable(scenario: &Scenario) -> Timetable {
    let date = scenario.demonstration_date;
    let today = scenario.todays_trips.iter().filter(|trip| trip.dates.binary_search(&date).is_ok());
    let trip = |trip: &sanban_engine::scenario::TodaysTrip| {
        let pattern = scenario.pattern(trip.pattern);
        let vehicle_type: VehicleTypeId = scenario.route(pattern.route).vehicle_types[0];
        let expected_load = vec![0; pattern.stops.len() - 1];
        Trip { pattern: trip.pattern, departure: trip.departure, vehicle_type, block: BlockId(0), expected_load }
    };
    let mut trips: Vec<Trip> = today.map(trip).collect();
    trips.sort_by_key(|trip| (trip.pattern, trip.departure));
    Timetable { date, trips, blocks: Vec::new(), stages: Vec::new() }
}

fn row(scenario: &Scenario, args: &Args, percent: i32) -> Result<(), String> {
    let timetable = todays_timetable(scenario);
    let problem = problem_of_day(scenario, &timetable).map_err(|error| error.to_string())?;
    let options = FreightOptions { rounds: args.rounds, seed: args.seed, ..FreightOptions::default() };
    let begun = Instant::now();
    let in_holds = load_holds(&problem, &options, StopSignal::NEVER);
    let seconds = begun.elapsed().as_secs_f64();
    let left = |of: fn(&LeftOver) -> bool| {
        let is_left = |status: &FreightStatus| match status {
            FreightStatus::NotCarried { left_over, .. } => of(left_over),
            _ => false,
        };
        in_holds.itineraries.iter().filter(|itinerary| is_left(&itinerary.status)).count()
    };
    let full = left(|reason| matches!(reason, LeftOver::HoldsFull { .. }));
    let dearer = left(|reason| matches!(reason, LeftOver::Dearer { .. }));
    let all_left = left(|_| true);
    let (cost, bound) = (in_holds.cost.0 as f64 / 100.0, in_holds.lower_bound.0 as f64 / 100.0);
    let left_over: Vec<usize> = in_holds
        .itineraries
        .iter()
        .filter(|itinerary| itinerary.status != FreightStatus::InHolds)
        .map(|itinerary| itinerary.consignment)
        .collect();
    let begun = Instant::now();
    let options = RunOptions { rounds: args.run_rounds, seed: args.seed, ..RunOptions::default() };
    let runs = plan_runs(&runs_of_day(scenario, &left_over), &options, StopSignal::NEVER);
    let run_seconds = begun.elapsed().as_secs_f64();
    let runs_cost = runs.cost.0 as f64 / 100.0;
    let plan = with_runs(in_holds.itineraries, runs);
    let violations = check_freight(scenario, &timetable, &plan);
    if let Some(violation) = violations.first() {
        return Err(format!("{} violations, the first: {violation}", violations.len()));
    }
    let not_carried =
        plan.itineraries.iter().filter(|one| matches!(one.status, FreightStatus::NotCarried { .. })).count();
    println!(
        "| {} | {percent}% | {} | {} | {full} | {} | {dearer} | {cost:.2} | {bound:.2} | {:.3}% | {seconds:.2} | {} | {not_carried} | {} | {runs_cost:.0} | {run_seconds:.1} |",
        plan.itineraries.len(),
        timetable.trips.len(),
        plan.itineraries.len() - all_left,
        all_left - full - dearer,
        100.0 * (cost - bound) / cost.max(1.0),
        all_left - not_carried,
        plan.runs.len(),
    );
    Ok(())
}
