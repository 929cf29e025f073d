//! What the generator writes can be loaded, is what the repository holds, and asks no vehicle to be faster than the roads allow.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sanban_engine::check::check_timetable;
use sanban_engine::generate;
use sanban_engine::scenario::Scenario;
use sanban_engine::scenario::tables::{Numbered, Row, TableVisitor, Tables};
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::time::TimeWindow;
use sanban_engine::timetable::{PlanOptions, plan};
use sanban_server::scenario::{load, write};

/// Folder under `scenarios/`, what the command in its README makes, and that written to files and loaded again.
static COMMITTED: LazyLock<[(&str, Tables, Scenario); 3]> = LazyLock::new(|| {
    [("toy", generate::toy()), ("pilot-town", generate::town(1)), ("county", generate::county(1))].map(
        |(name, tables)| {
            let scenario = loaded(&tables);
            (name, tables, scenario)
        },
    )
});

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

/// Writes the tables and loads them again.
fn loaded(tables: &Tables) -> Scenario {
    let folder = tempfile::tempdir().expect("a folder");
    write(tables, folder.path()).expect("files");
    load(folder.path()).unwrap_or_else(|problems| panic!("{problems}")).scenario
}

/// Takes the rows of some files away.
struct Without<'a>(&'a [&'a str]);

impl TableVisitor for Without<'_> {
    fn visit<R: Row>(&mut self, rows: &mut Vec<Numbered<R>>) {
        if self.0.contains(&R::FILE) {
            rows.clear();
        }
    }
}

/// The toy without the rows of these files.
fn toy_without(files: &[&str]) -> Tables {
    let mut tables = generate::toy();
    tables.visit_all(&mut Without(files));
    tables
}

/// The files of the format that hold rows.
fn all_files() -> Vec<&'static str> {
    struct Names(Vec<&'static str>);
    impl TableVisitor for Names {
        fn visit<R: Row>(&mut self, _: &mut Vec<Numbered<R>>) {
            self.0.push(R::FILE);
        }
    }
    let mut names = Names(Vec::new());
    Tables::default().visit_all(&mut names);
    names.0
}

/// All files below a folder, by path within it.
fn contents(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below the root").display().to_string();
                files.insert(name, fs::read(path).expect("a file"));
            }
        }
    }
    files
}

#[test]
fn what_is_committed_is_what_the_generator_writes() {
    for (name, tables, _) in COMMITTED.iter() {
        let fresh = tempfile::tempdir().expect("a folder");
        write(tables, fresh.path()).expect("files");
        let expected = contents(fresh.path());
        let mut committed = contents(&folder(name));
        assert!(committed.remove("README.md").is_some(), "{name} says where it comes from");
        let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&committed), names(&expected), "files of {name}");
        for (file, bytes) in expected {
            // Not assert_eq: a difference would print the whole file.
            assert!(committed[&file] == bytes, "scenarios/{name}/{file} differs; generate it again");
        }
    }
}

#[test]
fn generated_scenarios_load_without_a_problem() {
    for (name, tables, scenario) in COMMITTED.iter() {
        assert_eq!(scenario.villages.len(), tables.villages.len(), "{name}");
    }
}

/// Everything but places, roads, holidays, line vehicles and the lines themselves.
const NOT_NEEDED: [&str; 15] = [
    "facilities.csv",
    "schools.csv",
    "students.csv",
    "student_runs.csv",
    "student_run_calls.csv",
    "markets.csv",
    "market_exceptions.csv",
    "market_goers.csv",
    "school_terms.csv",
    "drivers.csv",
    "shifts.csv",
    "consignments.csv",
    "line_demand.csv",
    "line_transfers.csv",
    "gtfs/calendar_dates.txt",
];

#[test]
fn a_county_that_lacks_something_loads_as_it_was_written() {
    let scenario = loaded(&toy_without(&NOT_NEEDED));
    assert_eq!((scenario.markets.len(), scenario.schools.len(), scenario.line_demand.len()), (0, 0, 0));
    assert!(!scenario.patterns.is_empty() && !scenario.villages.is_empty());
}

