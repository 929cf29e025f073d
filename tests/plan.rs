//! `sanban plan` through the real binary: what it writes can be read back, and what it refuses leaves nothing behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sanban_server::plan_files::{FreightRows, PlanFile, ScenarioSource};
use sanban_server::planned_day::PlannedDay;
use sanban_server::scenario;
use sanban_server::village_changes::{VillageRow, VillagesFile};
use sanban_tests::binary::{self, checkout};
use sanban_tests::small_folder;

fn plan(out: &Path, arguments: &[&str]) -> Output {
    plan_of(&checkout().join("scenarios/toy"), out, arguments)
}

fn plan_of(scenario: &Path, out: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary::path());
    command.arg("plan").arg("--scenario").arg(scenario).arg("--out").arg(out);
    command.args(arguments).output().unwrap()
}

#[test]
fn a_planned_day_reads_back_as_it_was_written_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("day");
    let planned = plan(&out, &["--date", "2026-11-25", "--work-limit", "20"]);
    assert!(planned.status.success(), "{}", String::from_utf8_lossy(&planned.stderr));

    let text = std::fs::read_to_string(out.join("plan.json")).unwrap();
    let file: PlanFile = serde_json::from_str(&text).unwrap();
    assert!(!file.trips.is_empty() && file.stages.iter().any(|stage| stage.seconds > 0.0));
    // The toy has something for every stage.
    assert!(!file.runs.is_empty() && !file.duties.is_empty() && !file.freight.itineraries.is_empty());
    assert!(file.blocks.iter().any(|block| !block.run_ids.is_empty()));
    let loaded = scenario::load(&checkout().join("scenarios/toy")).unwrap();
    assert_eq!(file.scenario_digest, loaded.digest);
    let timetable = file.timetable(&loaded.scenario).unwrap();
    let again = PlanFile::new(&PlannedDay::new(&loaded.scenario, &timetable), &ScenarioSource::of(&loaded));
    assert_eq!(again, file);
    assert_eq!(serde_json::to_string_pretty(&again).unwrap() + "\n", text);

    // Right as a folder and as a file by itself; what is gone from it is missed.
    assert_eq!(check(&out), (Some(0), String::new()));
    assert_eq!(check(&out.join("plan.json")), (Some(0), String::new()));
    let misses = |spoil: fn(&mut PlanFile), expected: &str| {
        let mut file = file.clone();
        spoil(&mut file);
        let spoilt = folder.path().join("spoilt.json");
        std::fs::write(&spoilt, serde_json::to_string(&file).unwrap()).unwrap();
        let (code, said) = check(&spoilt);
        assert!(code == Some(1) && said.contains(expected), "{expected}: {said}");
    };
    misses(|file| file.duties.clear(), "has no driver");
    misses(|file| file.freight = FreightRows::default(), "itinerar");
    misses(|file| file.format = "sanban-plan-1".to_owned(), "its format is sanban-plan-1, not sanban-plan-2");
}

/// The exit code of `sanban check`, and what it objects to.
fn check(path: &Path) -> (Option<i32>, String) {
    let checked = Command::new(binary::path()).arg("check").arg(path).output().unwrap();
    (checked.status.code(), String::from_utf8(checked.stdout).unwrap())
}

#[test]
fn a_date_beyond_the_calendar_is_refused_with_the_remedy_and_nothing_is_written() {
    let check = |arguments: &[&str], date: &str| {
        let folder = tempfile::tempdir().unwrap();
        let refused = plan(&folder.path().join("day"), arguments);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        for expected in [date, "2025, 2026", "holidays.csv", "scenario.toml"] {
            assert!(said.contains(expected), "{expected} is not in: {said}");
        }
        assert!(refused.stdout.is_empty(), "{}", String::from_utf8_lossy(&refused.stdout));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    };
    check(&["--date", "2027-01-01"], "2027-01-01");
    check(&["--date", "2024-12-31"], "2024-12-31");
    // Not even the date that could be planned.
    check(&["--from", "2026-12-31", "--to", "2027-01-01", "--work-limit", "1"], "2027-01-01");
}

