//! The real `sanban` binary, as `make build` leaves it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Beside the folder of the test executables.
pub fn path() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let binary = test.parent().and_then(Path::parent).unwrap().join("sanban");
    assert!(binary.exists(), "{} is missing: run `make build` first", binary.display());
    binary
}

/// The folder of the checkout.
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A running `sanban serve`; killed when dropped.
pub struct Server {
    child: Child,
    /// HOST:PORT.
    pub address: String,
    /// What it printed until it listened.
    pub greeting: Vec<String>,
}

impl Server {
    /// Starts it on a free port and waits until it listens.
    pub fn start(scenario: &Path, data: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(path());
        command.arg("serve").arg("--scenario").arg(scenario).arg("--data").arg(data);
        command.args(["--listen", "127.0.0.1:0"]).args(more);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = Vec::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("the server ended: {greeting:?}")).unwrap();
            if let Some(address) = line.strip_prefix("serving gRPC on ") {
                break address.trim().to_owned();
            }
            greeting.push(line);
        };
        // What comes later is read and dropped, so that the server never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, greeting }
    }

    /// Of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// As a power cut: no chance to write anything.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As an operator does: SIGTERM, then wait.
    pub fn terminate(mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
