//! Readers of the instance files; every error names file, line and field.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sanban_engine::check::benchmark::{BenchmarkInstance, BenchmarkNode};

use super::Format;
use super::dynamic_darp::read_dynamic;

/// An instance file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The file can't be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file's content is wrong.
    #[error("{}:{line}: {field}: {why}", path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Which field.
        field: String,
        /// What is wrong and what is expected.
        why: String,
    },
    /// A field of a JSON file is wrong.
    #[error("{}: {field}: {why}", path.display())]
    InvalidField {
        /// Which file.
        path: PathBuf,
        /// Which field, from the root of the document.
        field: String,
        /// What is wrong and what is expected.
        why: String,
    },
}

/// Coordinates and times beyond this don't fit the ticks of the solver.
pub(super) const LARGEST: f64 = 8_000.0;

/// Reads an instance; of a dynamic one, the requests as if all had been known from the start.
pub fn read(format: Format, path: &Path) -> Result<BenchmarkInstance, FormatError> {
    let parser = match format {
        Format::Darp => darp,
        Format::Pdptw => pdptw,
        Format::DynamicDarp => return Ok(read_dynamic(path)?.instance),
    };
    let text =
        std::fs::read_to_string(path).map_err(|source| FormatError::Unreadable { path: path.to_owned(), source })?;
    parse(parser, &text).map_err(|Wrong { line, field, why }| FormatError::Invalid {
        path: path.to_owned(),
        line,
        field,
        why,
    })
}

struct Wrong {
    line: usize,
    field: String,
    why: String,
}

impl Wrong {
    fn new(line: usize, field: &str, why: impl Into<String>) -> Self {
        Self { line, field: field.to_owned(), why: why.into() }
    }
}

/// One line and its fields.
struct Row<'a> {
    line: usize,
    fields: Vec<&'a str>,
}

impl Row<'_> {
    fn value<T: FromStr>(&self, index: usize, name: &str) -> Result<T, Wrong> {
        let text = self.fields.get(index).ok_or_else(|| Wrong::new(self.line, name, "is missing"))?;
        text.parse().map_err(|_| Wrong::new(self.line, name, format!("\"{text}\" is not a number of the right kind")))
    }

    fn number(&self, index: usize, name: &str) -> Result<f64, Wrong> {
        let number: f64 = self.value(index, name)?;
        if number.is_finite() && number.abs() <= LARGEST {
            Ok(number)
        } else {
            Err(Wrong::new(self.line, name, format!("{number} is out of range; at most {LARGEST} either way")))
        }
    }

    fn expect_fields(&self, count: usize, names: &str) -> Result<(), Wrong> {
        if self.fields.len() == count {
            return Ok(());
        }
        Err(Wrong::new(self.line, names, format!("{count} fields expected, {} found", self.fields.len())))
    }

    fn expect_id(&self, expected: usize) -> Result<(), Wrong> {
        let id: usize = self.value(0, "id")?;
        if id == expected {
            Ok(())
        } else {
            Err(Wrong::new(self.line, "id", format!("{expected} expected, found {id}")))
        }
    }
}

type Parser = fn(&Row<'_>, &[Row<'_>]) -> Result<BenchmarkInstance, Wrong>;

fn parse(parser: Parser, text: &str) -> Result<BenchmarkInstance, Wrong> {
    let rows = text
        .lines()
        .enumerate()
        .map(|(index, line)| Row { line: index + 1, fields: line.split_whitespace().collect() });
    let rows: Vec<Row<'_>> = rows.filter(|row| !row.fields.is_empty()).collect();
    let Some((header, rows)) = rows.split_first() else { return Err(Wrong::new(1, "header", "the file is empty")) };
    let instance = parser(header, rows)?;
    for (node, row) in instance.nodes.iter().zip(rows) {
        if node.service < 0.0 {
            return Err(Wrong::new(row.line, "service time", "is negative"));
        }
        if node.earliest > node.latest {
            return Err(Wrong::new(row.line, "latest", "the window closes before it opens"));
        }
    }
    Ok(instance)
}

