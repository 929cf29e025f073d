//! The `sanban` binary: parses the command line and hands over to one module per command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sanban_server::commands;

/// 三班 Sanban schedules rural public transport: lines, student, market and logistics runs, booked rides.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Verify a scenario, a plan, an exported day or a benchmark solution; exit 1 on any violation.
    Check(commands::check::Args),
    /// Write a generated scenario to a folder.
    Generate(commands::generate::Args),
    /// Turn public data into tables of a scenario folder.
    #[command(subcommand)]
    Import(commands::import::Source),
    /// Plan the lines and their vehicles for a date or range of dates.
    Plan(commands::plan::Args),
    Solve(commands::solve::Args),
}

fn main() -> ExitCode {
    match CommandLine::parse().command {
        Command::Check(args) => commands::check::run(args),
        Command::Generate(args) => commands::generate::run(args),
        Command::Import(source) => commands::import::run(source),
        Command::Plan(args) => commands::plan::run(args),
        Command::Solve(args) => commands::solve::run(args),
    }
}
