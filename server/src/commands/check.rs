//! `sanban check PATH`: verifies a scenario, a plan, an exported day or a benchmark solution.

use std::path::PathBuf;
use std::process::ExitCode;

/// What to check.
#[derive(clap::Args)]
pub struct Args {
    /// A folder or file that Sanban reads or writes.
    path: PathBuf,
}

/// Prints one line per violation.
pub fn run(args: Args) -> ExitCode {
    eprintln!("{}: nothing here that Sanban knows how to check", args.path.display());
    ExitCode::FAILURE
}
