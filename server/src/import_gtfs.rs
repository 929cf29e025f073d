//! A GTFS feed, as agencies publish it, into the lines of a scenario folder.
//!
//! [`feed`] reads the files with the rows and rules of the scenario format, [`select`] takes what a bus is needed for and
//! counts what is dropped, [`frequencies`] makes trips of headways, [`write`] writes `gtfs/` and
//! `line_vehicle_types.csv`. Invariants: nothing is written before everything is read and found good; what is written
//! has no problem of its own when the folder is loaded; nothing is dropped without being counted.

pub mod feed;
pub(crate) mod frequencies;
pub mod select;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use encoding_rs::Encoding;
use sanban_engine::scenario::resolve::{Problem, problems_of_lines};
use sanban_engine::scenario::tables::{LineVehicleTypeRow, Row};
use serde::Serialize;

pub use feed::Feed;

/// How to read a feed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Take trams, trains and ships as if they were buses.
    pub all_modes_as_bus: bool,
    /// The feed's encoding where it isn't UTF-8.
    pub encoding: Option<&'static Encoding>,
}

/// What was taken, what was dropped, and what the folder lacks.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The folder that was written.
    pub out: PathBuf,
    /// Rows that were written.
    pub taken: Taken,
    /// What was left out, and why.
    pub dropped: Vec<Dropped>,
    /// Trips made of frequencies.
    pub expanded: Option<Expanded>,
    /// First and last date on which a trip runs.
    pub dates: Option<(NaiveDate, NaiveDate)>,
    /// Rows written to `line_vehicle_types.csv`; nothing if it was left alone.
    pub line_vehicle_types: Option<usize>,
    /// Files without which the folder can't be loaded.
    pub missing_files: Vec<&'static str>,
}

/// Rows that were written.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Taken {
    pub lines: usize,
    pub trips: usize,
    pub stops: usize,
    pub stop_times: usize,
    pub services: usize,
}

/// Rows left out for one reason.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// How many.
    pub count: usize,
    /// Of what.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
}

/// Trips made of frequencies.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Expanded {
    /// Trips that stood for many.
    pub templates: usize,
    /// Trips made of them.
    pub trips: usize,
}

/// Why nothing was imported; nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// What is wrong with the feed, or with `vehicle_types.csv` of the folder.
    #[error("{}", Listed(path, problems))]
    Problems {
        /// The feed or folder.
        path: PathBuf,
        /// In order of file and line; never empty.
        problems: Vec<Problem>,
    },
    /// The system refused.
    #[error("{}: cannot write there: {source}; check permissions and free space", path.display())]
    Refused {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

struct Listed<'a>(&'a Path, &'a [Problem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(path, problems) = self;
        for problem in *problems {
            writeln!(formatter, "{problem}")?;
        }
        let plural = if problems.len() == 1 { "" } else { "s" };
        write!(formatter, "{}: {} problem{plural}, nothing was imported", path.display(), problems.len())
    }
}

/// Imports a feed (a folder or a zip) into a scenario folder, which is made if need be; an existing `gtfs/` is replaced.
pub fn import(feed: &Path, out: &Path, options: Options) -> Result<Report, ImportError> {
    let bad_feed = |problems: Vec<Problem>| {
        let problems = problems.into_iter().map(as_in_feed).collect();
        ImportError::Problems { path: feed.to_owned(), problems }
    };
    let Feed { mut tables, frequencies } = feed::read(feed, options.encoding).map_err(bad_feed)?;
    let dropped = select::select(&mut tables, options.all_modes_as_bus).map_err(bad_feed)?;
    // The lines need no more than the feed has; which vehicles may work them is told elsewhere.
    tables.unreadable.add_file(LineVehicleTypeRow::FILE);
    let problems = problems_of_lines(&tables);
    if !problems.is_empty() {
        return Err(bad_feed(problems));
    }
    let expanded = frequencies::expand(&mut tables, &frequencies).map_err(bad_feed)?;

    let line_vehicle_types = write::every_type_for_every_line(&tables, out)?;
    write::write(&tables, line_vehicle_types.as_deref(), out)?;
    let services = select::service_dates(&tables);
    Ok(Report {
        out: out.to_owned(),
        taken: Taken {
            lines: tables.gtfs_routes.len(),
            trips: tables.gtfs_trips.len(),
            stops: tables.gtfs_stops.len(),
            stop_times: tables.gtfs_stop_times.len(),
            services: services.len(),
        },
        dropped,
        expanded,
        dates: services.values().flatten().min().copied().zip(services.values().flatten().max().copied()),
        line_vehicle_types: line_vehicle_types.map(|rows| rows.len()),
        missing_files: write::missing_files(out),
    })
}

/// Files lie at the root of a feed, and in `gtfs/` of a scenario.
pub(crate) fn as_in_feed(problem: Problem) -> Problem {
    let plain = |text: &str| text.replace("gtfs/", "");
    Problem { file: plain(&problem.file), why: plain(&problem.why), remedy: plain(&problem.remedy), ..problem }
}

#[cfg(test)]
mod tests;
