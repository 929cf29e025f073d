//! Reads a scenario folder: text to `Tables`, `Tables` to a `Scenario`.
//!
//! Reports everything that is wrong with all files at once and loads nothing if there is anything. Our own files are
//! UTF-8 without a byte-order mark and have no columns but the known ones; GTFS files may have both, because
//! real feeds do.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sanban_engine::scenario::Scenario;
use sanban_engine::scenario::resolve::{At, Problem, Problems, SETTINGS_FILE, resolve};
use sanban_engine::scenario::tables::{
    GtfsCalendarDateRow, GtfsCalendarRow, GtfsFrequencyRow, Numbered, Row, TableVisitor, Tables, Unreadable,
};
use sha2::{Digest, Sha256};

use super::settings_file;
use super::table_file::{self, WrongEncoding, read_rows};

/// Files a scenario can do without.
pub const OPTIONAL_FILES: [&str; 11] = [
    "market_exceptions.csv",
    "market_goers.csv",
    "students.csv",
    "student_runs.csv",
    "student_run_calls.csv",
    "consignments.csv",
    "line_demand.csv",
    "line_transfers.csv",
    "facilities.csv",
    "gtfs/calendar.txt",
    "gtfs/calendar_dates.txt",
];

/// A scenario and where it came from.
#[derive(Clone, Debug)]
pub struct LoadedScenario {
    /// The scenario.
    pub scenario: Scenario,
    /// SHA-256 over all its files, in hexadecimal: the same files have the same digest.
    pub digest: String,
    /// Its folder.
    pub folder: PathBuf,
}

/// Everything that is wrong with a folder; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// The folder.
    pub folder: PathBuf,
    /// In order of file and line.
    pub problems: Vec<Problem>,
}

impl std::error::Error for LoadError {}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(formatter, "{problem}")?;
        }
        let count = self.problems.len();
        let plural = if count == 1 { "" } else { "s" };
        write!(formatter, "{}: {count} problem{plural}, nothing was loaded", self.folder.display())
    }
}

/// Reads and validates a scenario folder.
///
/// Errors: all problems of all files, each with file, line, field, why and remedy.
pub fn load(folder: &Path) -> Result<LoadedScenario, LoadError> {
    let failed = |problems: Vec<Problem>| LoadError { folder: folder.to_owned(), problems };
    let mut reader =
        Reader { folder, problems: Problems::default(), digest: Sha256::new(), unreadable: Unreadable::default() };
    if !folder.is_dir() {
        let at = At { file: SETTINGS_FILE, line: 0 };
        let why = format!("there is no folder {}", folder.display());
        reader.problems.add(at, "", why, "name a scenario folder, such as scenarios/county");
        return Err(failed(reader.problems.into_sorted()));
    }
    let mut tables = Tables::default();
    match reader.text(SETTINGS_FILE, false, false) {
        Some(text) => tables.settings = settings_file::parse(&text, &mut reader.problems, &mut reader.unreadable),
        None => reader.unreadable.add_file(SETTINGS_FILE),
    }
    tables.visit_all(&mut reader);
    tables.unreadable = reader.unreadable;
    let calendars = [GtfsCalendarRow::FILE, GtfsCalendarDateRow::FILE];
    if tables.gtfs_calendar.is_empty()
        && tables.gtfs_calendar_dates.is_empty()
        && !calendars.iter().any(|file| tables.unreadable.touches(file))
    {
        let at = At { file: GtfsCalendarRow::FILE, line: 0 };
        let remedy = "write gtfs/calendar.txt, gtfs/calendar_dates.txt or both";
        reader.problems.add(at, "", "there are no service dates at all", remedy);
        tables.unreadable.add_file(GtfsCalendarRow::FILE);
    }
    if folder.join(GtfsFrequencyRow::FILE).exists() {
        let at = At { file: GtfsFrequencyRow::FILE, line: 0 };
        let remedy = "take the feed in by `sanban import gtfs`, which makes trips of them";
        reader.problems.add(at, "", "a scenario has every trip of its own, no frequencies", remedy);
    }
    let digest: String = reader.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    match resolve(&tables) {
        Ok(scenario) if reader.problems.is_empty() => {
            Ok(LoadedScenario { scenario, digest, folder: folder.to_owned() })
        }
        Ok(_) => Err(failed(reader.problems.into_sorted())),
        Err(more) => {
            let mut problems = reader.problems.into_sorted();
            problems.extend(more);
            problems.sort();
            problems.dedup();
            Err(failed(problems))
        }
    }
}

struct Reader<'a> {
    folder: &'a Path,
    problems: Problems,
    digest: Sha256,
    unreadable: Unreadable,
}

impl Reader<'_> {
    /// The text of a file; what is wrong with its encoding is a problem.
    fn text(&mut self, file: &'static str, is_optional: bool, allows_bom: bool) -> Option<String> {
        let at = At { file, line: 0 };
        let bytes = match fs::read(self.folder.join(file)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !is_optional {
                    self.problems.add(at, "", "is missing", "see docs/scenario-format.md for what it holds");
                }
                return None;
            }
            Err(error) => {
                self.problems.add(at, "", format!("cannot be read: {error}"), "check that it is a readable file");
                return None;
            }
        };
        self.digest.update(file.as_bytes());
        self.digest.update((bytes.len() as u64).to_le_bytes());
        self.digest.update(&bytes);
        if table_file::has_byte_order_mark(&bytes) && !allows_bom {
            let remedy = "save it as UTF-8 without BOM (in a shell: sed -i '1s/^\\xEF\\xBB\\xBF//' FILE)";
            self.problems.add(At { file, line: 1 }, "", "begins with a byte-order mark", remedy);
        }
        match table_file::utf8(&bytes) {
            Ok(text) => Some(text.to_owned()),
            Err(WrongEncoding { line, byte, looks_like }) => {
                let label = looks_like.name().to_uppercase();
                let remedy =
                    format!("it looks like {label}: iconv -f {label} -t UTF-8 {file} > new, then replace it by new");
                self.problems.add(At { file, line }, "", format!("byte {byte} of the line is not UTF-8"), remedy);
                None
            }
        }
    }
}

impl TableVisitor for Reader<'_> {
    fn visit<R: Row>(&mut self, rows: &mut Vec<Numbered<R>>) {
        let is_optional = OPTIONAL_FILES.contains(&R::FILE);
        match self.text(R::FILE, is_optional, R::ALLOWS_OTHER_COLUMNS) {
            Some(text) => *rows = read_rows(&text, &mut self.problems, &mut self.unreadable),
            None if is_optional && !self.folder.join(R::FILE).exists() => {}
            None => self.unreadable.add_file(R::FILE),
        }
    }
}
