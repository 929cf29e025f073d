//! `sanban import gtfs`: what it is told and what it tells.

use std::path::PathBuf;
use std::process::ExitCode;

use encoding_rs::Encoding;
use sanban_engine::scenario::tables::{LineVehicleTypeRow, Row};

use crate::import_gtfs::{Dropped, Expanded, Options, Report, Taken, import};
use crate::output::print_line;

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
    super::tell(import(&args.feed, &args.out, options), args.json, print_for_people)
}

fn print_for_people(report: &Report) {
    let Taken { lines, trips, stops, stop_times, services } = report.taken;
    let out = report.out.display();
    print_line!(
        "{out}/gtfs: {lines} lines, {trips} trips, {stops} stops, {stop_times} stop times, {services} services"
    );
    if let Some((first, last)) = report.dates {
        print_line!(
            "  runs      from {first} to {last}; today's trips count on the dates in holiday_years of scenario.toml"
        );
    }
    if let Some(Expanded { templates, trips }) = report.expanded {
        print_line!("  expanded  {templates} trips with headways into {trips}");
    }
    for Dropped { count, what, why } in &report.dropped {
        print_line!("  dropped   {count:>7} {what}: {why}");
    }
    match report.line_vehicle_types {
        Some(rows) => print_line!(
            "  wrote     {rows} rows of line_vehicle_types.csv: every type for every line; remove what is too large"
        ),
        None if report.missing_files.contains(&LineVehicleTypeRow::FILE) => {}
        None => print_line!("  left      line_vehicle_types.csv as it is: let it name a vehicle type for every line"),
    }
    match report.missing_files.as_slice() {
        [] => print_line!("the folder has all files; `sanban check {out}` says whether they go together"),
        missing => print_line!("before it can be planned, the folder needs {}", missing.join(", ")),
    }
}