#[test]
fn a_file_that_is_written_is_never_called_missing() {
    for file in all_files() {
        let folder = tempfile::tempdir().expect("a folder");
        write(&toy_without(&[file]), folder.path()).expect("files");
        let problems = load(folder.path()).err().map(|error| error.problems).unwrap_or_default();
        let missing: Vec<_> = problems.iter().filter(|problem| problem.why == "is missing").collect();
        assert!(missing.is_empty(), "without rows of {file}: {missing:?}");
    }
}

#[test]
fn nothing_of_an_older_scenario_stays_in_its_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&generate::toy(), folder.path()).expect("files");
    write(&toy_without(&NOT_NEEDED), folder.path()).expect("files");
    let scenario = load(folder.path()).unwrap_or_else(|problems| panic!("{problems}")).scenario;
    assert_eq!((scenario.student_groups.len(), scenario.consignments.len()), (0, 0));
}

#[test]
fn the_demonstration_date_is_a_school_day_with_markets() {
    for (name, _, scenario) in COMMITTED.iter() {
        let day = scenario.day_type(scenario.demonstration_date).expect("a date of the calendar");
        assert!(day.is_school_day, "{name}: {day:?}");
        let least = if *name == "county" { 10 } else { 1 };
        assert!(day.markets.len() >= least, "{name}: {day:?}");
    }
}

#[test]
fn no_bus_arrives_earlier_than_the_drive_allows() {
    for (name, _, scenario) in COMMITTED.iter() {
        let travel = &scenario.network.travel;
        for pattern in &scenario.patterns {
            for hop in 1..pattern.stops.len() {
                let running = pattern.arrivals[hop] - pattern.departures[hop - 1];
                let drive = travel.duration(pattern.stops[hop - 1], pattern.stops[hop]);
                let line = &scenario.route(pattern.route).code;
                assert!(running >= drive, "{name}: {line}, call {hop}: {running:?} for a drive of {drive:?}");
            }
        }
    }
}

#[test]
fn no_school_bus_arrives_earlier_than_the_drive_allows() {
    for (name, _, scenario) in COMMITTED.iter() {
        assert!(!scenario.student_runs.is_empty());
        for run in &scenario.student_runs {
            for pair in run.calls.windows(2) {
                let running = pair[1].time - pair[0].time;
                let drive = scenario.network.travel.duration(pair[0].place, pair[1].place);
                assert!(running >= drive, "{name}: {}: {running:?} for a drive of {drive:?}", run.code);
            }
        }
    }
}

#[test]
fn licensed_runs_lie_within_their_drivers_shifts() {
    for (name, _, scenario) in COMMITTED.iter() {
        let travel = &scenario.network.travel;
        for run in &scenario.student_runs {
            let depot = scenario.fleet.depot_place(run.vehicle);
            let (first, last) = (&run.calls[0], &run.calls[run.calls.len() - 1]);
            let leaves = first.time - travel.duration(depot, first.place);
            let worked = TimeWindow::new(leaves, last.time + travel.duration(last.place, depot));
            let mut pieces = scenario.fleet.shift_pieces.iter().filter(|piece| piece.vehicle == run.vehicle);
            assert!(pieces.any(|piece| piece.window.contains_window(worked)), "{name}: {} works {worked}", run.code);
        }
    }
}

#[test]
fn plans_of_generated_towns_keep_every_rule() {
    let options = PlanOptions { time_limit_seconds: None, node_limit: Some(3), ..PlanOptions::default() };
    for seed in 2..4 {
        let town = loaded(&generate::town(seed));
        let date = town.demonstration_date;
        let timetable = plan(&town, date, &options, &|_| {}, StopSignal::NEVER).expect("a plan");
        assert_eq!(check_timetable(&town, &timetable), [], "seed {seed}");
        assert!(!timetable.runs.is_empty() && !timetable.duties.is_empty(), "seed {seed}");
    }
}
