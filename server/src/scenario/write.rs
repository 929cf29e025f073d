//! Writes the tables of a scenario as a folder of CSV and TOML files.
//!
//! The same tables give the same bytes: rows and columns in their order, `\n` line ends, quotes only where needed. A table without
//! rows is not written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sanban_engine::scenario::tables::Tables;
use serde::Serialize;

/// Why a scenario could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system refused.
    #[error("cannot write {}: {source}", path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// Writes all files into the folder, which is made if it isn't there; other files in it stay.
pub fn write(tables: &Tables, folder: &Path) -> Result<(), WriteError> {
    for (name, text) in files(tables) {
        let path = folder.join(name);
        let parent = path.parent().expect("a file of a scenario lies in its folder");
        let failed = |source| WriteError::File { path: path.clone(), source };
        fs::create_dir_all(parent).map_err(failed)?;
        fs::write(&path, text).map_err(failed)?;
    }
    Ok(())
}

/// The files of a scenario and their contents, in the order of the format's description.
pub fn files(tables: &Tables) -> Vec<(&'static str, String)> {
    let settings = toml::to_string(&tables.settings).expect("settings are plain values");
    let mut files = vec![("scenario.toml", settings)];
    macro_rules! add {
        ($($file:literal $table:ident),* $(,)?) => {$(
            if !tables.$table.is_empty() {
                files.push(($file, csv(&tables.$table)));
            }
        )*};
    }
    add! {
        "townships.csv" townships,
        "villages.csv" villages,
        "facilities.csv" facilities,
        "roads/nodes.csv" road_nodes,
        "roads/edges.csv" road_edges,
        "schools.csv" schools,
        "students.csv" students,
        "student_runs.csv" student_runs,
        "student_run_calls.csv" student_run_calls,
        "markets.csv" markets,
        "market_exceptions.csv" market_exceptions,
        "holidays.csv" holidays,
        "school_terms.csv" school_terms,
        "vehicle_types.csv" vehicle_types,
        "vehicles.csv" vehicles,
        "depots.csv" depots,
        "drivers.csv" drivers,
        "shifts.csv" shifts,
        "consignments.csv" consignments,
        "line_demand.csv" line_demand,
        "line_vehicle_types.csv" line_vehicle_types,
        "gtfs/agency.txt" gtfs_agency,
        "gtfs/stops.txt" gtfs_stops,
        "gtfs/routes.txt" gtfs_routes,
        "gtfs/trips.txt" gtfs_trips,
        "gtfs/stop_times.txt" gtfs_stop_times,
        "gtfs/calendar.txt" gtfs_calendar,
    }
    files
}

fn csv<Row: Serialize>(rows: &[Row]) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("rows are flat, and memory takes them");
    }
    let bytes = writer.into_inner().expect("memory takes the rows");
    String::from_utf8(bytes).expect("rows are text")
}
