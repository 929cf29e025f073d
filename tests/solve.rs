//! `sanban solve` through the real binary: pictures, dynamic days, vehicle schedules, and Ctrl-C at any point of the search.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sanban_server::benchmark_formats::{SolutionFile, check_solution_file};
use sanban_server::vehicle_schedules::{self, VehicleScheduleFile};
use sanban_tests::binary;

/// Riders along parallel streets, one behind the other in time; vehicles to spare.
fn streets(requests: usize) -> String {
    let mut text = format!("{requests} {requests} 480 3 60\n0 0 0 0 0 0 480\n");
    for request in 1..=requests {
        let (x, opens) = (request % 37, request * 300 / requests);
        text += &format!("{request} {x} {} 1 1 {opens} {}\n", request % 11, opens + 30);
    }
    for request in 1..=requests {
        let (x, y) = (request * 7 % 41, request * 3 % 13);
        text += &format!("{} {x} {y} 1 -1 0 480\n", request + requests);
    }
    text + &format!("{} 0 0 0 0 0 480\n", 2 * requests + 1)
}

fn read(path: &Path) -> SolutionFile {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn solve(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(binary::path());
    command.arg("solve").args(words.split_whitespace()).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn the_picture_tells_what_the_solution_file_tells() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("streets.txt"), streets(12)).unwrap();
    let words = "--format darp streets.txt --work-limit 50 --out solution.json --plot routes.svg";
    assert!(solve(folder.path(), words).status().unwrap().success());
    let picture = std::fs::read_to_string(folder.path().join("routes.svg")).unwrap();
    let solution = read(&folder.path().join("solution.json"));
    assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    assert!(picture.contains(&format!("{:.4} with {} vehicles", solution.objective, solution.vehicles)));
    let lost = solve(folder.path(), "--format darp streets.txt --work-limit 1 --out s.json --plot no/routes.svg");
    let lost = { lost }.output().unwrap();
    let said = String::from_utf8(lost.stderr).unwrap();
    assert!(lost.status.code() == Some(1) && said.contains("no/routes.svg"), "{said}");
}

/// The day of a shuttle that carries one rider at a time; the last one calls when it is too late.
const DAY: &str = r#"{"static_info": {"number_of_vehicles": 1, "vehicle_capacity": 1, "max_ride_time": 60,
 "max_route_time": 480, "planing_horizon": 1440, "depot_location": {"x_coord": 0, "y_coord": 0}}, "requests": [
 {"id": 1, "pickup_location": {"x_coord": 1, "y_coord": 0}, "delivery_location": {"x_coord": 9, "y_coord": 0},
  "pickup_lower_tw": 0, "pickup_upper_tw": 90, "pickup_service_time": 1, "delivery_lower_tw": 0,
  "delivery_upper_tw": 1440, "delivery_service_time": 1, "load": 1, "arrival_time": 0},
 {"id": 2, "pickup_location": {"x_coord": 2, "y_coord": 0}, "delivery_location": {"x_coord": 8, "y_coord": 0},
  "pickup_lower_tw": 0, "pickup_upper_tw": 90, "pickup_service_time": 1, "delivery_lower_tw": 0,
  "delivery_upper_tw": 1440, "delivery_service_time": 1, "load": 1, "arrival_time": 5},
 {"id": 3, "pickup_location": {"x_coord": 50, "y_coord": 0}, "delivery_location": {"x_coord": 60, "y_coord": 0},
  "pickup_lower_tw": 0, "pickup_upper_tw": 55, "pickup_service_time": 1, "delivery_lower_tw": 0,
  "delivery_upper_tw": 1440, "delivery_service_time": 1, "load": 1, "arrival_time": 40}]}"#;

