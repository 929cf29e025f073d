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
    /// Write a generated scenario to a folder.
    Generate(commands::generate::Args),
}

fn main() -> ExitCode {
    match CommandLine::parse().command {
        Command::Generate(args) => commands::generate::run(args),
    }
}
