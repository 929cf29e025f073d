//! Solving a ride problem in JSON: from the plan that is running in it, if there is one.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use sanban_engine::check::rides::{RideEndKind, RideProblem, RideSolution, violations};
use sanban_engine::ondemand::{Progress, Report, Solution};

use super::curve::{Curve, Moment};
use super::plot::{Map, Picture, Point, Way};
use super::{Args, draw, everybody_is_served, hand_over, passes_the_check, progress_line};
use crate::benchmark_formats::{Effort, search};
use crate::ride_problems::{Loaded, read, solution_file};

/// Searches, has the result checked from the file alone, writes it.
pub(super) fn solve(args: &Args, began: Instant, interrupted: &AtomicBool) -> Result<(), String> {
    let mut loaded = read(&args.file).map_err(|error| error.to_string())?;
    if args.plot.is_some() && loaded.file.positions.is_none() {
        return Err(format!("{}: --plot needs to know where the places are: add \"positions\"", args.file.display()));
    }
    let (bar, curve) = (progress_line(), Curve::default());
    // Those left out have a curve of their own; their weight would flatten that of all else.
    let per_unserved = loaded.file.objective.per_unserved;
    let cost_of_served = |cost: i64, unserved: usize| (cost - per_unserved * unserved as i64) as f64;
    let show = |progress: Progress| {
        let Progress { cost, vehicles, unserved, .. } = progress;
        let seconds = began.elapsed().as_secs_f64();
        curve.record(Moment { time: seconds, measure: cost_of_served(cost, unserved), vehicles, unserved });
        bar.set_message(format!("cost {cost} with {vehicles} vehicles, {unserved} unserved after {seconds:.1} s"));
        bar.tick();
    };
    let solution = search_with_groups(&mut loaded, args.effort(), &show, interrupted);
    bar.finish_and_clear();
    let file = solution_file(&loaded, &solution, began.elapsed().as_secs_f64(), args.seed);
    passes_the_check(&violations(&loaded.file, &file))?;
    let (name, cost, vehicles, seconds) = (&file.instance, file.objective, file.vehicles, file.seconds);
    let summary = format!("{name}: cost {cost} with {vehicles} vehicles in {seconds:.1} s");
    let unserved = file.unserved.len();
    hand_over(args, &file, &summary, |path| {
        let positions = loaded.file.positions.as_deref().unwrap_or_default();
        let end = Moment { time: seconds, measure: cost_of_served(cost, unserved), vehicles, unserved };
        let (map, curve) = (map(&loaded.file, positions, &file), curve.until(end));
        let measure = "cost of those served";
        draw(path, &Picture { title: &summary, map: &map, curve: &curve, time_unit: "seconds", measure })
    })?;
    everybody_is_served(args, (unserved, loaded.file.requests.len()), "requests found no place")
}

/// Groups that may be split are looked at as a whole for half of the search; those that found no place then go on in parts.
fn search_with_groups(loaded: &mut Loaded, effort: Effort, progress: Report<'_>, interrupted: &AtomicBool) -> Solution {
    let running = loaded.running.clone();
    if !loaded.has_groups() {
        return search(&loaded.problem, running, effort, progress, interrupted);
    }
    let half = Effort {
        time_limit: effort.time_limit.map(|limit| limit / 2),
        work_limit: effort.work_limit.map(|limit| limit.div_ceil(2)),
        ..effort
    };
    let mut solution = search(&loaded.problem, running, half, progress, interrupted);
    loaded.split_groups(&mut solution);
    solution = search(&loaded.problem, solution, half, progress, interrupted);
    loaded.split_groups(&mut solution);
    solution
}

/// What there is to be drawn, from the file and its solution.
fn map(problem: &RideProblem, positions: &[Point], solution: &RideSolution) -> Map {
    let places: BTreeMap<&str, Point> =
        problem.places.iter().map(String::as_str).zip(positions.iter().copied()).collect();
    let with_parts = problem.requests.iter().flat_map(|request| request.in_parts().chain([request.clone()]));
    let ends: BTreeMap<String, (Point, Point)> = with_parts
        .map(|request| {
            let ends = (places[request.pickup.place.as_str()], places[request.dropoff.place.as_str()]);
            (request.name, ends)
        })
        .collect();
    let depots = |name: &str| {
        let vehicle = problem.vehicles.iter().find(|vehicle| vehicle.name == name).expect("it drives");
        (places[vehicle.start.as_str()], places[vehicle.end.as_str()])
    };
    let routes = solution.routes.iter().map(|route| {
        let (start, last) = depots(&route.vehicle);
        let stops = route.stops.iter().map(|call| {
            let ((pickup, dropoff), boards) = (ends[&call.request], call.end == RideEndKind::Pickup);
            (if boards { pickup } else { dropoff }, boards)
        });
        Way { start, stops: stops.collect(), end: last }
    });
    Map {
        places: positions.to_vec(),
        routes: routes.collect(),
        unserved: solution.unserved.iter().flat_map(|name| <[Point; 2]>::from(ends[name])).collect(),
        depots: problem.vehicles.iter().flat_map(|vehicle| <[Point; 2]>::from(depots(&vehicle.name))).collect(),
    }
}
