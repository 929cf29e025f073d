//! Solving a multi-depot vehicle scheduling instance.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sanban_engine::stop_signal::StopSignal;
use sanban_engine::timetable::vehicle_scheduling::{
    VehicleSchedulingOptions, VehicleSchedulingProgress, schedule_vehicles,
};

use super::{Args, everybody_is_served, hand_over, passes_the_check, progress_line};
use crate::clock::stopwatch;
use crate::vehicle_schedules::{VehicleScheduleFile, VehicleScheduleFormat, instance_name, read};

/// Searches, has the result checked from the file alone, writes it.
pub(super) fn solve(args: &Args, began: Instant, interrupted: &AtomicBool) -> Result<(), String> {
    if args.plot.is_some() {
        return Err("--plot needs to know where trips are; multi-depot instances don't say: leave it out".to_owned());
    }
    let loaded = read(&args.file).map_err(|error| error.to_string())?;
    let effort = args.effort();
    let left = |limit: Duration| limit.saturating_sub(began.elapsed()).as_secs_f64();
    let options = VehicleSchedulingOptions {
        time_limit_seconds: effort.time_limit.map(left),
        round_limit: effort.work_limit,
        gap: 0.0,
        seed: args.seed,
        clock: stopwatch,
    };
    let bar = progress_line();
    let show = |progress: VehicleSchedulingProgress| {
        let VehicleSchedulingProgress { cost, lower_bound, vehicles, .. } = progress;
        let seconds = began.elapsed().as_secs_f64();
        bar.set_message(format!("{cost} with {vehicles} vehicles, at least {lower_bound}, after {seconds:.1} s"));
        bar.tick();
    };
    let is_interrupted = || interrupted.load(Ordering::Relaxed);
    let found = schedule_vehicles(&loaded.problem, &options, &show, StopSignal::new(&is_interrupted));
    bar.finish_and_clear();
    let (routes, unserved) = (loaded.routes(&found), loaded.unserved(&found));
    let mut wrong = loaded.instance.violations(&routes);
    wrong.retain(|violation| !unserved.iter().any(|trip| *violation == format!("trip {trip} is not worked")));
    passes_the_check(&wrong)?;
    let file = VehicleScheduleFile {
        instance: instance_name(&args.file),
        format: VehicleScheduleFormat::Mdvsp,
        objective: loaded.instance.total_cost(&routes),
        vehicles: routes.len(),
        lower_bound: found.lower_bound,
        seconds: began.elapsed().as_secs_f64(),
        seed: args.seed,
        routes,
        unserved,
    };
    let VehicleScheduleFile { instance, objective, vehicles, lower_bound, seconds, .. } = &file;
    let gap = 100.0 * (objective - lower_bound) as f64 / (*objective).max(1) as f64;
    let summary = format!(
        "{instance}: {objective} with {vehicles} vehicles, at least {lower_bound} (gap {gap:.3}%), in {seconds:.1} s"
    );
    // There is nothing to be drawn, which was said before the search.
    hand_over(args, &file, &summary, |_| Ok(()))?;
    everybody_is_served(args, (file.unserved.len(), loaded.problem.prices().len()), "trips found no vehicle")
}
