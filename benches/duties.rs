//! Driver duties for the blocks of a scenario's dates.
//!
//! ```sh
//! cargo bench --bench duties -- --scenario scenarios/county --date 2026-11-25 --seconds 15
//! ```
//!
//! The lines are planned first. Prints Markdown.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Instant;

use chrono::NaiveDate;
use clap::Parser;
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::timetable::duties::vehicle_days::{duty_depots, vehicle_days};
use sanban_engine::timetable::duties::{DutyOptions, DutyProblem, StretchKind, VehicleDay, plan_duties};
use sanban_engine::timetable::{self, PlanOptions};

/// Benchmark of driver duties
#[derive(Parser)]
struct Args {
    /// Folder of the scenario
    #[arg(long, default_value = "scenarios/county")]
    scenario: PathBuf,
    /// Dates; the scenario's own without any
    #[arg(long, value_delimiter = ',')]
    date: Vec<NaiveDate>,
    /// Seconds for the lines; by default they keep the first plan, so that the blocks are the same on every machine
    #[arg(long, default_value_t = 0.0)]
    lines_seconds: f64,
    /// Limit of the duties' search
    #[arg(long)]
    seconds: Option<f64>,
    /// Attempts to improve the duties
    #[arg(long, default_value_t = 100)]
    work_limit: u32,
    /// Seed of the duties' search
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Tell of every better plan and bound
    #[arg(long)]
    verbose: bool,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match measure(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Seconds since the first call.
fn clock() -> f64 {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    BEGUN.get_or_init(Instant::now).elapsed().as_secs_f64()
}

fn measure(args: &Args) -> Result<(), String> {
    let scenario = sanban_server::scenario::load(&args.scenario).map_err(|error| error.to_string())?.scenario;
    let dates = if args.date.is_empty() { vec![scenario.demonstration_date] } else { args.date.clone() };
    println!("| date | blocks | hours driven | undrivable | duties | cost (yuan) | bound | gap | s |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for date in dates {
        let first_plan = || args.lines_seconds <= 0.0;
        let options = PlanOptions { time_limit_seconds: Some(args.lines_seconds), clock, ..PlanOptions::default() };
        let timetable = timetable::plan(&scenario, date, &options, &|_| {}, StopSignal::new(&first_plan))
            .map_err(|error| error.to_string())?;
        let blocks = vehicle_days(&scenario, &timetable);
        if args.verbose {
            std::fs::write("/tmp/duties_dump.txt", dump(&blocks, &scenario)).map_err(|error| error.to_string())?;
        }
        let depots = duty_depots(&scenario);
        let travel = |from, to| scenario.network.travel.duration(from, to);
        let (rules, policy) = (scenario.policy.driving, scenario.policy.duties);
        let problem = DutyProblem { blocks: &blocks, depots: &depots, travel: &travel, rules, policy };
        let work_limit = args.seconds.is_none().then_some(args.work_limit);
        let options = DutyOptions { time_limit_seconds: args.seconds, work_limit, seed: args.seed, clock };
        let tell = |progress| {
            if args.verbose {
                eprintln!("{:7.2} {progress:?}", clock());
            }
        };
        let plan = plan_duties(&problem, &options, &tell, StopSignal::NEVER).map_err(|error| error.to_string())?;
        for block in &plan.unlawful {
            eprintln!("{date}: {}", block.why);
        }
        let gap = 100.0 * (plan.cost.0 - plan.lower_bound.0) as f64 / plan.cost.0.max(1) as f64;
        println!(
            "| {date} | {} | {:.0} | {} | {} | {:.2} | {:.2} | {gap:.2}% | {:.1} |",
            blocks.len(),
            hours_driven(&blocks),
            plan.unlawful.len(),
            plan.duties.len(),
            plan.cost.0 as f64 / 100.0,
            plan.lower_bound.0 as f64 / 100.0,
            plan.seconds,
        );
    }
    Ok(())
}

fn hours_driven(blocks: &[VehicleDay]) -> f64 {
    let stretches = blocks.iter().flat_map(|block| &block.stretches);
    let driven = stretches.filter(|stretch| stretch.kind == StretchKind::Driving);
    f64::from(driven.map(|stretch| (stretch.end - stretch.begin).seconds()).sum::<i32>()) / 3_600.0
}

fn dump(blocks: &[VehicleDay], scenario: &sanban_engine::scenario::Scenario) -> String {
    let mut out = String::new();
    let mut places: Vec<_> = duty_depots(scenario).iter().map(|d| d.place).collect();
    places.extend(blocks.iter().flat_map(|b| b.stretches.iter().flat_map(|s| [s.from, s.to])));
    places.sort();
    places.dedup();
    let at = |p| places.binary_search(&p).unwrap();
    out += &format!("{}\n", places.len());
    for &a in &places {
        let row: Vec<String> =
            places.iter().map(|&b| scenario.network.travel.duration(a, b).seconds().to_string()).collect();
        out += &format!("{}\n", row.join(" "));
    }
    let depots: Vec<String> = duty_depots(scenario).iter().map(|d| at(d.place).to_string()).collect();
    out += &format!("{}\n", depots.join(" "));
    for b in blocks {
        out += &format!("B {} {}\n", b.name, b.depot.0);
        for s in &b.stretches {
            let k = match s.kind {
                StretchKind::Driving => 0,
                StretchKind::Standing { is_relief: false } => 1,
                _ => 2,
            };
            out += &format!("S {} {} {} {} {k}\n", s.begin.seconds(), s.end.seconds(), at(s.from), at(s.to));
        }
    }
    out
}
