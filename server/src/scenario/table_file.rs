//! One file of a scenario or feed: bytes to text, text to rows.
//!
//! Every problem names the line it is on. What can't be read is remembered in [`Unreadable`], so that nobody calls
//! references to it wrong as well.

use encoding_rs::{Encoding, GB18030, WINDOWS_1252};
use sanban_engine::scenario::resolve::{At, Problems};
use sanban_engine::scenario::tables::{Numbered, Row, Unreadable};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Text that is not UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct WrongEncoding {
    /// The first line that can't be read.
    pub line: u64,
    /// The byte in it, from 1.
    pub byte: usize,
    /// What it looks like instead.
    pub looks_like: &'static Encoding,
}

/// Does the file begin with a byte-order mark?
pub fn has_byte_order_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(BYTE_ORDER_MARK)
}

/// The text of a file, without a byte-order mark.
pub fn utf8(bytes: &[u8]) -> Result<&str, WrongEncoding> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        WrongEncoding {
            line: 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64,
            byte: 1 + before.len() - line_start,
            looks_like: likely_encoding(bytes),
        }
    })
}

/// Chinese text has its high bytes in pairs, western text has them one by one between plain letters.
fn likely_encoding(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    let (mut alone, mut in_company) = (0, 0);
    for run in bytes.split(u8::is_ascii).filter(|run| !run.is_empty()) {
        *(if run.len() == 1 { &mut alone } else { &mut in_company }) += run.len();
    }
    if in_company > alone && !GB18030.decode(bytes).2 { GB18030 } else { WINDOWS_1252 }
}

/// The rows of a file; whatever is wrong is added to the problems.
///
/// Makers of GTFS feeds leave out empty cells at the end of a line; in our own files a line that is too short is torn.
pub fn read_rows<R: Row>(text: &str, problems: &mut Problems, unreadable: &mut Unreadable) -> Vec<Numbered<R>> {
    let mut rows = Vec::new();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut lines = LineCounter { text: text.as_bytes(), byte: 0, line: 1 };
    let mut records = reader.records();
    let Some(Ok(header)) = records.next() else {
        let remedy = format!("begin with the header {}", R::COLUMNS.join(","));
        problems.add(At { file: R::FILE, line: 1 }, "", "is empty", remedy);
        unreadable.add_file(R::FILE);
        return rows;
    };
    let at = At { file: R::FILE, line: lines.line_of(&header) };
    let Some(columns) = columns::<R>(&header, at, problems) else {
        unreadable.add_file(R::FILE);
        return rows;
    };
    for record in records {
        let record = record.expect("text in memory is readable UTF-8");
        let line = lines.line_of(&record);
        let at = At { file: R::FILE, line };
        let cell = |position: &Option<usize>| position.and_then(|position| record.get(position)).unwrap_or_default();
        if let Some(broken) = record.iter().position(|cell| cell.trim_end().contains(['\n', '\r'])) {
            let field = header.get(broken).unwrap_or_default().trim();
            let remedy = "close the quote on the line where it opens";
            problems.add(at, field, "the value goes on over the end of the line", remedy);
            // Nobody knows how many rows it has swallowed.
            unreadable.add_file(R::FILE);
        } else if record.len() > header.len() || record.len() < header.len() && !R::ALLOWS_OTHER_COLUMNS {
            let why = format!("has {} fields, the header has {}", record.len(), header.len());
            problems.add(at, "", why, "put values with commas in double quotes, and close every quote");
            unreadable.add_row(R::FILE, cell(&columns[0]));
        } else {
            let cells: Vec<&str> = columns.iter().map(cell).collect();
            match R::from_cells(&cells) {
                Ok(row) => rows.push(Numbered { line, row }),
                Err(bad_cells) => {
                    problems.add_cells(at, bad_cells);
                    unreadable.add_row(R::FILE, cells[0]);
                }
            }
        }
    }
    rows
}

/// For every column of the row its position in the file; nothing if the header makes reading pointless.
fn columns<R: Row>(header: &csv::StringRecord, at: At, problems: &mut Problems) -> Option<Vec<Option<usize>>> {
    let names: Vec<&str> = header.iter().map(str::trim).collect();
    let mut is_usable = true;
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) && (R::COLUMNS.contains(name) || !R::ALLOWS_OTHER_COLUMNS) {
            problems.add(at, name, "the column occurs twice", "keep one of the two");
            is_usable = false;
        } else if !R::COLUMNS.contains(name) && !R::ALLOWS_OTHER_COLUMNS {
            let near = R::COLUMNS.iter().find(|known| is_near(known, name));
            let remedy = match near {
                Some(known) => format!("did you mean {known}?"),
                None => format!("the columns are {}", R::COLUMNS.join(", ")),
            };
            problems.add(at, name, "there is no such column", remedy);
        }
    }
    let positions = R::COLUMNS.iter().map(|column| {
        let position = names.iter().position(|name| name == column);
        if position.is_none() && !R::OPTIONAL_COLUMNS.contains(column) {
            is_usable = false;
            problems.add(at, column, "the column is missing", "add it to the header and to every row");
        }
        position
    });
    let positions = positions.collect();
    is_usable.then_some(positions)
}

/// Alike but for letter case and one or two letters.
fn is_near(known: &str, written: &str) -> bool {
    strsim::levenshtein(known, &written.to_lowercase()) <= 2
}

/// The reader counts lines from the end of the record before, which blank lines and `\r\n` lead astray.
struct LineCounter<'a> {
    text: &'a [u8],
    byte: usize,
    line: u64,
}

impl LineCounter<'_> {
    fn line_of(&mut self, record: &csv::StringRecord) -> u64 {
        let mut start = record.position().map_or(0, |position| position.byte() as usize);
        while self.text.get(start).is_some_and(|byte| b"\r\n".contains(byte)) {
            start += 1;
        }
        self.line += self.text[self.byte..start].iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.byte = start;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::UTF_16LE;
    use sanban_engine::scenario::tables::DriverRow;

    fn lines(text: &str) -> Vec<u64> {
        let rows = read_rows::<DriverRow>(text, &mut Problems::default(), &mut Unreadable::default());
        rows.iter().map(|numbered| numbered.line).collect()
    }

    #[test]
    fn rows_know_their_lines_whatever_ends_them() {
        assert_eq!(lines("driver_id,depot_id\na,D\nb,D\n"), [2, 3]);
        assert_eq!(lines("driver_id,depot_id\r\na,D\r\nb,D"), [2, 3]);
        assert_eq!(lines("\r\ndriver_id,depot_id\r\n\r\na,D\r\n\r\n\r\nb,D\r\n"), [4, 7]);
        assert_eq!(lines("driver_id,depot_id\n\n\na,D\n\nb,D\n"), [4, 6]);
    }

    #[test]
    fn the_encoding_is_told_by_how_high_bytes_stand_together() {
        let check = |bytes: &[u8], line, looks_like: &'static Encoding| {
            let wrong = utf8(bytes).expect_err("not UTF-8");
            assert_eq!((wrong.line, wrong.looks_like.name()), (line, looks_like.name()));
        };
        check(&GB18030.encode("id,name\n1,青河镇\n").0, 2, GB18030);
        check(&WINDOWS_1252.encode("id,name\n1,Plain\n2,Olsøya\n").0, 3, WINDOWS_1252);
        check(b"\xFF\xFEi\0d\0", 1, UTF_16LE);
        assert_eq!(utf8("\u{feff}id,名".as_bytes()).unwrap(), "id,名");
    }
}
