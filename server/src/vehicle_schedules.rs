//! Public multi-depot vehicle scheduling instances (Pepin et al. 2009): read, handed to the engine, solutions written and
//! checked.
//!
//! A file, plain or in gzip: the first line has the number of depots, the number of trips and the vehicles of each depot;
//! then a line per node with its cost to every node, −1 where that is impossible. Nodes are numbered as in the file:
//! depots from 0, trips behind them. Costs and objective are the file's own whole numbers.

mod solution;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::Read;
use std::path::{Path, PathBuf};

use sanban_engine::check::vehicle_schedules::MatrixInstance;
use sanban_engine::timetable::vehicle_scheduling::{
    InvalidProblem, LARGEST_COST, Links, VehicleClass, VehicleSchedules, VehicleSchedulingProblem, WorkableTask,
};

pub use solution::{VehicleScheduleFile, VehicleScheduleFormat, check_solution_file, instance_name};

/// Why a file is no instance.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// It can't be read or unpacked.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its content is wrong.
    #[error("{}:{line}: {why}", path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong and what is expected.
        why: String,
    },
}

/// An instance in both forms.
pub struct Loaded {
    /// As the file has it.
    pub instance: MatrixInstance,
    /// As the solver has it: classes are depots, tasks are trips in an order in which they may follow each other.
    pub problem: VehicleSchedulingProblem,
    /// By task: its node.
    nodes: Vec<usize>,
}

impl Loaded {
    /// `[depot, trip, …]`, in the numbers of the file.
    pub fn routes(&self, schedules: &VehicleSchedules) -> Vec<Vec<usize>> {
        let trips = |tasks: &[usize]| tasks.iter().map(|&task| self.nodes[task]).collect::<Vec<_>>();
        schedules.chains.iter().map(|chain| [vec![chain.class], trips(&chain.tasks)].concat()).collect()
    }

    /// Trips that no vehicle works, ascending.
    pub fn unserved(&self, schedules: &VehicleSchedules) -> Vec<usize> {
        let mut unserved: Vec<usize> = schedules.unworked.iter().map(|&task| self.nodes[task]).collect();
        unserved.sort_unstable();
        unserved
    }
}

/// Reads an instance and checks every number in it.
pub fn read(path: &Path) -> Result<Loaded, InstanceError> {
    let text = unpacked(path).map_err(|source| InstanceError::Unreadable { path: path.to_owned(), source })?;
    let invalid = |(line, why)| InstanceError::Invalid { path: path.to_owned(), line, why };
    let (instance, lines) = parse(&text).map_err(invalid)?;
    let (problem, nodes) = problem(&instance, &lines).map_err(invalid)?;
    Ok(Loaded { instance, problem, nodes })
}

/// The text of a file, whether it is packed or not.
fn unpacked(path: &Path) -> std::io::Result<String> {
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    let bytes = std::fs::read(path)?;
    let mut text = String::new();
    if bytes.starts_with(&GZIP) {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        bytes.as_slice().read_to_string(&mut text)?;
    }
    Ok(text)
}

/// Line and reason.
type Wrong = (usize, String);

/// A matrix beyond this is a slip of the pen.
const MOST_NODES: usize = 20_000;

/// The instance, and by node the line of its costs.
fn parse(text: &str) -> Result<(MatrixInstance, Vec<usize>), Wrong> {
    let rows = text.lines().enumerate().map(|(index, row)| (index + 1, row.split_whitespace().collect::<Vec<_>>()));
    let mut rows = rows.filter(|(_, fields)| !fields.is_empty());
    let Some((line, header)) = rows.next() else { return Err((1, "the file is empty".to_owned())) };
    let [depots, trips, vehicles @ ..] = header.as_slice() else {
        return Err((line, "depots, trips and the vehicles of each depot expected".to_owned()));
    };
    let number = |text: &str, what: &str| {
        let number = text.parse::<usize>().ok().filter(|&number| number <= MOST_NODES);
        number.ok_or_else(|| (line, format!("{what}: \"{text}\" is no whole number up to {MOST_NODES}")))
    };
    let (depots, trips) = (number(depots, "depots")?, number(trips, "trips")?);
    if vehicles.len() != depots {
        return Err((line, format!("vehicles: {depots} depots, but {} numbers of vehicles", vehicles.len())));
    }
    let vehicles =
        vehicles.iter().map(|text| number(text, "vehicles").map(|count| count as u64)).collect::<Result<_, _>>()?;
    let nodes = depots + trips;
    let (mut costs, mut lines) = (Vec::new(), Vec::new());
    for (line, fields) in rows {
        if costs.len() == nodes {
            return Err((line, format!("more lines than the {nodes} nodes that the first line announces")));
        }
        if fields.len() != nodes {
            return Err((line, format!("{nodes} costs expected, {} found", fields.len())));
        }
        let cost = |(column, text): (usize, &&str)| {
            let cost = text.parse::<i64>().ok().filter(|cost| (-1..=LARGEST_COST).contains(cost));
            let why = || format!("cost to node {column}: \"{text}\" is no whole number from -1 to {LARGEST_COST}");
            cost.ok_or_else(|| (line, why()))
        };
        lines.push(line);
        costs.push(fields.iter().enumerate().map(cost).collect::<Result<Vec<i64>, Wrong>>()?);
    }
    if costs.len() < nodes {
        return Err((
            lines.last().copied().unwrap_or(line),
            format!("{nodes} lines of costs expected, the file ends after {}", costs.len()),
        ));
    }
    Ok((MatrixInstance { vehicles, costs }, lines))
}

