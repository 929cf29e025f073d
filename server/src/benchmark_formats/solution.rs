//! The solution file that tools rely on, and its check.

use std::path::Path;

use sanban_engine::check::benchmark::{BenchmarkInstance, violations};
use serde::{Deserialize, Serialize};

use super::{DynamicInstance, Format, TOLERANCE, read, read_dynamic};
use crate::solution_files::{SolutionFileError, instance_of, parse};

/// What `sanban solve` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SolutionFile {
    /// File name of the instance without folder and ending.
    pub instance: String,
    /// Which family.
    pub format: Format,
    /// Total distance in double precision.
    pub objective: f64,
    /// Routes with stops.
    pub vehicles: usize,
    /// Wall-clock time of the search; the only field that two equal runs may differ in.
    pub seconds: f64,
    /// Seed of the search.
    pub seed: u64,
    /// Nodes as numbered in the instance file, depots left out.
    pub routes: Vec<Vec<usize>>,
    /// Pickup nodes of the requests that found no place, ascending; absent when everybody is served.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unserved: Vec<usize>,
}

/// What is wrong with a solution file, one line each; the instance is given or found beside the solution.
pub fn check_solution_file(path: &Path, instance: Option<&Path>) -> Result<Vec<String>, SolutionFileError> {
    let solution: SolutionFile = parse(path)?;
    let endings = match solution.format {
        Format::Darp | Format::Pdptw => [".txt", ""],
        Format::DynamicDarp => [".json", ""],
    };
    let instance_path = instance_of(path, instance, (&solution.instance, &endings))?;
    let instance = read(solution.format, &instance_path).map_err(SolutionFileError::of_instance)?;
    let mut found = match solution.format {
        Format::Darp | Format::Pdptw => violations(&instance, &solution.routes, TOLERANCE),
        Format::DynamicDarp => {
            let day = read_dynamic(&instance_path).map_err(SolutionFileError::of_instance)?;
            dynamic_violations(&day, &solution)
        }
    };
    let used = solution.routes.iter().filter(|route| !route.is_empty()).count();
    if used != solution.vehicles {
        found.push(format!("vehicles: {} stated, {used} routes", solution.vehicles));
    }
    let missing = |&&(pickup, _): &&(usize, usize)| !solution.routes.iter().flatten().any(|&node| node == pickup);
    let missing: Vec<usize> = instance.pairs.iter().filter(missing).map(|&(pickup, _)| pickup).collect();
    if missing != solution.unserved {
        found.push(format!("unserved: {:?} stated, {missing:?} found", solution.unserved));
    }
    if found.is_empty() {
        let distance = instance.total_distance(&solution.routes);
        if (distance - solution.objective).abs() > TOLERANCE {
            found.push(format!("objective: {} stated, {distance} recomputed", solution.objective));
        }
    }
    Ok(found)
}

/// Rejected requests are no violation; to leave for a request that isn't known yet is one.
fn dynamic_violations(day: &DynamicInstance, solution: &SolutionFile) -> Vec<String> {
    let is_stop = |&node: &usize| (1..day.instance.nodes.len()).contains(&node);
    let exist = solution.routes.iter().flatten().all(is_stop);
    let instance = if exist { day.on_routes(&solution.routes) } else { day.instance.clone() };
    violations(&served_part(&instance, &solution.unserved), &solution.routes, TOLERANCE)
}

