//! The solution file that tools rely on, and its check.

use std::path::{Path, PathBuf};

use sanban_engine::check::benchmark::violations;
use serde::{Deserialize, Serialize};

use super::{Format, FormatError, TOLERANCE, read};

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

/// A solution that can't even be checked.
#[derive(Debug, thiserror::Error)]
pub enum SolutionFileError {
    /// The file can't be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no solution.
    #[error("{}: {source}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The instance isn't beside the solution.
    #[error("{}: instance \"{instance}\" is not beside it; name it with --instance FILE", path.display())]
    NoInstance {
        /// The solution.
        path: PathBuf,
        /// The instance it names.
        instance: String,
    },
    /// The instance can't be used.
    #[error(transparent)]
    Instance(#[from] FormatError),
}

/// What is wrong with a solution file, one line each; the instance is given or found beside the solution.
pub fn check_solution_file(path: &Path, instance: Option<&Path>) -> Result<Vec<String>, SolutionFileError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SolutionFileError::Unreadable { path: path.to_owned(), source })?;
    let solution: SolutionFile =
        serde_json::from_str(&text).map_err(|source| SolutionFileError::Malformed { path: path.to_owned(), source })?;
    let beside = || {
        let names = [format!("{}.txt", solution.instance), solution.instance.clone()];
        names.iter().map(|name| path.with_file_name(name)).find(|candidate| candidate.is_file())
    };
    let Some(instance_path) = instance.map(Path::to_owned).or_else(beside) else {
        return Err(SolutionFileError::NoInstance { path: path.to_owned(), instance: solution.instance });
    };
    let instance = read(solution.format, &instance_path)?;
    let mut found = violations(&instance, &solution.routes, TOLERANCE);
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
