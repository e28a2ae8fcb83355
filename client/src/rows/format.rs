//! What a file looks like: said, or detected.

use clap::ValueEnum;
use serde::Deserialize;

use super::input::{FileError, Input};
use super::rejects::REJECTED_COLUMNS;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Cells with any delimiter, with a header.
    Csv,
    /// A list of records, or `{"records": […]}`.
    Json,
    /// One record on each line.
    Ndjson,
}

/// What is known of a file before it is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// The format; detected by default.
    pub format: Option<Format>,
    /// What separates cells; detected from the header by default.
    pub delimiter: Option<u8>,
    /// The first cell of the header; by default the first line is the header.
    pub header_starts_with: Option<String>,
    /// The first cells of lines that are not rows any more, such as totals. Nothing from the first
    /// of these lines on is read.
    pub rows_end_before: Vec<String>,
}

/// What can separate cells without being said.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

impl Layout {
    /// The format: as the layout says, or by the end of the file's name, or else by its first
    /// characters. A file with rejected rows is CSV, whatever the rows were before.
    pub(super) fn format_of(&self, input: &Input) -> Result<Format, FileError> {
        if is_rejects(input.start()) {
            return Ok(Format::Csv);
        }
        if let Some(format) = self.format {
            return Ok(format);
        }
        let name = input.name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let is_one_of = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        if is_one_of(&[".ndjson", ".jsonl"]) {
            return Ok(Format::Ndjson);
        }
        if is_one_of(&[".json"]) {
            return Ok(Format::Json);
        }
        if is_one_of(&[".csv", ".tsv", ".txt"]) {
            return Ok(Format::Csv);
        }
        let mut start = input.start().trim_ascii_start().iter();
        Ok(match start.next() {
            Some(b'[') => Format::Json,
            Some(b'{') if is_envelope(input.start()) => Format::Json,
            Some(b'{') => Format::Ndjson,
            Some(_) | None => Format::Csv,
        })
    }

    /// What separates the cells of a CSV file.
    pub(super) fn delimiter_of(&self, input: &Input) -> Result<u8, FileError> {
        let start = input.start();
        if is_rejects(start) {
            let after = start.get(REJECTED_COLUMNS[0].len()).copied();
            return Ok(after
                .filter(|byte| DELIMITERS.contains(byte))
                .unwrap_or(b','));
        }
        let named = self.delimiter.or_else(|| named_delimiter(start));
        if let Some(delimiter) = named {
            return Ok(delimiter);
        }
        let found = delimiters(&self.header_text(start));
        match found[..] {
            [] => Ok(b','),
            [one] => Ok(one),
            [..] => {
                let found: Vec<_> = found
                    .iter()
                    .map(|byte| format!("{:?}", char::from(*byte)))
                    .collect();
                let detail = format!(
                    "the header has several characters that may separate its cells ({}): say which one does, as \
                     --delimiter or as delimiter in [file] of the map",
                    found.join(", ")
                );
                Err(input.error(Some(1), detail))
            }
        }
    }

    /// The text from the beginning of the header on.
    fn header_text(&self, start: &[u8]) -> Vec<u8> {
        let Some(first) = &self.header_starts_with else {
            return start.to_vec();
        };
        let mut lines = start.split_inclusive(|byte| *byte == b'\n');
        let is_header = |line: &&[u8]| {
            let line = line.strip_prefix(b"\"").unwrap_or(line);
            line.starts_with(first.as_bytes())
        };
        lines.find(is_header).unwrap_or(start).to_vec()
    }
}

/// Whether a file has rejected rows of another one.
fn is_rejects(start: &[u8]) -> bool {
    start.starts_with(REJECTED_COLUMNS[0].as_bytes())
}

/// The delimiter that the first line names for Excel, as in `sep=;`. It is not a row.
pub(super) fn named_delimiter(start: &[u8]) -> Option<u8> {
    let line = start.split(|byte| *byte == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] if is_delimiter(*delimiter) => {
            Some(*delimiter)
        }
        _ => None,
    }
}

/// Whether a byte can separate cells.
pub fn is_delimiter(byte: u8) -> bool {
    byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n')
}

/// Whether a text begins as `{"records": [` does.
fn is_envelope(start: &[u8]) -> bool {
    let after = |text: &'_ [u8], token: &[u8]| {
        text.trim_ascii_start()
            .strip_prefix(token)
            .map(<[u8]>::to_vec)
    };
    after(start, b"{")
        .and_then(|rest| after(&rest, b"\"records\""))
        .and_then(|rest| after(&rest, b":"))
        .and_then(|rest| after(&rest, b"["))
        .is_some()
}

/// The possible delimiters in the first line of a text, outside quotation marks.
fn delimiters(text: &[u8]) -> Vec<u8> {
    let mut quoted = false;
    let mut found = Vec::new();
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            byte if !quoted && DELIMITERS.contains(byte) && !found.contains(byte) => {
                found.push(*byte);
            }
            _ => {}
        }
    }
    found
}