#[test]
fn a_folder_of_something_else_is_left_alone_before_anything_is_planned() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("minutes");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("march.txt"), "of the meeting").unwrap();
    let refused = plan(&out, &["--date", "2026-11-25", "--time-limit", "1h"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("something else than a plan") && said.contains("--out"), "{said}");
    assert_eq!(std::fs::read_to_string(out.join("march.txt")).unwrap(), "of the meeting");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_new_result_takes_the_place_of_the_old_one_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("day");
    for date in ["2026-11-25", "2026-11-26"] {
        let planned = plan(&out, &["--date", date, "--work-limit", "1"]);
        assert!(planned.status.success(), "{}", String::from_utf8_lossy(&planned.stderr));
        let file: PlanFile = serde_json::from_str(&std::fs::read_to_string(out.join("plan.json")).unwrap()).unwrap();
        assert_eq!(file.date.to_string(), date);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

fn diff(before: &Path, after: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary::path());
    command.arg("diff").arg("--scenario").arg(checkout().join("scenarios/toy")).arg(before).arg(after);
    command.args(arguments).output().unwrap()
}

#[test]
fn a_plan_without_a_line_is_compared_with_the_whole_one_losers_first() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, cut) = (folder.path().join("whole"), folder.path().join("cut.json"));
    assert!(plan(&whole, &["--date", "2026-11-25", "--work-limit", "20"]).status.success());
    let text = std::fs::read_to_string(whole.join("plan.json")).unwrap();
    let mut file: PlanFile = serde_json::from_str(&text).unwrap();
    // The last trip of the day is given up.
    let last = file.trips.iter().max_by_key(|trip| trip.departure).unwrap().trip_id.clone();
    file.trips.retain(|trip| trip.trip_id != last);
    file.blocks.iter_mut().for_each(|block| block.trip_ids.retain(|trip| *trip != last));
    // Goods may have travelled on it.
    file.freight = FreightRows::default();
    std::fs::write(&cut, serde_json::to_string(&file).unwrap()).unwrap();

    let said = diff(&whole, &cut, &["--json"]);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(said["removed_trips"], serde_json::json!([last]));
    assert_eq!((&said["added_trips"], &said["winners"]), (&serde_json::json!([]), &serde_json::json!([])));
    let losers = said["losers"].as_array().unwrap();
    assert!(!losers.is_empty() && losers.iter().all(|village| village["lost"] == 1), "{losers:?}");

    let lines = String::from_utf8(diff(&whole, &cut, &[]).stdout).unwrap();
    assert!(lines.find("villages worse off").unwrap() < lines.find(&last).unwrap(), "{lines}");
    let lines = String::from_utf8(diff(&whole, &whole, &[]).stdout).unwrap();
    assert!(lines.contains("nothing changes for the public"), "{lines}");
    assert_eq!(diff(&folder.path().join("nothing"), &cut, &[]).status.code(), Some(1));
}

/// Every file below a folder with its bytes, by path.
fn files_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_of(&path));
        } else {
            files.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    files
}

#[test]
fn pages_and_diagrams_are_written_beside_the_plan_and_repeat_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let planned = ["one", "two"].map(|name| {
        let out = folder.path().join(name);
        let planned = plan(&out, &["--date", "2026-11-25", "--work-limit", "1"]);
        assert!(planned.status.success(), "{}", String::from_utf8_lossy(&planned.stderr));
        let inside = |(path, bytes): (PathBuf, Vec<u8>)| (path.strip_prefix(&out).unwrap().to_owned(), bytes);
        files_of(&out).into_iter().map(inside).collect::<BTreeMap<PathBuf, Vec<u8>>>()
    });
    for expected in [
        "villages.json",
        "gtfs/trips.txt",
        "timetables/index.html",
        "timetables/lines/L1.html",
        "timetables/stops/S3.html",
        "runsheets/index.html",
        "runsheets/vehicles/B1.html",
        "diagrams/line-L1.svg",
        "diagrams/vehicles.svg",
    ] {
        assert!(planned[0].contains_key(Path::new(expected)), "{expected}");
    }
    let [one, two] = planned;
    assert!(one.keys().eq(two.keys()));
    // Only plan.json says how many seconds planning took.
    for (path, bytes) in one.iter().filter(|(path, _)| !path.ends_with("plan.json")) {
        assert!(two[path] == *bytes, "{}", path.display());
    }
}