fn darp(header: &Row<'_>, rows: &[Row<'_>]) -> Result<BenchmarkInstance, Wrong> {
    header.expect_fields(5, "vehicles, n, max route duration, capacity, max ride time")?;
    let stated: usize = header.value(1, "n")?;
    let has_end_depot = stated.checked_mul(2).and_then(|stops| stops.checked_add(2)) == Some(rows.len());
    if !has_end_depot && (Some(rows.len()) != stated.checked_add(1) || !stated.is_multiple_of(2)) {
        let why = format!("{stated} needs 2n + 2 node lines (or n + 1, where n counts stops), found {}", rows.len());
        return Err(Wrong::new(header.line, "n", why));
    }
    let requests = if has_end_depot { stated } else { stated / 2 };
    let mut nodes = Vec::with_capacity(rows.len());
    for (id, row) in rows.iter().enumerate() {
        row.expect_fields(7, "id, x, y, service time, load, earliest, latest")?;
        row.expect_id(id)?;
        nodes.push(BenchmarkNode {
            x: row.number(1, "x")?,
            y: row.number(2, "y")?,
            service: row.number(3, "service time")?,
            load: row.value::<i32>(4, "load")?.into(),
            earliest: row.number(5, "earliest")?,
            latest: row.number(6, "latest")?,
        });
    }
    let pairs: Vec<(usize, usize)> = (1..=requests).map(|pickup| (pickup, pickup + requests)).collect();
    check_loads(&nodes, &pairs, rows)?;
    Ok(BenchmarkInstance {
        vehicles: vehicles(header)?,
        max_duration: Some(header.number(2, "max route duration")?),
        capacity: header.value::<i32>(3, "capacity")?.into(),
        max_ride_time: Some(header.number(4, "max ride time")?),
        end: if has_end_depot { 2 * requests + 1 } else { 0 },
        start: 0,
        nodes,
        pairs,
    })
}

fn pdptw(header: &Row<'_>, rows: &[Row<'_>]) -> Result<BenchmarkInstance, Wrong> {
    header.expect_fields(3, "vehicles, capacity, speed")?;
    let (mut nodes, mut pairs) = (Vec::with_capacity(rows.len()), Vec::new());
    if rows.is_empty() {
        return Err(Wrong::new(header.line, "nodes", "the depot is missing"));
    }
    for (id, row) in rows.iter().enumerate() {
        row.expect_fields(9, "id, x, y, demand, earliest, latest, service, pickup, delivery")?;
        row.expect_id(id)?;
        nodes.push(BenchmarkNode {
            x: row.number(1, "x")?,
            y: row.number(2, "y")?,
            load: row.value::<i32>(3, "demand")?.into(),
            earliest: row.number(4, "earliest")?,
            latest: row.number(5, "latest")?,
            service: row.number(6, "service")?,
        });
        let (pickup, delivery): (usize, usize) = (row.value(7, "pickup")?, row.value(8, "delivery")?);
        if id == 0 && (pickup, delivery) != (0, 0) {
            return Err(Wrong::new(row.line, "pickup, delivery", "nobody gets on or off at the depot; write 0 and 0"));
        }
        if id > 0 && (pickup == 0) == (delivery == 0) {
            return Err(Wrong::new(row.line, "pickup, delivery", "exactly one of them names the partner"));
        }
        let partner = pickup.max(delivery);
        let column = if pickup > 0 { 8 } else { 7 };
        if id > 0 && rows.get(partner).and_then(|other| other.value::<usize>(column, "partner").ok()) != Some(id) {
            return Err(Wrong::new(row.line, "pickup, delivery", format!("node {partner} doesn't name {id} in turn")));
        }
        if delivery > 0 {
            pairs.push((id, delivery));
        }
    }
    check_loads(&nodes, &pairs, rows)?;
    Ok(BenchmarkInstance {
        vehicles: vehicles(header)?,
        capacity: header.value::<i32>(1, "capacity")?.into(),
        max_duration: None,
        max_ride_time: None,
        nodes,
        pairs,
        start: 0,
        end: 0,
    })
}

/// More vehicles than this are a slip of the pen, and room for them all would not be found.
pub(super) const MOST_VEHICLES: usize = 100_000;

fn vehicles(header: &Row<'_>) -> Result<usize, Wrong> {
    let vehicles = header.value(0, "vehicles")?;
    if vehicles <= MOST_VEHICLES {
        Ok(vehicles)
    } else {
        Err(Wrong::new(header.line, "vehicles", format!("{vehicles} is out of range; at most {MOST_VEHICLES}")))
    }
}

