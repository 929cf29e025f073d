//! The solution file of a multi-depot instance, and its check.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::read;
use crate::solution_files::{SolutionFileError, instance_of, parse};

/// What `sanban solve --format mdvsp` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VehicleScheduleFile {
    /// File name of the instance without folder and endings.
    pub instance: String,
    /// Which family.
    pub format: VehicleScheduleFormat,
    /// Total cost, recounted from the matrix.
    pub objective: i64,
    /// Routes with trips.
    pub vehicles: usize,
    /// No solution costs less.
    pub lower_bound: i64,
    /// Wall-clock time of the search; the only field that two equal runs may differ in.
    pub seconds: f64,
    /// Seed of the search.
    pub seed: u64,
    /// `[depot, trip, …]`, numbered as in the instance file: depots from 0, trips behind them.
    pub routes: Vec<Vec<usize>>,
    /// Trips that found no vehicle, ascending; absent when all are worked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unserved: Vec<usize>,
}

/// How the file says what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VehicleScheduleFormat {
    /// Multi-depot vehicle scheduling.
    Mdvsp,
}

/// Endings of instance files.
const ENDINGS: [&str; 4] = [".inp.gz", ".inp", ".gz", ".txt"];

/// The name of an instance: its file's, without folder and endings.
pub fn instance_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ending = ENDINGS.iter().find(|ending| name.ends_with(**ending));
    ending.and_then(|ending| name.strip_suffix(ending)).unwrap_or(&name).to_owned()
}

/// What is wrong with a solution file, one line each; the instance is given or found beside the solution.
pub fn check_solution_file(path: &Path, instance: Option<&Path>) -> Result<Vec<String>, SolutionFileError> {
    let solution: VehicleScheduleFile = parse(path)?;
    let instance_path = instance_of(path, instance, (&solution.instance, &[ENDINGS.as_slice(), &[""]].concat()))?;
    let instance = read(&instance_path).map_err(SolutionFileError::of_instance)?.instance;
    let mut found = instance.violations(&solution.routes);
    if solution.routes.len() != solution.vehicles {
        found.push(format!("vehicles: {} stated, {} routes", solution.vehicles, solution.routes.len()));
    }
    let is_missing = |trip: &usize| !solution.routes.iter().flatten().any(|node| node == trip);
    let missing: Vec<usize> = (instance.vehicles.len()..instance.costs.len()).filter(is_missing).collect();
    if missing != solution.unserved {
        found.push(format!("unserved: {:?} stated, {missing:?} found", solution.unserved));
    }
    if found.is_empty() {
        let cost = instance.total_cost(&solution.routes);
        if cost != solution.objective {
            found.push(format!("objective: {} stated, {cost} recomputed", solution.objective));
        }
        if solution.lower_bound > cost {
            found.push(format!("lower_bound: {} stated, but a solution costs {cost}", solution.lower_bound));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two depots with one vehicle each; trip 3 can follow trip 2, and trip 4 only depot 1.
    const INSTANCE: &str = "2 3 1 1\n-1 -1 10 11 -1\n-1 -1 20 21 22\n5 6 -1 1 -1\n7 8 -1 -1 -1\n-1 9 -1 -1 -1\n";

    fn check(change: impl Fn(&mut VehicleScheduleFile), expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("small.inp"), INSTANCE).unwrap();
        let mut solution = VehicleScheduleFile {
            instance: "small".to_owned(),
            format: VehicleScheduleFormat::Mdvsp,
            objective: 49,
            vehicles: 2,
            lower_bound: 49,
            seconds: 0.1,
            seed: 1,
            routes: vec![vec![0, 2, 3], vec![1, 4]],
            unserved: Vec::new(),
        };
        change(&mut solution);
        let path = folder.path().join("small.json");
        std::fs::write(&path, serde_json::to_string(&solution).unwrap()).unwrap();
        assert_eq!(check_solution_file(&path, None).unwrap(), expected, "{solution:?}");
    }

    #[test]
    fn broken_solutions_are_found_out() {
        check(|_| {}, &[]);
        check(|solution| solution.objective = 48, &["objective: 48 stated, 49 recomputed"]);
        check(|solution| solution.lower_bound = 50, &["lower_bound: 50 stated, but a solution costs 49"]);
        check(|solution| solution.vehicles = 1, &["vehicles: 1 stated, 2 routes"]);
        check(|solution| solution.unserved = vec![4], &["unserved: [4] stated, [] found"]);
        let forgotten = |solution: &mut VehicleScheduleFile| {
            (solution.routes, solution.vehicles, solution.unserved) = (vec![vec![0, 2, 3]], 1, vec![4]);
        };
        check(forgotten, &["trip 4 is not worked"]);
        check(|solution| solution.routes[0][0] = 1, &["depot 1: 2 routes, but only 1 vehicles"]);
    }

    #[test]
    fn an_instance_is_called_what_its_file_is_called() {
        let check = |path: &str, expected: &str| assert_eq!(instance_name(Path::new(path)), expected);
        check("mdvsp/m4n500s0.inp.gz", "m4n500s0");
        check("m4n500s0.inp", "m4n500s0");
        check("small", "small");
    }
}