#[test]
fn on_a_dynamic_day_whoever_calls_too_late_is_rejected_and_the_routes_pass_the_check() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("day.json"), DAY).unwrap();
    let words = "--format dynamic-darp day.json --out solution.json --plot day.svg";
    let done = solve(folder.path(), words).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(said.starts_with("day: 2 of 3 served, "), "{said}");
    let path = folder.path().join("solution.json");
    let solution = read(&path);
    assert_eq!((solution.routes, solution.unserved), (vec![vec![1, 4, 2, 5]], vec![3]));
    assert_eq!(check_solution_file(&path, None).unwrap(), Vec::<String>::new());
    assert!(std::fs::read_to_string(folder.path().join("day.svg")).unwrap().contains("minutes of the day"));
    std::fs::write(folder.path().join("day.json"), DAY.replacen("\"load\": 1", "\"load\": \"one\"", 1)).unwrap();
    let refused = solve(folder.path(), words).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && said.contains("day.json: requests[0].load: "), "{said}");
}

/// Ctrl-C so long after the start; what was written, and how long that took.
#[cfg(unix)]
fn interrupt_after(wait: Duration, requests: usize) -> (SolutionFile, PathBuf, tempfile::TempDir, Duration) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("streets.txt"), streets(requests)).unwrap();
    let words = "--format darp streets.txt --time-limit 10m --out solution.json";
    let mut running = solve(folder.path(), words).spawn().unwrap();
    std::thread::sleep(wait);
    let began = Instant::now();
    assert_eq!(running.try_wait().unwrap(), None, "it ended by itself");
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    running.wait().unwrap();
    let path = folder.path().join("solution.json");
    (read(&path), path, folder, began.elapsed())
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_search_and_the_best_found_is_written() {
    let (solution, path, _folder, took) = interrupt_after(Duration::from_secs(2), 60);
    assert_eq!(check_solution_file(&path, None).unwrap(), Vec::<String>::new());
    assert_eq!(solution.unserved, Vec::<usize>::new());
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_the_first_solution_is_built_leaves_what_there_is() {
    let (solution, path, _folder, took) = interrupt_after(Duration::from_millis(300), 800);
    let served: usize = solution.routes.iter().map(|route| route.len() / 2).sum();
    assert_eq!(served + solution.unserved.len(), 800);
    let found = check_solution_file(&path, None).unwrap();
    assert!(found.iter().all(|violation| violation.ends_with("is not served")), "{found:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

/// The example of `docs/ride-problems.md`.
fn documented_ride_problem() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ride-problems.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once("```json\n").expect("the page shows a problem");
    rest.split_once("```").expect("it ends").0.to_owned()
}

#[test]
fn the_documented_ride_problem_is_solved_with_the_drivers_break_and_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("road.json"), documented_ride_problem()).unwrap();
    let words = "--format json road.json --work-limit 50 --out solution.json --plot road.svg";
    let done = solve(folder.path(), words).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let picture = std::fs::read_to_string(folder.path().join("road.svg")).unwrap();
    assert!(picture.contains("road: cost 32000 with 1 vehicles"), "{picture}");
    // The only pickup and drop-off with its white inside, and one of each in the key.
    assert_eq!(picture.matches("<circle").count(), 5);
    let path = folder.path().join("solution.json");
    let solution = std::fs::read_to_string(&path).unwrap();
    // Half an hour's lunch at the depot, after the only ride.
    assert!(
        solution.contains(r#""rests":[{"after_stops":2,"place":"A","begin_s":41400,"end_s":43200}]"#),
        "{solution}"
    );
    let check = || Command::new(binary::path()).current_dir(folder.path()).args(["check", "solution.json"]).output();
    assert!(check().unwrap().status.success());
    std::fs::write(&path, solution.replace("\"begin_s\":41400", "\"begin_s\":41399")).unwrap();
    let refused = check().unwrap();
    let said = String::from_utf8(refused.stdout).unwrap();
    assert_eq!((refused.status.code(), said.as_str()), (Some(1), "bus: break 1 is not taken\n"));
}

#[test]
fn what_has_no_positions_cannot_be_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let (before, rest) = documented_ride_problem()
        .split_once("\"positions\"")
        .map(|(one, two)| (one.to_owned(), two.to_owned()))
        .unwrap();
    let (_, behind) = rest.split_once('\n').unwrap();
    std::fs::write(folder.path().join("road.json"), before + behind).unwrap();
    let words = "--format json road.json --work-limit 50 --out solution.json --plot road.svg";
    let refused = solve(folder.path(), words).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(said, "error: road.json: --plot needs to know where the places are: add \"positions\"\n");
    assert!(!folder.path().join("solution.json").exists());
}

