//! Columns that stay aligned with Chinese in them: a Chinese character is two columns wide on a terminal.

use unicode_width::UnicodeWidthStr;

/// Rows under a heading in two languages.
pub(super) struct Table<const COLUMNS: usize> {
    heading: [(&'static str, &'static str); COLUMNS],
    rows: Vec<Row<COLUMNS>>,
}

struct Row<const COLUMNS: usize> {
    cells: [String; COLUMNS],
    notes: Vec<String>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// No rows yet. Headings are Chinese and English.
    pub fn new(heading: [(&'static str, &'static str); COLUMNS]) -> Self {
        Self { heading, rows: Vec::new() }
    }

    /// Adds a row at the end.
    pub fn push(&mut self, row: [String; COLUMNS]) {
        self.rows.push(Row { cells: row, notes: Vec::new() });
    }

    /// Adds a line of its own below the last row, however wide.
    pub fn note(&mut self, note: String) {
        if let Some(row) = self.rows.last_mut() {
            row.notes.push(note);
        }
    }
}

impl<const COLUMNS: usize> std::fmt::Display for Table<COLUMNS> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let zh = self.heading.map(|(zh, _)| zh.to_owned());
        let en = self.heading.map(|(_, en)| en.to_owned());
        let widest = |column: usize| {
            let texts = [&zh, &en].into_iter().chain(self.rows.iter().map(|row| &row.cells));
            texts.map(|row| row[column].width()).max().unwrap_or_default()
        };
        let widths: [usize; COLUMNS] = std::array::from_fn(widest);
        let line = |row: &[String; COLUMNS]| {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                line.push_str(&padded(cell, width));
                line.push_str("  ");
            }
            line.trim_end().to_owned()
        };
        writeln!(formatter, "{}\n{}", line(&zh), line(&en))?;
        for row in &self.rows {
            writeln!(formatter, "{}", line(&row.cells))?;
            for note in &row.notes {
                writeln!(formatter, "    {note}")?;
            }
        }
        Ok(())
    }
}

/// The text filled up with spaces to this many columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_latin_cells_end_in_the_same_column() {
        let mut table = Table::new([("从", "From"), ("到", "To")]);
        table.push(["大坪村 V001".to_owned(), "x".to_owned()]);
        table.push(["A".to_owned(), "y".to_owned()]);
        let text = table.to_string();
        let ends = text.lines().map(|line| line.width() - line.chars().last().map_or(0, |_| 1));
        assert_eq!(text, "从           到\nFrom         To\n大坪村 V001  x\nA            y\n");
        assert_eq!(ends.skip(2).collect::<Vec<_>>(), [13, 13]);
    }

    #[test]
    fn a_note_stands_below_its_row_and_widens_no_column() {
        let mut table = Table::new([("从", "From"), ("到", "To")]);
        table.push(["A".to_owned(), "y".to_owned()]);
        table.note("wider than all columns together".to_owned());
        table.push(["B".to_owned(), "z".to_owned()]);
        let expected = "从    到\nFrom  To\nA     y\n    wider than all columns together\nB     z\n";
        assert_eq!(table.to_string(), expected);
    }
}
