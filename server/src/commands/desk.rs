//! The telephone desk: commands for a dispatcher with a terminal, who calls a running server.
//!
//! The desk knows nothing but the wire contract: no scenario, no store, no rule. What it prints for people is Chinese
//! first and English second; with `--json` it is the protobuf JSON of the server's answers. Every command exits with 0
//! when what was asked for was done, else with 1 and the reason and the remedy on standard error.

pub mod book;
pub mod cancel;
pub mod export;
pub mod runsheet;
pub mod today;

mod connection;
mod failure;
mod json;
mod prompt;
mod reading;
mod table;
mod travel;
mod words;

use std::process::ExitCode;

pub use connection::Connection;
use failure::Failure;

/// Runs a desk command to its end and tells why it failed.
fn finish(work: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => Err(Failure::local("无法启动", format!("cannot start: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Prints to standard output; a reader that has heard enough (`| head`) is no error.
fn print(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    // Nothing can be done for a reader that is gone.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
