//! A client in another language against the real binary: mixed requests, each answer examined; nothing is lost when
//! the server is killed.

use std::path::{Path, PathBuf};
use std::process::Command;

use sanban_tests::binary::{Server, checkout};

/// A Python with the packages of tests/clients/python/requirements.txt; says what to type when there is none.
fn python() -> Option<PathBuf> {
    let given = std::env::var_os("SANBAN_PYTHON").map(PathBuf::from);
    let python = given.unwrap_or_else(|| checkout().join(".tools/venv/bin/python"));
    if python.exists() {
        return Some(python);
    }
    let how = "no Python with grpcio was found; type `make test`, or:\n    python3 -m venv .tools/venv && \
               .tools/venv/bin/pip install -r tests/clients/python/requirements.txt";
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{how}");
    println!("skipped: {how}");
    None
}

/// Calls the client and shows what it printed.
fn ask(python: &Path, server: &Server, data: &Path, script: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(python);
    command.arg(checkout().join("tests/clients/python").join(script)).current_dir(data);
    command.args(["--server", &server.address, "--token-file", "dispatcher.token"]).args(arguments);
    let output = command.output().unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

#[test]
fn every_answer_is_an_offer_or_a_reason_and_nothing_acknowledged_is_lost() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let toy = checkout().join("scenarios/toy");
    let start = || Server::start(&toy, data, &["--demonstration", "--check-decisions"]);
    let client = |server: &Server, arguments: &[&str]| ask(&python, server, data, "thousand_requests.py", arguments);
    let scenario = toy.display().to_string();

    let server = start();
    let whole = ["--scenario", &scenario, "--requests", "120", "--seed", "1", "--out", "whole.json"];
    assert!(client(&server, &whole));

    // The second client kills the server when half of its requests are answered.
    let id = server.id().to_string();
    let half = ["--scenario", &scenario, "--requests", "80", "--seed", "2", "--out", "half.json", "--kill-pid", &id];
    assert!(client(&server, &half));
    server.kill();

    let server = start();
    assert!(client(&server, &["--verify", "whole.json"]));
    assert!(client(&server, &["--verify", "half.json"]));
}

#[test]
fn the_example_of_the_readme_books_a_ride() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&checkout().join("scenarios/toy"), folder.path(), &["--demonstration"]);
    // What the server itself says to paste.
    let call = server.greeting.iter().find_map(|line| line.split_once("book_one.py ")).expect("a call to paste").1;
    let mut command = Command::new(&python);
    command.arg(checkout().join("tests/clients/python/book_one.py")).args(call.split_whitespace());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("B000001"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_python_without_the_packages_says_what_to_type() {
    let Some(python) = python() else { return };
    let mut command = Command::new(&python);
    // Without its site-packages.
    command.arg("-S").arg(checkout().join("tests/clients/python/book_one.py"));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && !said.contains("Traceback"), "{said}");
    assert!(said.contains("pip install -r tests/clients/python/requirements.txt"), "{said}");
    assert!(said.contains(".tools/venv/bin/python tests/clients/python/book_one.py"), "{said}");
}
