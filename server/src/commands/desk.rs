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
mod travel;
mod words;

use std::process::ExitCode;

pub use connection::Connection;
use failure::Failure;

use crate::output::{self, error_line};

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
            error_line!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Prints to standard output.
fn print(text: &str) {
    output::to_standard_output(format_args!("{text}"));
}

/// Prints to standard error, where people look when standard output goes to a program.
fn print_aside(text: &str) {
    output::to_standard_error(format_args!("{text}"));
}
