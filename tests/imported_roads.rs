//! Roads of an OpenStreetMap extract, taken in by the binary, carry a scenario that loads and can be planned.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use sanban_tests::binary;
use sanban_tests::mistakes::small_folder;

fn sanban(arguments: &[&str]) -> Output {
    Command::new(binary::path()).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn a_town_on_imported_roads_is_planned() {
    let folder = small_folder();
    fs::remove_dir_all(folder.path().join("roads")).unwrap();
    let extract = binary::checkout().join("tests/fixtures/valley.osm.pbf");
    let plan = folder.path().join("plan");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (extract, folder, plan) = (text(&extract), text(folder.path()), text(&plan));
    for arguments in [
        vec!["import", "osm", &extract, "--out", &folder],
        vec!["check", &folder],
        vec!["plan", "--scenario", &folder, "--date", "2026-11-25", "--time-limit", "5s", "--out", &plan],
        vec!["check", &plan],
    ] {
        let output = sanban(&arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    }
    let again = sanban(&["import", "osm", &extract, "--out", &folder]);
    assert!(!again.status.success() && said(&again).contains("exists already"), "{}", said(&again));
}

#[test]
fn a_truncated_extract_fails_and_leaves_nothing() {
    let whole = fs::read(binary::checkout().join("tests/fixtures/valley.osm.pbf")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("half.osm.pbf"), folder.path().join("town"));
    fs::write(&file, &whole[..whole.len() - 20]).unwrap();
    let output = sanban(&["import", "osm", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert!(!output.status.success() && said(&output).contains("download the file again"), "{}", said(&output));
    assert!(!out.exists());
}
