//! Output: JSON for programs, aligned text for people.

use clap::ValueEnum;
use serde::Serialize;

use crate::printable::{one_line, printable};

/// The space between two columns.
const GAP: &str = "  ";

/// The output format.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// For programs.
    Json,
    /// For people.
    Text,
}

/// Something that can be shown as a row of a table.
pub(super) trait Row: Serialize {
    /// The names of the columns.
    const COLUMNS: &'static [&'static str];
    /// A note for people below a single row.
    const NOTE: Option<&'static str> = None;

    /// The text of each column.
    fn cells(&self) -> Vec<String>;
}

impl Format {
    /// One thing: an object, or one line for each field.
    pub(super) fn one<T: Row>(self, thing: &T) -> String {
        match self {
            Self::Json => json(thing),
            Self::Text => {
                let fields = T::COLUMNS.iter().zip(thing.cells());
                let mut lines = aligned(
                    fields
                        .map(|(name, value)| vec![(*name).to_owned(), value])
                        .collect(),
                );
                lines.extend(T::NOTE.map(|note| format!("\n{note}")));
                lines.join("\n")
            }
        }
    }

    /// Several things below a summary, which only people get: an array, or a line and a table.
    pub(super) fn summarized<T: Row>(self, summary: String, things: &[T]) -> String {
        match self {
            Self::Json => json(&things),
            Self::Text if things.is_empty() => summary,
            Self::Text => format!("{summary}\n\n{}", self.many(things)),
        }
    }

    /// Several things: an array of objects, or a table.
    pub(super) fn many<T: Row>(self, things: &[T]) -> String {
        match self {
            Self::Json => json(&things),
            Self::Text if things.is_empty() => "none".to_owned(),
            Self::Text => {
                let header = T::COLUMNS.iter().map(|name| (*name).to_owned()).collect();
                aligned(
                    std::iter::once(header)
                        .chain(things.iter().map(Row::cells))
                        .collect(),
                )
                .join("\n")
            }
        }
    }
}

fn json(value: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(value)
        .expect("an answer has string keys and no value that JSON cannot hold");
    printable(&json)
}

/// Lines with aligned columns.
fn aligned(rows: Vec<Vec<String>>) -> Vec<String> {
    let cells = |row: Vec<String>| row.iter().map(|cell| one_line(cell)).collect();
    let rows: Vec<Vec<String>> = rows.into_iter().map(cells).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