/// The instance without the requests of these pickup nodes.
pub fn served_part(instance: &BenchmarkInstance, unserved: &[usize]) -> BenchmarkInstance {
    let pairs = instance.pairs.iter().copied().filter(|(pickup, _)| !unserved.contains(pickup));
    BenchmarkInstance { pairs: pairs.collect(), ..instance.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solution_files::JsonFileError;

    /// Two riders along a straight road from the depot: from 1 to 11 and from 2 to 12, one seat, one vehicle.
    const INSTANCE: &str = "1 2 480 1 30
0 0 0 0 0 0 480
1 1 0 0 1 0 480
2 2 0 0 1 0 480
3 11 0 0 -1 0 480
4 12 0 0 -1 0 480
5 0 0 0 0 0 480
";

    /// What the check says about these routes when `from` stands for `to` in the instance.
    fn check_in((from, to): (&str, &str), routes: &[&[usize]], unserved: &[usize], expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("road.txt"), INSTANCE.replacen(from, to, 1)).unwrap();
        let instance = read(Format::Darp, &folder.path().join("road.txt")).unwrap();
        let routes: Vec<Vec<usize>> = routes.iter().map(|route| route.to_vec()).collect();
        let solution = SolutionFile {
            instance: "road".to_owned(),
            format: Format::Darp,
            objective: if expected.is_empty() { instance.total_distance(&routes) } else { 0.0 },
            vehicles: routes.len(),
            seconds: 0.1,
            seed: 1,
            routes,
            unserved: unserved.to_vec(),
        };
        let path = folder.path().join("solution.json");
        std::fs::write(&path, serde_json::to_string(&solution).unwrap()).unwrap();
        assert_eq!(check_solution_file(&path, None).unwrap(), expected, "{solution:?}");
    }

    fn check(routes: &[&[usize]], unserved: &[usize], expected: &[&str]) {
        check_in(("", ""), routes, unserved, expected);
    }

    const NO_SCHEDULE: &str = "route 1: no schedule keeps windows, ride times and duration";

    #[test]
    fn broken_solutions_are_found_out() {
        check(&[&[1, 3, 2, 4]], &[], &[]);
        check(&[&[1, 3]], &[2], &["request 2 → 4 is not served"]);
        check(&[&[1, 3]], &[], &["request 2 → 4 is not served", "unserved: [] stated, [2] found"]);
        check(&[&[1, 3, 2, 4]], &[2], &["unserved: [2] stated, [] found"]);
        let not_once = "request 1 → 3 is not picked up once, then brought once, by one route";
        check(&[&[3, 1, 2, 4]], &[], &[not_once]);
        check(&[&[1, 1, 3, 2, 4]], &[], &[not_once]);
        check(&[&[1, 3, 2, 4, 9]], &[], &["route 1: node 9 is no pickup or drop-off of the instance"]);
        check(&[&[1, 3], &[2, 4]], &[], &["2 routes, but only 1 vehicles"]);
        check(&[&[1, 2, 3, 4]], &[], &["route 1: load 2 at node 2 exceeds 1"]);
        let late = ("3 11 0 0 -1 0 480", "3 11 0 0 -1 0 10.9");
        check_in(late, &[&[1, 3, 2, 4]], &[], &[NO_SCHEDULE]);
        let short_ride = ("480 1 30", "480 1 9.9");
        check_in(short_ride, &[&[1, 3, 2, 4]], &[], &[NO_SCHEDULE]);
        let short_route = ("480 1 30", "41.9 1 30");
        check_in(short_route, &[&[1, 3, 2, 4]], &[], &[NO_SCHEDULE]);
    }

    #[test]
    fn of_a_dynamic_day_rejections_are_fine_and_clairvoyance_is_not() {
        let location = |x: f64| format!(r#"{{"x_coord": {x}, "y_coord": 0}}"#);
        let request = |id: usize, from: f64, to: f64, known_at: f64| {
            format!(
                r#"{{"id": {id}, "pickup_location": {}, "delivery_location": {}, "pickup_lower_tw": 0,
                "pickup_upper_tw": 9, "pickup_service_time": 0, "delivery_lower_tw": 0, "delivery_upper_tw": 40,
                "delivery_service_time": 0, "load": 1, "arrival_time": {known_at}}}"#,
                location(from),
                location(to)
            )
        };
        let check = |known_at: f64, routes: &[&[usize]], unserved: &[usize], expected: &[&str]| {
            let folder = tempfile::tempdir().unwrap();
            let info = r#""number_of_vehicles": 1, "vehicle_capacity": 1, "max_ride_time": 30, "max_route_time": 480"#;
            let instance = format!(
                r#"{{"static_info": {{{info}, "planing_horizon": 1440, "depot_location": {}}}, "requests": [{}, {}]}}"#,
                location(0.0),
                request(1, 5.0, 11.0, known_at),
                request(2, 5.0, 12.0, 0.0)
            );
            std::fs::write(folder.path().join("road.json"), instance).unwrap();
            let routes: Vec<Vec<usize>> = routes.iter().map(|route| route.to_vec()).collect();
            let read = read_dynamic(&folder.path().join("road.json")).unwrap();
            let solution = SolutionFile {
                instance: "road".to_owned(),
                format: Format::DynamicDarp,
                objective: if expected.is_empty() { read.instance.total_distance(&routes) } else { 0.0 },
                vehicles: routes.len(),
                seconds: 0.1,
                seed: 1,
                routes,
                unserved: unserved.to_vec(),
            };
            let path = folder.path().join("solution.json");
            std::fs::write(&path, serde_json::to_string(&solution).unwrap()).unwrap();
            assert_eq!(check_solution_file(&path, None).unwrap(), expected, "{solution:?}");
        };
        check(4.0, &[&[1, 3]], &[2], &[]);
        check(4.1, &[&[1, 3]], &[2], &[NO_SCHEDULE]);
        check(0.0, &[&[1, 3]], &[], &["request 2 → 4 is not served", "unserved: [] stated, [2] found"]);
        check(0.0, &[], &[1, 2], &[]);
        let unknown = "route 1: node 9 is no pickup or drop-off of the instance";
        check(0.0, &[&[1, 9, 3]], &[2], &[unknown]);
        let twice = "route 1: node 1 is no pickup or drop-off of the instance";
        check(0.0, &[&[1, 3]], &[1, 2], &[twice, "unserved: [1, 2] stated, [2] found"]);
    }

    #[test]
    fn stated_figures_are_recomputed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("solution.json");
        let text = r#"{"instance":"road","format":"darp","objective":41.0,"vehicles":2,"seconds":0,"seed":1,
            "routes":[[1,3,2,4]]}"#;
        std::fs::write(&path, text).unwrap();
        let missing = check_solution_file(&path, None).unwrap_err().to_string();
        assert!(missing.contains("instance \"road\" is not beside it"), "{missing}");
        std::fs::write(folder.path().join("road.txt"), INSTANCE).unwrap();
        assert_eq!(check_solution_file(&path, None).unwrap(), ["vehicles: 2 stated, 1 routes"]);
        std::fs::write(&path, text.replace("\"vehicles\":2", "\"vehicles\":1")).unwrap();
        assert_eq!(check_solution_file(&path, None).unwrap(), ["objective: 41 stated, 42 recomputed"]);
        std::fs::write(&path, "{").unwrap();
        assert!(matches!(
            check_solution_file(&path, None),
            Err(SolutionFileError::File(JsonFileError::Malformed { .. }))
        ));
    }
}
