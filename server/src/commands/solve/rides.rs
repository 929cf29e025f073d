//! Solving a ride problem in JSON: from the plan that is running in it, if there is one.

use std::time::{Duration, Instant};

use std::sync::atomic::AtomicBool;

use sanban_engine::check::rides::violations;
use sanban_engine::ondemand::Progress;

use super::{Args, progress_line, write};
use crate::benchmark_formats::{Effort, search};
use crate::output::print_line;
use crate::ride_problems::{read, solution_file};

/// Searches, has the result checked from the file alone, writes it.
pub(super) fn solve(args: &Args, began: Instant, interrupted: &AtomicBool) -> Result<(), String> {
    if args.plot.is_some() {
        return Err(
            "--plot draws the plane of a benchmark instance; the places of a ride problem have no coordinates".into()
        );
    }
    let loaded = read(&args.file).map_err(|error| error.to_string())?;
    let time_limit = match (args.time_limit, args.work_limit) {
        (None, None) => Some(Duration::from_secs(10)),
        (limit, _) => limit,
    };
    let bar = progress_line();
    let show = |progress: Progress| {
        let Progress { cost, vehicles, unserved, .. } = progress;
        let seconds = began.elapsed().as_secs_f64();
        bar.set_message(format!("cost {cost} with {vehicles} vehicles, {unserved} unserved after {seconds:.1} s"));
        bar.tick();
    };
    let effort = Effort { time_limit, work_limit: args.work_limit, seed: args.seed, threads: args.threads.into() };
    let solution = search(&loaded.problem, loaded.running.clone(), effort, &show, interrupted);
    bar.finish_and_clear();
    let file = solution_file(&loaded, &solution, began.elapsed().as_secs_f64(), args.seed);
    let wrong = violations(&loaded.file, &file);
    if !wrong.is_empty() {
        return Err(format!("the solution fails the check; nothing written: {}", wrong.join("; ")));
    }
    let text = serde_json::to_string(&file).map_err(|error| error.to_string())?;
    write(&args.out, &format!("{text}\n"))?;
    if args.json {
        print_line!("{text}");
    } else {
        let (name, cost, vehicles, seconds) = (&file.instance, file.objective, file.vehicles, file.seconds);
        print_line!("{name}: cost {cost} with {vehicles} vehicles in {seconds:.1} s");
    }
    if file.unserved.is_empty() {
        return Ok(());
    }
    let (left_out, requests, out) = (file.unserved.len(), loaded.file.requests.len(), args.out.display());
    Err(format!("{left_out} of {requests} requests found no place; {out} lists them under \"unserved\""))
}