/// Two depots at the ends of a road; trips back and forth, in the form of the public multi-depot instances.
fn two_depots(trips: usize) -> String {
    let (begins, from_there) = (|trip: usize| 7 * trip as i64, |trip: usize| !(trip * trip / 3).is_multiple_of(2));
    let way = |one: bool, other: bool| if one == other { 0 } else { 15 };
    let between = |from: usize, to: usize| {
        let empty = way(!from_there(from), from_there(to));
        let waits = begins(to) - begins(from) - 20 - empty;
        if waits < 0 { -1 } else { 10 * empty + 2 * waits }
    };
    let row = |costs: Vec<i64>| costs.iter().map(i64::to_string).collect::<Vec<_>>().join("\t") + "\n";
    let depot = |is_there: bool| {
        let out = (0..trips).map(|trip| 5_000 + 10 * way(is_there, from_there(trip)));
        row([-1, -1].into_iter().chain(out).collect())
    };
    let trip = |from: usize| {
        let home = [false, true].map(|is_there| 5_000 + 10 * way(!from_there(from), is_there));
        row(home.into_iter().chain((0..trips).map(|to| between(from, to))).collect())
    };
    let rows: String = (0..trips).map(trip).collect();
    format!("2\t{trips}\t{trips}\t{}\n{}{}{rows}", trips / 10, depot(false), depot(true))
}

fn packed(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[test]
fn vehicle_schedules_pass_the_check_and_are_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("road.inp.gz"), packed(&two_depots(60))).unwrap();
    let run = |out: &str| {
        let words = format!("--format mdvsp road.inp.gz --work-limit 400 --out {out}");
        let done = solve(folder.path(), &words).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let text = std::fs::read_to_string(folder.path().join(out)).unwrap();
        let file: VehicleScheduleFile = serde_json::from_str(&text).unwrap();
        VehicleScheduleFile { seconds: 0.0, ..file }
    };
    let found = run("road.json");
    assert_eq!(found, run("again.json"));
    assert!(found.lower_bound <= found.objective && found.objective - found.lower_bound <= found.objective / 100);
    let path = folder.path().join("road.json");
    assert_eq!(vehicle_schedules::check_solution_file(&path, None).unwrap(), Vec::<String>::new());
    let checked = Command::new(binary::path()).arg("check").arg(&path).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn a_malformed_multi_depot_file_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str, expected: &str| {
        std::fs::write(folder.path().join("road.inp"), text).unwrap();
        let refused = solve(folder.path(), "--format mdvsp road.inp --work-limit 1 --out road.json").output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(1) && said.contains(expected), "{said}");
        assert!(!folder.path().join("road.json").exists());
    };
    check("", "road.inp:1: the file is empty");
    check("1 1 1\n-1 5\n5 x\n", "road.inp:3: cost to node 1: \"x\" is no whole number");
    check(&two_depots(3).replacen("2\t3", "2\t4", 1), "road.inp:2: 6 costs expected, 5 found");
}

/// A public instance, where somebody has put it: `SANBAN_MDVSP` names the folder.
#[test]
fn a_public_instance_is_solved_close_to_the_best_known() {
    let Some(folder) = std::env::var_os("SANBAN_MDVSP").map(PathBuf::from) else {
        eprintln!("not run: SANBAN_MDVSP names no folder with m4n500s0.inp.gz");
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let instance = folder.join("m4n500s0.inp.gz");
    let words = format!("--format mdvsp {} --work-limit 1000 --out found.json", instance.display());
    assert!(solve(scratch.path(), &words).status().unwrap().success());
    let path = scratch.path().join("found.json");
    assert_eq!(vehicle_schedules::check_solution_file(&path, Some(&instance)).unwrap(), Vec::<String>::new());
    let found: VehicleScheduleFile = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    const BEST_KNOWN: i64 = 1_289_114;
    assert!(found.lower_bound <= BEST_KNOWN, "{} cannot be a bound", found.lower_bound);
    assert!(found.objective <= BEST_KNOWN + BEST_KNOWN / 1_000, "{}", found.objective);
}
