//! `docs/scenario-format.md` describes the files and policy fields that the code has: no more, no fewer.

use std::fs;
use std::path::Path;

use sanban_engine::policy::Policy;
use sanban_engine::scenario::settings::{POLICY_FIELDS, SettingValue};
use sanban_engine::scenario::tables::{Numbered, Row, TableVisitor, Tables};

fn documentation() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario-format.md")).expect("the page")
}

/// The cells of every table line that begins with a code.
fn table_lines(page: &str) -> Vec<Vec<String>> {
    let lines = page.lines().filter(|line| line.starts_with("| `"));
    lines.map(|line| line.split('|').map(|cell| cell.replace('`', "").trim().to_owned()).collect()).collect()
}

/// Collects (file, columns) in the order of the format.
struct Columns(Vec<(String, String)>);

impl TableVisitor for Columns {
    fn visit<R: Row>(&mut self, _: &mut Vec<Numbered<R>>) {
        self.0.push((R::FILE.to_owned(), R::COLUMNS.join(", ")));
    }
}

#[test]
fn the_page_lists_the_columns_of_every_file() {
    let mut expected = Columns(Vec::new());
    Tables::default().visit_all(&mut expected);
    expected.0.sort();
    let lines = table_lines(&documentation());
    let is_file = |cell: &str| cell.ends_with(".csv") || cell.ends_with(".txt");
    let files = lines.iter().filter(|cells| is_file(&cells[1]));
    let mut documented: Vec<_> = files.map(|cells| (cells[1].clone(), cells[3].clone())).collect();
    documented.sort();
    assert_eq!(documented, expected.0);
}

#[test]
fn the_page_lists_every_policy_field_with_its_default_and_meaning() {
    let text = |value| match value {
        SettingValue::Integer(number) => number.to_string(),
        SettingValue::Text(text) => format!("\"{text}\""),
    };
    let expected: Vec<_> = POLICY_FIELDS
        .iter()
        .map(|field| [field.table, field.key, &text(field.value(&Policy::default())), field.meaning].map(str::to_owned))
        .collect();
    let page = documentation();
    let policy = page.split("## Policy").nth(1).expect("a section on policy");
    let documented: Vec<_> = table_lines(policy).into_iter().map(|cells| cells[1..5].to_vec()).collect();
    assert_eq!(documented, expected);
}

/// The part of the page about a file: example and fields.
struct Section<'a> {
    /// Lines of the fenced example.
    example: Vec<&'a str>,
    /// Name and default of every field.
    fields: Vec<(String, String)>,
}

fn section<'a>(page: &'a str, file: &str) -> Section<'a> {
    let begin = format!("### `{file}`\n");
    let (_, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no section on {file}"));
    let text = rest.split("\n#").next().unwrap_or(rest);
    let example = text.lines().skip_while(|line| *line != "```csv").skip(1).take_while(|line| *line != "```").collect();
    let fields = table_lines(text).into_iter().map(|cells| {
        assert!(cells[2..5].iter().all(|cell| !cell.is_empty()), "{file}: {cells:?}");
        (cells[1].clone(), cells[4].clone())
    });
    Section { example, fields: fields.collect() }
}

/// Holds the section of every file against the loader and the scenarios.
struct Sections {
    page: String,
}

impl TableVisitor for Sections {
    fn visit<R: Row>(&mut self, _: &mut Vec<Numbered<R>>) {
        let Section { example, fields } = section(&self.page, R::FILE);
        let [header, row] = example[..] else { panic!("{}: {example:?} is no header and row", R::FILE) };
        assert_eq!(header.split(',').collect::<Vec<_>>(), R::COLUMNS, "{}", R::FILE);
        let is_real = ["toy", "county"].iter().any(|name| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).join(R::FILE);
            fs::read_to_string(path).expect("a file").lines().any(|line| line == row)
        });
        assert!(is_real, "{}: no scenario has {row}", R::FILE);

        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(row.as_bytes());
        let record = reader.records().next().expect("a row").expect("a row of CSV");
        let cells: Vec<&str> = record.iter().collect();
        if let Err(problems) = R::from_cells(&cells) {
            panic!("{}: {problems:?}", R::FILE);
        }
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, R::COLUMNS, "fields of {}", R::FILE);
        for (index, (name, default)) in fields.iter().enumerate() {
            let mut cells = cells.clone();
            cells[index] = "";
            match default.as_str() {
                "required" => assert!(R::from_cells(&cells).is_err(), "{}: {name} may be empty", R::FILE),
                _ => {
                    assert!(default.starts_with("empty: "), "{}: {name}: {default}", R::FILE);
                    assert!(R::from_cells(&cells).is_ok(), "{}: {name} may not be empty", R::FILE);
                }
            }
        }
    }
}

#[test]
fn every_file_has_a_true_example_and_says_what_each_field_is() {
    Tables::default().visit_all(&mut Sections { page: documentation() });
}

#[test]
fn the_example_of_the_settings_is_that_of_the_toy() {
    let page = documentation();
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let toy = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/toy/scenario.toml");
    assert_eq!(example, fs::read_to_string(toy).expect("a file"));
}
