//! `sanban solve` through the real binary: the same seed and work limit write the same bytes, whatever the number of threads.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use sanban_tests::binary;

const PICKUPS: usize = 12;

/// Li & Lim: vehicles and capacity, then node, x, y, demand, window, service, pickup, delivery. The depot is node 0; the
/// delivery of pickup i is node 12 + i, on the other side of the depot.
fn pdptw() -> String {
    let mut text = "6\t20\t1\n0\t50\t50\t0\t0\t600\t0\t0\t0\n".to_owned();
    for node in 1..=2 * PICKUPS {
        let is_pickup = node <= PICKUPS;
        let pair = if is_pickup { node } else { node - PICKUPS };
        let (x, y) = ((37 * pair + 11) % 100, (53 * pair + 29) % 100);
        let (x, y) = if is_pickup { (x, y) } else { (100 - y, 100 - x) };
        let demand = (1 + pair as i32 % 7) * if is_pickup { 1 } else { -1 };
        let (pickup, delivery) = if is_pickup { (0, node + PICKUPS) } else { (pair, 0) };
        let (earliest, latest) = if is_pickup { (10 * pair, 10 * pair + 200) } else { (10 * pair + 20, 500) };
        writeln!(text, "{node}\t{x}\t{y}\t{demand}\t{earliest}\t{latest}\t5\t{pickup}\t{delivery}").unwrap();
    }
    text
}

/// The same requests for a dial-a-ride: vehicles, requests, longest route, capacity, longest ride; then node, x, y, service,
/// load, window.
fn darp() -> String {
    let mut text = format!("4 {PICKUPS} 480 3 60\n0 0.0 0.0 0 0 0 480\n");
    for node in 1..=2 * PICKUPS {
        let is_pickup = node <= PICKUPS;
        let pair = if is_pickup { node } else { node - PICKUPS };
        let (x, y) = ((7 * pair % 19) as f64 - 9.0, (11 * pair % 17) as f64 - 8.0);
        let (x, y) = if is_pickup { (x, y) } else { (-y, x) };
        let (earliest, latest) = if is_pickup { (20 * pair, 20 * pair + 30) } else { (0, 480) };
        writeln!(text, "{node} {x} {y} 3 {} {earliest} {latest}", if is_pickup { 1 } else { -1 }).unwrap();
    }
    text + &format!("{} 0.0 0.0 0 0 0 480\n", 2 * PICKUPS + 1)
}

/// The solution file without the seconds that the search took.
fn solve(folder: &Path, format: &str, out: &str, threads: &str) -> String {
    let mut command = Command::new(binary::path());
    command.current_dir(folder).args(["solve", "--format", format, "--work-limit", "400", "--seed", "7"]);
    let output = command.args(["--threads", threads, "--out", out, "instance.txt"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let checked = Command::new(binary::path()).current_dir(folder).args(["check", out]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    let text = std::fs::read_to_string(folder.join(out)).unwrap();
    let (before, rest) = text.split_once("\"seconds\":").expect("the seconds are told");
    let (_, after) = rest.split_once(',').expect("more follows");
    format!("{before}{after}")
}

fn check(format: &str, instance: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("instance.txt"), instance).unwrap();
    let first = solve(folder.path(), format, "first.json", "1");
    assert_eq!(first, solve(folder.path(), format, "second.json", "1"));
    assert_eq!(first, solve(folder.path(), format, "third.json", "2"));
}

#[test]
fn the_same_seed_and_work_limit_give_the_same_bytes_with_one_thread_and_two() {
    check("pdptw", &pdptw());
    check("darp", &darp());
}
