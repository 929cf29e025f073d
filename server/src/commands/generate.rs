//! `sanban generate`: writes a generated scenario to a folder.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use sanban_engine::generate;

use crate::output::{error_line, print_line};
use crate::scenario;

/// Which scenario to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// 33 townships, 462 villages, 13 lines.
    County,
    /// One township with 20 villages and 1,740 students.
    Town,
    /// Fits on one screen; the same for every seed.
    Toy,
}

/// Writes a believable scenario: the same seed gives the same files.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to generate.
    kind: Kind,
    /// Seed of all its random choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for the files; made if it isn't there.
    #[arg(long)]
    out: PathBuf,
}

/// Generates and writes.
pub fn run(args: Args) -> ExitCode {
    let tables = match args.kind {
        Kind::County => generate::county(args.seed),
        Kind::Town => generate::town(args.seed),
        Kind::Toy => generate::toy(),
    };
    match scenario::write(&tables, &args.out) {
        Ok(()) => {
            print_line!(
                "{} ({}): {} villages, {} road nodes, {} lines, {} vehicles",
                args.out.display(),
                tables.settings.name,
                tables.villages.len(),
                tables.road_nodes.len(),
                tables.gtfs_routes.len(),
                tables.vehicles.len()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            error_line!("{error}");
            ExitCode::FAILURE
        }
    }
}
