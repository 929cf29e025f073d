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
use sanban_engine::scenario::tables::{Numbered, Row, TableVisitor, Tables};
use sha2::{Digest, Sha256};

use super::settings_file;

/// Files a scenario can do without.
const OPTIONAL_FILES: [&str; 9] = [
    "market_exceptions.csv",
    "students.csv",
    "student_runs.csv",
    "student_run_calls.csv",
    "consignments.csv",
    "line_demand.csv",
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
    let mut reader = Reader { folder, problems: Problems::default(), digest: Sha256::new(), unreadable: Vec::new() };
    if !folder.is_dir() {
        let at = At { file: SETTINGS_FILE, line: 0 };
        let why = format!("there is no folder {}", folder.display());
        reader.problems.add(at, "", why, "name a scenario folder, such as scenarios/county");
        return Err(failed(reader.problems.into_sorted()));
    }
    let mut tables = Tables::default();
    if let Some(text) = reader.text(SETTINGS_FILE, false, false) {
        tables.settings = settings_file::parse(&text, &mut reader.problems);
    }
    tables.visit_all(&mut reader);
    for (file, code) in reader.unreadable {
        match code {
            Some(code) => tables.unreadable.add_row(file, &code),
            None => tables.unreadable.add_file(file),
        }
    }
    if tables.gtfs_calendar.is_empty() && tables.gtfs_calendar_dates.is_empty() {
        let at = At { file: "gtfs/calendar.txt", line: 0 };
        let remedy = "write gtfs/calendar.txt, gtfs/calendar_dates.txt or both";
        reader.problems.add(at, "", "there are no service dates at all", remedy);
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
    /// File, and the first cell of a row; no cell when the whole file is meant.
    unreadable: Vec<(&'static str, Option<String>)>,
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
        let without_bom = bytes.strip_prefix(b"\xEF\xBB\xBF");
        if without_bom.is_some() && !allows_bom {
            let remedy = "save it as UTF-8 without BOM (in a shell: sed -i '1s/^\\xEF\\xBB\\xBF//' FILE)";
            self.problems.add(At { file, line: 1 }, "", "begins with a byte-order mark", remedy);
        }
        let bytes = without_bom.unwrap_or(&bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.to_owned()),
            Err(error) => {
                let offset = error.valid_up_to();
                let line = 1 + bytes[..offset].iter().filter(|&&byte| byte == b'\n').count() as u64;
                let (why, remedy) = wrong_encoding(file, bytes, offset);
                self.problems.add(At { file, line }, "", why, remedy);
                None
            }
        }
    }

    /// For every column of the row its position in the file; nothing if the header makes reading pointless.
    fn columns<R: Row>(&mut self, header: &csv::StringRecord) -> Option<Vec<Option<usize>>> {
        let at = At { file: R::FILE, line: 1 };
        let names: Vec<&str> = header.iter().map(str::trim).collect();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                self.problems.add(at, name, "the column occurs twice", "keep one of the two");
            } else if !R::COLUMNS.contains(name) && !R::ALLOWS_OTHER_COLUMNS {
                let near = R::COLUMNS.iter().find(|known| is_near(known, name));
                let remedy = match near {
                    Some(known) => format!("did you mean {known}?"),
                    None => format!("the columns are {}", R::COLUMNS.join(", ")),
                };
                self.problems.add(at, name, "there is no such column", remedy);
            }
        }
        let mut is_complete = true;
        let positions = R::COLUMNS.iter().map(|column| {
            let position = names.iter().position(|name| name == column);
            if position.is_none() && !R::OPTIONAL_COLUMNS.contains(column) {
                is_complete = false;
                self.problems.add(at, column, "the column is missing", "add it to the header and to every row");
            }
            position
        });
        let positions = positions.collect();
        is_complete.then_some(positions)
    }
}

impl TableVisitor for Reader<'_> {
    fn visit<R: Row>(&mut self, rows: &mut Vec<Numbered<R>>) {
        let is_optional = OPTIONAL_FILES.contains(&R::FILE);
        let Some(text) = self.text(R::FILE, is_optional, R::ALLOWS_OTHER_COLUMNS) else {
            if !is_optional || self.folder.join(R::FILE).exists() {
                self.unreadable.push((R::FILE, None));
            }
            return;
        };
        let mut lines = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut records = lines.records();
        let Some(Ok(header)) = records.next() else {
            let remedy = format!("begin with the header {}", R::COLUMNS.join(","));
            self.problems.add(At { file: R::FILE, line: 1 }, "", "is empty", remedy);
            return self.unreadable.push((R::FILE, None));
        };
        let Some(columns) = self.columns::<R>(&header) else {
            return self.unreadable.push((R::FILE, None));
        };
        for record in records {
            let record = record.expect("text in memory is readable UTF-8");
            let line = record.position().map_or(0, csv::Position::line);
            let at = At { file: R::FILE, line };
            let first_cell = columns[0].and_then(|position| record.get(position)).unwrap_or_default();
            if record.len() != header.len() {
                let why = format!("has {} fields, the header has {}", record.len(), header.len());
                self.problems.add(at, "", why, "put values with commas in double quotes, and close every quote");
                self.unreadable.push((R::FILE, Some(first_cell.to_owned())));
                continue;
            }
            let cell =
                |position: &Option<usize>| position.and_then(|position| record.get(position)).unwrap_or_default();
            let cells: Vec<&str> = columns.iter().map(cell).collect();
            match R::from_cells(&cells) {
                Ok(row) => rows.push(Numbered { line, row }),
                Err(problems) => {
                    self.problems.add_cells(at, problems);
                    self.unreadable.push((R::FILE, Some(first_cell.to_owned())));
                }
            }
        }
    }
}

fn wrong_encoding(file: &str, bytes: &[u8], offset: usize) -> (String, String) {
    let why = format!("byte {offset} is not UTF-8");
    let (_, _, has_errors) = encoding_rs::GB18030.decode(bytes);
    if has_errors {
        (why, "save the file as UTF-8".to_owned())
    } else {
        let remedy = format!("it looks like GB18030: iconv -f GB18030 -t UTF-8 {file} > new, then replace it");
        (why, remedy)
    }
}

/// Alike but for letter case and one or two letters.
fn is_near(known: &str, written: &str) -> bool {
    let written = written.to_lowercase();
    strsim::levenshtein(known, &written) <= 2
}