/// The small valley, where people of V1 walk to S1 alone and those of V2 to S3 alone: the former can board only what leaves S1,
/// the latter only what comes back. Today, says the feed, that is one bus at noon, and two of which the last leaves at 23:00.
fn valley_with_a_late_bus(folder: &Path) -> [PathBuf; 2] {
    let [valley, feed] = ["valley", "feed"].map(|name| folder.join(name));
    small_folder::write_to(&valley);
    let change = |path: PathBuf, from: &str, to: &str| {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} is not in {}", path.display());
        std::fs::write(&path, text.replace(from, to)).unwrap();
    };
    change(valley.join("scenario.toml"), "limit_m = 1500", "limit_m = 500");
    change(valley.join("villages.csv"), "31.001,108.010,800", "31.001,108.001,800");
    std::fs::create_dir(&feed).unwrap();
    for file in std::fs::read_dir(valley.join("gtfs")).unwrap() {
        let path = file.unwrap().path();
        std::fs::copy(&path, feed.join(path.file_name().unwrap())).unwrap();
    }
    change(feed.join("stop_times.txt"), ",08:0", ",12:0");
    change(feed.join("trips.txt"), "T-in,L1,daily,1\n", "T-in,L1,daily,1\nT-late,L1,daily,1\n");
    let late = "T-late,23:00:00,23:00:00,S3,1\nT-late,23:06:00,23:06:00,S2,2\nT-late,23:10:00,23:10:00,S1,3\n";
    change(feed.join("stop_times.txt"), "T-in,07:30:00", &format!("{late}T-in,07:30:00"));
    [valley, feed]
}

#[test]
fn villages_that_lose_their_last_bus_or_gain_departures_are_told_beside_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    let [valley, feed] = valley_with_a_late_bus(folder.path());
    let feed = feed.to_str().unwrap();
    let villages_of = |out: &Path| -> VillagesFile {
        serde_json::from_str(&std::fs::read_to_string(out.join("villages.json")).unwrap()).unwrap()
    };
    let codes = |rows: &[VillageRow]| rows.iter().map(|row| row.village.clone()).collect::<Vec<_>>();

    let out = folder.path().join("close");
    let planned = plan_of(&valley, &out, &["--work-limit", "20", "--keep-close-to", feed]);
    assert!(planned.status.success(), "{}", String::from_utf8_lossy(&planned.stderr));
    let close = villages_of(&out);
    assert_eq!((close.todays_timetable.as_str(), close.departures_before), (feed, 3));
    assert_eq!((codes(&close.losers), codes(&close.winners)), (vec!["V2".to_owned()], vec!["V1".to_owned()]));
    let (loser, winner) = (&close.losers[0], &close.winners[0]);
    assert_eq!((loser.before.departures, loser.before.last.unwrap().to_string().as_str()), (2, "23:00:00"));
    assert!(loser.lost > 0 && loser.after.last < loser.before.last, "{loser:?}");
    assert!(winner.before.departures == 1 && winner.after.departures > 1, "{winner:?}");
    let said = String::from_utf8(planned.stdout).unwrap();
    let at = |words: &str| said.find(words).unwrap_or_else(|| panic!("{words} is not in {said}"));
    assert!(at("V2 远村  2 → ") < at("V1 近村  1 → "), "{said}");

    // Without a feed the scenario's own timetable is today's; and programs read the same list.
    let out = folder.path().join("own");
    let planned = plan_of(&valley, &out, &["--work-limit", "20", "--json"]);
    let own = villages_of(&out);
    assert_eq!((own.todays_timetable.as_str(), own.departures_before), ("gtfs/", 2));
    let said: serde_json::Value = serde_json::from_slice(&planned.stdout).unwrap();
    assert_eq!(said["villages"], serde_json::to_value(&own).unwrap());
}
