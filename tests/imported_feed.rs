//! From a feed to a plan, through the real binary: a scenario whose lines were imported is planned like any other.

use std::fs;
use std::path::Path;
use std::process::Command;

use sanban_server::plan_files::PlanFile;
use sanban_tests::{binary, small_folder};

fn run(folder: &Path, line: &str) {
    let output = Command::new(binary::path()).current_dir(folder).args(line.split_whitespace()).output().unwrap();
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{line}: {out}{error}");
}

#[test]
fn an_imported_feed_is_planned_checked_and_written_as_a_feed_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_folder::write_to(&folder.join("valley"));
    // The lines come from elsewhere.
    fs::rename(folder.join("valley/gtfs"), folder.join("feed")).unwrap();
    run(folder, "import gtfs feed --out valley");
    run(folder, "check valley");
    run(folder, "plan --scenario valley --date 2026-11-25 --work-limit 20 --out day");
    run(folder, "check day");
    let plan: PlanFile = serde_json::from_str(&fs::read_to_string(folder.join("day/plan.json")).unwrap()).unwrap();
    assert!(plan.trips.iter().any(|trip| trip.route_id == "L1"));
    // What was planned is a feed too.
    small_folder::write_to(&folder.join("again"));
    run(folder, "import gtfs day/gtfs --out again");
    run(folder, "check again");
}
