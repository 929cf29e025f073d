//! The files of a feed, from a folder or a zip, as rows.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use encoding_rs::Encoding;
use sanban_engine::scenario::resolve::{At, Problem, Problems};
use sanban_engine::scenario::tables::{
    GtfsCalendarDateRow, GtfsCalendarRow, GtfsFrequencyRow, Numbered, Row, TableVisitor, Tables, Unreadable,
};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::scenario::table_file::{self, WrongEncoding, read_rows};

/// Larger files are no timetable of a county: a zip may claim to be anything.
const LARGEST_FILE: u64 = 1 << 30;
/// Of the files that scenarios have, the ones that a feed may lack.
const OPTIONAL_FILES: [&str; 3] = [GtfsCalendarRow::FILE, GtfsCalendarDateRow::FILE, GtfsFrequencyRow::FILE];

/// What a feed says.
pub struct Feed {
    /// Its files, as those of a scenario.
    pub tables: Tables,
    /// Its headways.
    pub frequencies: Vec<Numbered<GtfsFrequencyRow>>,
}

/// Reads a feed; else everything that is wrong with its files.
pub fn read(feed: &Path, encoding: Option<&'static Encoding>) -> Result<Feed, Vec<Problem>> {
    let source = Source::open(feed).map_err(|(why, remedy)| {
        let file = feed.display().to_string();
        vec![Problem { file, line: None, field: String::new(), why, remedy: remedy.to_owned() }]
    })?;
    let mut reader = Reader { source, encoding, problems: Problems::default(), unreadable: Unreadable::default() };
    let mut tables = Tables::default();
    tables.visit_all(&mut reader);
    let mut frequencies = Vec::new();
    reader.visit(&mut frequencies);
    if !reader.has(GtfsCalendarRow::FILE) && !reader.has(GtfsCalendarDateRow::FILE) {
        let remedy = "a feed has calendar.txt, calendar_dates.txt or both: ask its publisher";
        reader.problems.add(At { file: GtfsCalendarRow::FILE, line: 0 }, "", "there are no service dates", remedy);
    }
    if reader.problems.is_empty() { Ok(Feed { tables, frequencies }) } else { Err(reader.problems.into_sorted()) }
}

enum Source<'a> {
    Folder(&'a Path),
    /// The archive, and the folder in it where the files lie: empty or with a slash at its end.
    Zip(Box<ZipArchive<BufReader<File>>>, String),
}

impl<'a> Source<'a> {
    /// Else (why, remedy).
    fn open(feed: &'a Path) -> Result<Self, (String, &'static str)> {
        if feed.is_dir() {
            return Ok(Self::Folder(feed));
        }
        let remedy = "name a GTFS feed: a folder with stops.txt and the others, or a zip of them";
        let file = File::open(feed).map_err(|error| (format!("cannot be read: {error}"), remedy))?;
        let archive = ZipArchive::new(BufReader::new(file));
        let archive = archive.map_err(|error| (format!("is neither a folder nor a readable zip: {error}"), remedy))?;
        let root = archive.file_names().filter_map(|name| name.strip_suffix("stops.txt"));
        let root = root.filter(|folder| folder.is_empty() || folder.ends_with('/')).min_by_key(|folder| folder.len());
        let root = root.unwrap_or_default().to_owned();
        Ok(Self::Zip(Box::new(archive), root))
    }

    /// The bytes of a file; nothing if it is not there.
    fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        match self {
            Self::Folder(folder) => match fs::read(folder.join(name)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error.to_string()),
            },
            Self::Zip(archive, root) => {
                let file = match archive.by_name(&format!("{root}{name}")) {
                    Ok(file) => file,
                    Err(ZipError::FileNotFound) => return Ok(None),
                    Err(error) => return Err(error.to_string()),
                };
                let mut bytes = Vec::new();
                file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
                if bytes.len() as u64 > LARGEST_FILE { Err("is larger than 1 GB".to_owned()) } else { Ok(Some(bytes)) }
            }
        }
    }
}

struct Reader<'a> {
    source: Source<'a>,
    encoding: Option<&'static Encoding>,
    problems: Problems,
    unreadable: Unreadable,
}

impl Reader<'_> {
    fn has(&mut self, file: &str) -> bool {
        !matches!(self.source.bytes(in_feed(file)), Ok(None))
    }

    /// The text of a file; what is wrong with its encoding is a problem.
    fn text<'b>(&mut self, file: &'static str, bytes: &'b [u8]) -> Option<Cow<'b, str>> {
        let Some(encoding) = self.encoding else {
            let found = table_file::utf8(bytes).map(Cow::Borrowed);
            return found
                .map_err(|WrongEncoding { line, byte, looks_like }| {
                    let remedy = format!("say which encoding the feed has, such as --encoding {}", label(looks_like));
                    let why = format!("byte {byte} of the line is not UTF-8");
                    self.problems.add(At { file, line }, "", why, remedy);
                })
                .ok();
        };
        let (text, _, has_errors) = encoding.decode(bytes);
        if !has_errors {
            return Some(text);
        }
        let before = text.split(char::REPLACEMENT_CHARACTER).next().unwrap_or_default();
        let line = 1 + before.matches('\n').count() as u64;
        let why = format!("is not {}", label(encoding));
        self.problems.add(At { file, line }, "", why, "name another --encoding, or leave it out for UTF-8");
        None
    }
}

impl TableVisitor for Reader<'_> {
    fn visit<R: Row>(&mut self, rows: &mut Vec<Numbered<R>>) {
        if !R::FILE.starts_with("gtfs/") {
            return;
        }
        let at = At { file: R::FILE, line: 0 };
        match self.source.bytes(in_feed(R::FILE)) {
            Ok(Some(bytes)) => {
                if let Some(text) = self.text(R::FILE, &bytes) {
                    *rows = read_rows(&text, &mut self.problems, &mut self.unreadable);
                }
            }
            Ok(None) if OPTIONAL_FILES.contains(&R::FILE) => {}
            Ok(None) => self.problems.add(at, "", "is missing", "every GTFS feed has it: ask its publisher"),
            Err(why) => self.problems.add(at, "", format!("cannot be read: {why}"), "fetch the feed again"),
        }
    }
}

fn in_feed(file: &str) -> &str {
    file.trim_start_matches("gtfs/")
}

fn label(encoding: &'static Encoding) -> String {
    encoding.name().to_lowercase()
}
