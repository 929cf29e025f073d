//! What the real binary prints into a pipe that nobody reads any more, as with `| head`, or onto a full disk.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sanban_tests::binary::{self, checkout};

/// A pipe whose reader has gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// One vehicle, one request.
const INSTANCE: &str = "1 1 480 3 30\n0 0 0 0 0 0 480\n1 1 0 3 1 0 90\n2 2 0 3 -1 0 90\n3 0 0 0 0 0 480\n";

/// Runs `sanban` in a folder; `TOY` stands for the folder of the toy scenario.
fn run(folder: &Path, line: &str, out: Stdio, error: Stdio) -> (Option<i32>, String) {
    let toy = checkout().join("scenarios/toy").display().to_string();
    let words = line.split_whitespace().map(|word| word.replace("TOY", &toy));
    let mut command = Command::new(binary::path());
    command.args(words).current_dir(folder).stdin(Stdio::null()).stdout(out).stderr(error);
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_reader_that_has_gone_is_no_mistake_and_the_work_is_done() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.txt"), INSTANCE).unwrap();
    let check = |line: &str, code: i32, written: &str| {
        let (found, said) = run(folder.path(), line, closed(), Stdio::piped());
        assert_eq!(found, Some(code), "{line}: {said}");
        assert!(!said.contains("panicked"), "{line}: {said}");
        assert!(folder.path().join(written).exists(), "{line} wrote no {written}");
        // Nor is one of the messages; nobody can be told of it.
        let (found, _) = run(folder.path(), line, Stdio::null(), closed());
        assert_eq!(found, Some(code), "{line}, standard error closed");
    };
    check("generate toy --out generated", 0, "generated/scenario.toml");
    check("import gtfs TOY/gtfs --out taken", 0, "taken/gtfs/stops.txt");
    check("import gtfs TOY/gtfs --out taken --json", 0, "taken/gtfs/stops.txt");
    check("plan --scenario TOY --work-limit 1 --out day", 0, "day/plan.json");
    check("solve --format darp one.txt --work-limit 10 --out solution.json", 0, "solution.json");
    check("check TOY --json", 0, "");
    check("check nowhere", 1, "");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_finds_no_room_is_a_failure_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (code, said) = run(folder.path(), "check TOY --json", full.into(), Stdio::piped());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("cannot write to standard output") && said.contains("No space left"), "{said}");
}

#[test]
fn a_server_goes_on_when_nobody_reads_its_greeting() {
    let data = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut command = Command::new(binary::path());
    command.args(["serve", "--demonstration", "--listen", &address, "--scenario"]);
    command.arg(checkout().join("scenarios/toy")).arg("--data").arg(data.path());
    let mut server = command.stdout(closed()).stderr(Stdio::inherit()).spawn().unwrap();
    let begun = Instant::now();
    // It listens before it plans, and answers after that: `today` says so.
    let mut today = Command::new(binary::path());
    today.args(["today", "--server", &address, "--token-file"]).arg(data.path().join("dispatcher.token"));
    let mut answers = || TcpStream::connect(&address).is_ok() && today.output().unwrap().status.success();
    while !answers() {
        assert_eq!(server.try_wait().unwrap(), None, "the server ended");
        assert!(begun.elapsed() < Duration::from_secs(120), "the server never answered");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap().success());
    assert!(server.wait().unwrap().success());
}
