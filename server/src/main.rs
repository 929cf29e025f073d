//! The `sanban` binary: parses the command line and hands over to one module per command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sanban_server::commands::{self, desk};
use sanban_server::output;

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
    /// What changes for the public from one planned day to another, villages that lose first.
    Diff(commands::diff::Args),
    /// Load a scenario, plan what is not planned yet, and serve bookings over gRPC.
    Serve(commands::serve::Args),
    /// The day at a glance (needs a running server, as do the four below).
    Today(desk::today::Args),
    /// Ask for a journey and book it.
    Book(Box<desk::book::Args>),
    /// Give a booking up.
    Cancel(desk::cancel::Args),
    /// What a vehicle does on a date, to print.
    Runsheet(desk::runsheet::Args),
    /// Write the plan, timetable and bookings of dates to files.
    Export(desk::export::Args),
    /// Write a generated scenario to a folder.
    Generate(commands::generate::Args),
    /// Turn public data into tables of a scenario folder.
    #[command(subcommand)]
    Import(commands::import::Source),
    /// Plan a date or range of dates: lines, student and market runs, vehicles, freight and duties.
    Plan(commands::plan::Args),
    /// Solve a ride problem or a public benchmark instance: dial-a-ride, pickup and delivery with time windows, multi-depot
    /// vehicle scheduling (mdvsp).
    Solve(commands::solve::Args),
}

fn main() -> ExitCode {
    let code = match CommandLine::parse().command {
        Command::Check(args) => commands::check::run(args),
        Command::Diff(args) => commands::diff::run(args),
        Command::Serve(args) => commands::serve::run(args),
        Command::Today(args) => desk::today::run(args),
        Command::Book(args) => desk::book::run(*args),
        Command::Cancel(args) => desk::cancel::run(args),
        Command::Runsheet(args) => desk::runsheet::run(args),
        Command::Export(args) => desk::export::run(args),
        Command::Generate(args) => commands::generate::run(args),
        Command::Import(source) => commands::import::run(source),
        Command::Plan(args) => commands::plan::run(args),
        Command::Solve(args) => commands::solve::run(args),
    };
    output::finished(code)
}
