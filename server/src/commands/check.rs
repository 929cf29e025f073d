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
    match crate::scenario::load(&args.path) {
        Ok(loaded) => {
            println!("{}: a valid scenario, {} places", args.path.display(), loaded.scenario.network.places.len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
