//! The text of a map: its tables and keys. `docs/mapping.md` describes each.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, Value};

use super::number::Sign;
use crate::rows::{FileError, Format};

/// A map as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapTable {
    pub kind: Option<Spanned<String>>,
    #[serde(default)]
    pub file: FileTable,
    #[serde(default)]
    pub skip: Vec<ConditionTable>,
    pub fields: BTreeMap<Spanned<String>, FieldTable>,
}

/// What the file looks like.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileTable {
    pub format: Option<Format>,
    pub delimiter: Option<Spanned<String>>,
    pub header_starts_with: Option<String>,
    #[serde(default)]
    pub rows_end_before: Vec<String>,
    #[serde(default)]
    pub trim: bool,
    #[serde(default)]
    pub ignore: Vec<String>,
    #[serde(default)]
    pub ignore_others: bool,
}

/// Rows with certain values in a column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionTable {
    pub column: Spanned<String>,
    pub is: Option<Vec<String>>,
    pub is_not: Option<Vec<String>>,
}

/// Where the value of a field comes from, and what it becomes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldTable {
    pub column: Option<String>,
    pub template: Option<String>,
    pub optional: Vec<String>,
    pub value: Option<Value>,
    pub when: Option<ConditionTable>,
    pub values: Option<BTreeMap<String, Value>>,
    pub other: Option<Value>,
    pub default: Option<Value>,
    pub empty: Option<Empty>,
    pub format: Option<String>,
    pub zone: Option<String>,
    pub zone_abbreviations: BTreeMap<String, String>,
    pub decimal: Option<String>,
    pub thousands: Option<String>,
    pub minor_units: bool,
    pub minor_unit_places: Option<u8>,
    pub minor_unit_exceptions: BTreeMap<String, u8>,
    pub sign: Option<Sign>,
    pub sign_by_type: BTreeMap<String, Sign>,
    pub separator: Option<String>,
}

/// What an empty cell means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// The record does not have the field.
    #[default]
    Omit,
    /// The field is `null`, which clears it.
    Null,
    /// The row is rejected.
    Reject,
}

/// Reads the text of the map in a file.
///
/// # Errors
/// Where it is not a map, and why.
pub fn parse(file: &str, text: &str) -> Result<MapTable, FileError> {
    toml::from_str(text).map_err(|error| FileError {
        file: file.to_owned(),
        line: error.span().map(|span| line(text, span.start)),
        detail: error.message().trim_end().replace('\n', ": "),
        is_io: false,
    })
}

/// The line of a place in a text, from 1.
pub fn line(text: &str, place: usize) -> u64 {
    let before = text.bytes().take(place).filter(|byte| *byte == b'\n');
    before.count() as u64 + 1
}