fn check_loads(nodes: &[BenchmarkNode], pairs: &[(usize, usize)], rows: &[Row<'_>]) -> Result<(), Wrong> {
    for &(pickup, dropoff) in pairs {
        if nodes[pickup].load < 0.0 || nodes[pickup].load != -nodes[dropoff].load {
            let why = format!("{} is not what alights at node {dropoff}", nodes[pickup].load);
            return Err(Wrong::new(rows[pickup].line, "load", why));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parser: Parser, text: &str, expected: &str) {
        let message = match parse(parser, text) {
            Ok(instance) => format!("{} requests", instance.pairs.len()),
            Err(Wrong { line, field, why }) => format!("{line}: {field}: {why}"),
        };
        assert_eq!(message, expected);
    }

    #[test]
    fn both_forms_of_dial_a_ride_files_are_read() {
        let nodes = "0 0 0 0 0 0 480\n1 1 0 3 1 0 90\n2 2 0 3 -1 0 90\n";
        check(darp, &format!("1 1 480 3 30\n{nodes}3 0 0 0 0 0 480\n"), "1 requests");
        check(darp, &format!("1 2 480 3 30\n{nodes}"), "1 requests");
    }

    #[test]
    fn errors_of_dial_a_ride_files_name_line_and_field() {
        let check = |text: &str, expected: &str| check(darp, text, expected);
        let (header, depot, pickup, dropoff) = ("1 1 480 3 30", "0 0 0 0 0 0 480", "1 1 0 3 1 0 90", "2 2 0 3 -1 0 90");
        let file = |lines: &[&str]| lines.join("\n");
        let fields = "vehicles, n, max route duration, capacity, max ride time: 5 fields expected, 4 found";
        check("1 1 480 3", &format!("1: {fields}"));
        check(
            "1 18446744073709551615 480 3 30",
            &format!("1: n: {} needs 2n + 2 node lines (or n + 1, where n counts stops), found 0", u64::MAX),
        );
        check(
            &file(&["4000000000 1 480 3 30", depot, pickup, dropoff, "3 0 0 0 0 0 480"]),
            "1: vehicles: 4000000000 is out of range; at most 100000",
        );
        check("1 x 480 3 30", "1: n: \"x\" is not a number of the right kind");
        check(
            &file(&["1 2 480 3 30", pickup, dropoff]),
            "1: n: 2 needs 2n + 2 node lines (or n + 1, where n counts stops), found 2",
        );
        check(&file(&["1 2 480 3 30", pickup, dropoff, "3 0 0 0 0 0 480"]), "2: id: 0 expected, found 1");
        let ending = "3 0 0 0 0 0 480";
        check(
            &file(&[header, depot, "1 1 0 3 1 0", dropoff, ending]),
            "3: id, x, y, service time, load, earliest, latest: 7 fields expected, 6 found",
        );
        check(&file(&[header, depot, "", "1 1 0 -3 1 0 90", dropoff, ending]), "4: service time: is negative");
        check(&file(&[header, depot, "1 1 north 3 1 0 90", dropoff, ending]), NOT_A_NUMBER);
        check(
            &file(&[header, depot, "1 1 NaN 3 1 0 90", dropoff, ending]),
            "3: y: NaN is out of range; at most 8000 either way",
        );
        check(
            &file(&[header, depot, "1 1 0 3 1 90 0", dropoff, ending]),
            "3: latest: the window closes before it opens",
        );
        check(&file(&[header, depot, "1 1 0 3 2 0 90", dropoff, ending]), "3: load: 2 is not what alights at node 2");
    }

    const NOT_A_NUMBER: &str = "3: y: \"north\" is not a number of the right kind";

    #[test]
    fn errors_of_pickup_and_delivery_files_name_line_and_field() {
        let check = |text: &str, expected: &str| check(pdptw, text, expected);
        let (header, depot, delivery) = ("1 10 1", "0 0 0 0 0 9 0 0 0", "2 0 0 -4 0 9 0 1 0");
        let file = |lines: &[&str]| lines.join("\n");
        let nine = "id, x, y, demand, earliest, latest, service, pickup, delivery: 9 fields expected, 8 found";
        check("", "1: header: the file is empty");
        check("1 10", "1: vehicles, capacity, speed: 3 fields expected, 2 found");
        check(header, "1: nodes: the depot is missing");
        check(&file(&[header, "1 0 0 4 0 9 0 0 2", delivery]), "2: id: 0 expected, found 1");
        check(
            &file(&[header, "0 0 0 0 0 9 0 0 7"]),
            "2: pickup, delivery: nobody gets on or off at the depot; write 0 and 0",
        );
        check(&file(&[header, "0 0 0 0 0 9 0 0"]), &format!("2: {nine}"));
        check(&file(&[header, "0 0 0 0 0 x 0 0 0"]), "2: latest: \"x\" is not a number of the right kind");
        check(&file(&[header, depot, "1 0 0 4 0 9 -1 0 2", delivery]), "3: service time: is negative");
        check(
            &file(&[header, depot, "1 0 0 4 0 9 0 0 7", delivery]),
            "3: pickup, delivery: node 7 doesn't name 1 in turn",
        );
        check(
            &file(&[header, depot, "1 0 0 4 0 9 0 0 0", delivery]),
            "3: pickup, delivery: exactly one of them names the partner",
        );
        check(&file(&[header, depot, "1 0 0 5 0 9 0 0 2", delivery]), "3: load: 5 is not what alights at node 2");
    }

    #[test]
    fn errors_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("broken.txt");
        std::fs::write(&path, "1 10\n").unwrap();
        let message = read(Format::Pdptw, &path).unwrap_err().to_string();
        assert_eq!(message, format!("{}:1: vehicles, capacity, speed: 3 fields expected, 2 found", path.display()));
        let missing = read(Format::Pdptw, &folder.path().join("missing.txt")).unwrap_err().to_string();
        assert!(missing.contains("missing.txt"), "{missing}");
    }
}
