//! Student runs: cost, lower bound and gap for generated towns and the pilot town, and the on-demand solver beside them.
//!
//! ```sh
//! cargo bench --workspace --bench student_runs -- --pupils 200,500,1000,2000 --seconds 120 --on-demand
//! cargo bench --workspace --bench student_runs -- --pilot --seconds 120
//! ```
//!
//! Prints Markdown. Costs are yuan of one morning.

#[path = "student_runs/by_ondemand.rs"]
mod by_ondemand;
#[path = "student_runs/town.rs"]
mod town;

use std::process::ExitCode;

use clap::Parser;
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::timetable::hub_runs::{HubRunOptions, HubRunProgress, plan_hub_runs};

/// Benchmarks of student runs
#[derive(Parser)]
struct Args {
    /// Sizes of the generated towns
    #[arg(long, value_delimiter = ',', default_values_t = [200, 500, 1_000, 2_000])]
    pupils: Vec<i32>,
    /// Seeds of the generated towns
    #[arg(long, value_delimiter = ',', default_values_t = [1])]
    seeds: Vec<u64>,
    /// The day pupils of scenarios/pilot-town instead
    #[arg(long)]
    pilot: bool,
    /// Processor seconds per town
    #[arg(long, default_value_t = 120.0)]
    seconds: f64,
    /// Units of work instead
    #[arg(long)]
    work: Option<u64>,
    /// Let the on-demand solver plan the same pupils in the same time
    #[arg(long)]
    on_demand: bool,
    /// Tell the progress on standard error
    #[arg(long)]
    verbose: bool,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

/// Processor seconds of this process, so that others who work beside don't count.
fn clock() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

fn main() -> ExitCode {
    let args = Args::parse();
    let towns = if args.pilot {
        town::pilot().map(|town| vec![town])
    } else {
        let sizes = args.pupils.iter().flat_map(|&pupils| args.seeds.iter().map(move |&seed| (pupils, seed)));
        Ok(sizes.map(|(pupils, seed)| town::generated(pupils, seed)).collect())
    };
    match towns {
        Ok(towns) => {
            println!(
                "| town | pupils | stops | groups | runs | left behind | cost | lower bound | gap | seconds | on demand |"
            );
            println!("|---|---|---|---|---|---|---|---|---|---|---|");
            towns.iter().for_each(|town| measure(town, &args));
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn measure(town: &town::Town, args: &Args) {
    let problem = town.problem();
    let options = HubRunOptions {
        time_limit_seconds: args.work.is_none().then_some(args.seconds),
        work_limit: args.work,
        clock,
        ..HubRunOptions::default()
    };
    let started = clock();
    let tell = |made: HubRunProgress| {
        if args.verbose {
            let (cost, bound) = (made.cost.0 as f64, made.lower_bound.0 as f64);
            let seconds = clock() - started;
            eprintln!("{seconds:7.1} s  work {:8}  {:10.2}  {:10.2}", made.work, cost / 100.0, bound / 100.0);
        }
    };
    let plan = plan_hub_runs(&problem, &options, &tell, StopSignal::NEVER);
    let yuan = |fen: i64| fen as f64 / 100.0;
    let on_demand = match args.on_demand {
        true => format!("{:.2}", yuan(by_ondemand::cost(&problem, args.seconds))),
        false => String::new(),
    };
    println!(
        "| {} | {} | {} | {} | {} | {} | {:.2} | {:.2} | {:.2}% | {:.1} | {on_demand} |",
        town.name,
        problem.groups.iter().map(|group| group.people).sum::<i32>(),
        town.stops(),
        problem.groups.len(),
        plan.runs.len(),
        plan.left_behind.iter().sum::<i32>(),
        yuan(plan.cost.0),
        yuan(plan.lower_bound.0),
        100.0 * plan.gap(),
        plan.seconds,
    );
}