/// The problem, and the node of each of its tasks.
fn problem(instance: &MatrixInstance, lines: &[usize]) -> Result<(VehicleSchedulingProblem, Vec<usize>), Wrong> {
    let nodes = in_order(instance, lines)?;
    let possible = |from: usize, to: usize| Some(instance.costs[from][to]).filter(|&cost| cost >= 0);
    let tasks = || nodes.iter().copied().enumerate();
    let links = tasks().flat_map(|(from, before)| {
        tasks().filter_map(move |(to, after)| possible(before, after).map(|cost| (from, to, cost)))
    });
    let invalid = |error: InvalidProblem| (1, error.to_string());
    let links = Links::new(nodes.len(), links.collect()).map_err(invalid)?;
    let classes = instance.vehicles.iter().enumerate().map(|(depot, &vehicles)| VehicleClass {
        kind: 0,
        vehicles: vehicles as u32,
        workable: tasks()
            .map(|(task, node)| WorkableTask { task, pull_out: possible(depot, node), pull_in: possible(node, depot) })
            .collect(),
    });
    let problem = VehicleSchedulingProblem::new(vec![None; nodes.len()], vec![links], classes.collect());
    Ok((problem.map_err(invalid)?, nodes))
}

/// Trips in an order in which every trip comes behind all that it can follow; of several, the least number first.
fn in_order(instance: &MatrixInstance, lines: &[usize]) -> Result<Vec<usize>, Wrong> {
    let (depots, nodes) = (instance.vehicles.len(), instance.costs.len());
    let can_follow = |before: usize, after: usize| instance.costs[before][after] >= 0;
    let mut before: Vec<usize> =
        (0..nodes).map(|node| (depots..nodes).filter(|&other| can_follow(other, node)).count()).collect();
    let mut free: BinaryHeap<Reverse<usize>> = (depots..nodes).filter(|&node| before[node] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(nodes - depots);
    while let Some(Reverse(node)) = free.pop() {
        order.push(node);
        for after in (depots..nodes).filter(|&after| can_follow(node, after)) {
            before[after] -= 1;
            if before[after] == 0 {
                free.push(Reverse(after));
            }
        }
    }
    match (depots..nodes).find(|&node| before[node] > 0) {
        None => Ok(order),
        Some(node) => {
            Err((lines[node], format!("trip {node} is part of or behind a circle of trips that follow each other")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = parse(text).and_then(|(instance, lines)| problem(&instance, &lines));
        let told = match found {
            Ok((_, nodes)) => format!("{nodes:?}"),
            Err((line, why)) => format!("{line}: {why}"),
        };
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn trips_are_put_in_order() {
        check("1 2 1\n-1 5 5\n5 -1 3\n5 -1 -1\n", "[1, 2]");
        check("1 2 1\n-1 5 5\n\n5 -1 -1\n5 3 -1\n", "[2, 1]");
        check("1 0 1\n-1\n", "[]");
    }

    #[test]
    fn errors_name_the_line() {
        check("", "1: the file is empty");
        check("\n1\n", "2: depots, trips and the vehicles of each depot expected");
        check("1 x 1\n", "1: trips: \"x\" is no whole number up to 20000");
        check("1 99999 1\n", "1: trips: \"99999\" is no whole number up to 20000");
        check("2 1 1\n", "1: vehicles: 2 depots, but 1 numbers of vehicles");
        check("1 1 1\n-1 5\n", "2: 2 lines of costs expected, the file ends after 1");
        check("1 1 1\n-1 5\n5\n", "3: 2 costs expected, 1 found");
        check("1 1 1\n-1 5\n5 -1\n\n5 -1\n", "5: more lines than the 2 nodes that the first line announces");
        check("1 1 1\n-1 5.5\n5 -1\n", "2: cost to node 1: \"5.5\" is no whole number from -1 to 1000000000");
        check("1 1 1\n-1 5\n-2 -1\n", "3: cost to node 0: \"-2\" is no whole number from -1 to 1000000000");
        let circle = "4: trip 1 is part of or behind a circle of trips that follow each other";
        check("1 2 1\n\n-1 5 5\n5 -1 3\n5 3 -1\n", circle);
    }

    #[test]
    fn a_packed_file_is_read_like_a_plain_one() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("two.inp.gz");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(b"1 1 1\n-1 5\n7 -1\n").unwrap();
        let bytes = packed.finish().unwrap();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read(&path).map(|loaded| loaded.instance.costs).unwrap(), [[-1, 5], [7, -1]]);
        std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
        let broken = read(&path).map(|_| ()).unwrap_err().to_string();
        assert!(broken.starts_with(&path.display().to_string()), "{broken}");
    }
}
