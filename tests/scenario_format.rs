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
    let files = lines.iter().filter(|cells| cells[1].contains(".csv") || cells[1].contains(".txt"));
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
