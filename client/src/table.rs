//! Tables for people.

use std::fmt;

use unicode_width::UnicodeWidthStr;

/// What is between two columns.
const GAP: &str = "  ";

/// On which side the cells of a column are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// Rows below a header, aligned by the width that a terminal gives to each character.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row with one cell for each column.
    pub fn row<const CELLS: usize>(&mut self, cells: [&str; CELLS]) {
        debug_assert_eq!(CELLS, self.columns.len());
        self.rows.push(cells.into_iter().map(printable).collect());
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines of the table.
    pub fn lines(&self) -> Vec<String> {
        let header = self.columns.iter().map(|(name, _)| (*name).to_owned());
        let header: Vec<String> = header.collect();
        let rows = || std::iter::once(&header).chain(&self.rows);
        let width_of = |column: usize| {
            let widths = rows().map(|row| row.get(column).map_or(0, |cell| cell.width()));
            widths.max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width_of).collect();
        rows().map(|row| self.line(row, &widths)).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cells = row.iter().zip(&self.columns).zip(widths);
        let cells = cells.map(|((cell, (_, align)), width)| {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => format!("{cell}{space}"),
                Align::Right => format!("{space}{cell}"),
            }
        });
        let line = cells.collect::<Vec<_>>().join(GAP);
        line.trim_end().to_owned()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

/// A text in one line, which a terminal cannot take for anything but a text.
fn printable(text: &str) -> String {
    let is_plain = |character: &char| !character.is_control() && !is_direction(*character);
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match is_plain(&character) {
            true => printable.push(character),
            false => printable.extend(character.escape_unicode()),
        }
    }
    printable
}

/// Whether a character turns the direction of the text after it around.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_and_combining_ones_none() {
        let mut table = Table::new(&[
            ("id", Align::Left),
            ("amount", Align::Right),
            ("x", Align::Left),
        ]);
        table.row(["注文-1", "9.000", "a"]);
        table.row(["e\u{301}t\u{e9}", "-1249.500", "b"]);
        table.row(["order-1", "1.000", ""]);
        let expected = "\
id          amount  x
注文-1       9.000  a
e\u{301}t\u{e9}      -1249.500  b
order-1      1.000";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        let mut table = Table::new(&[("id", Align::Left)]);
        table.row(["a\u{1b}[2Jb\nc\u{202e}d"]);
        assert_eq!(table.to_string(), "id\na\\u{1b}[2Jb\\u{a}c\\u{202e}d");
    }
}
