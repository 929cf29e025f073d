//! `sanban import gtfs`: what it is told and what it tells.

use std::path::PathBuf;
use std::process::ExitCode;

use encoding_rs::Encoding;
use sanban_engine::scenario::tables::{LineVehicleTypeRow, Row};

use crate::import_gtfs::{Dropped, Expanded, Options, Report, Taken, import};

/// Which feed, and how to read it.
#[derive(clap::Args)]
pub struct Args {
    /// The feed: a folder, or a zip of it.
    feed: PathBuf,
    /// The scenario folder, made if need be; a folder `gtfs` in it is replaced.
    #[arg(long)]
    out: PathBuf,
    /// Take trams, trains and ships as if they were buses.
    #[arg(long)]
    all_modes_as_bus: bool,
    /// The feed's encoding where it isn't UTF-8, such as gb18030 or windows-1252.
    #[arg(long, value_name = "LABEL", value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn encoding(label: &str) -> Result<&'static Encoding, &'static str> {
    Encoding::for_label(label.as_bytes()).ok_or("not an encoding; write such as utf-8, gb18030, big5 or windows-1252")
}

/// Imports; a failure says which file, where in it, why and what to do, and leaves nothing behind.
pub fn run(args: &Args) -> ExitCode {
    let options = Options { all_modes_as_bus: args.all_modes_as_bus, encoding: args.encoding };
    match import(&args.feed, &args.out, options) {
        Ok(report) => {
            if args.json {
                println!("{}", serde_json::to_string_pretty(&report).expect("a report is plain data"));
            } else {
                print_for_people(&report);
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print_for_people(report: &Report) {
    let Taken { lines, trips, stops, stop_times, services } = report.taken;
    let out = report.out.display();
    println!("{out}/gtfs: {lines} lines, {trips} trips, {stops} stops, {stop_times} stop times, {services} services");
    if let Some((first, last)) = report.dates {
        println!(
            "  runs      from {first} to {last}; today's trips count on the dates in holiday_years of scenario.toml"
        );
    }
    if let Some(Expanded { templates, trips }) = report.expanded {
        println!("  expanded  {templates} trips with headways into {trips}");
    }
    for Dropped { count, what, why } in &report.dropped {
        println!("  dropped   {count:>7} {what}: {why}");
    }
    match report.line_vehicle_types {
        Some(rows) => println!(
            "  wrote     {rows} rows of line_vehicle_types.csv: every type for every line; remove what is too large"
        ),
        None if report.missing_files.contains(&LineVehicleTypeRow::FILE) => {}
        None => println!("  left      line_vehicle_types.csv as it is: let it name a vehicle type for every line"),
    }
    match report.missing_files.as_slice() {
        [] => println!("the folder has all files; `sanban check {out}` says whether they go together"),
        missing => println!("before it can be planned, the folder needs {}", missing.join(", ")),
    }
}
