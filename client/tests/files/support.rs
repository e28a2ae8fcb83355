//! Files in memory, and the rows that they become.

use std::io::Cursor;

use client::check::{Options, Records};
use client::kind::RecordKind;
use client::mapping::Mapping;
use client::rows::{FileError, Input, Row, RowProblem};
use domain::upsert::UpsertMode;
use serde_json::Value;

/// The header and one valid row of a file of revenues.
pub const SALE: &str =
    "external_id,type,amount,currency,occurred_at\norder-1,sale,249.00,EUR,2026-05-31\n";

/// The records of a file with this name.
pub fn open(
    kind: RecordKind,
    name: &str,
    bytes: impl Into<Vec<u8>>,
    options: &Options<'_>,
) -> Result<Records, FileError> {
    let input = Input::new(name, Cursor::new(bytes.into()))?;
    Records::read(kind, input, options)
}

/// All rows of a file, which can be read to its end.
pub fn rows(kind: RecordKind, name: &str, bytes: impl Into<Vec<u8>>) -> Vec<Row> {
    let records = open(kind, name, bytes, &Options::default()).unwrap();
    records.map(Result::unwrap).collect()
}

/// All rows of a file of revenues with a map.
pub fn mapped(map: &str, name: &str, bytes: impl Into<Vec<u8>>) -> Vec<Row> {
    mapped_kind(RecordKind::Revenues, map, name, bytes)
}

/// All rows of a file with a map.
pub fn mapped_kind(kind: RecordKind, map: &str, name: &str, bytes: impl Into<Vec<u8>>) -> Vec<Row> {
    let map = Mapping::parse("map.toml", map).unwrap();
    let options = Options {
        map: Some(&map),
        ..Options::default()
    };
    let records = open(kind, name, bytes, &options).unwrap();
    records.map(Result::unwrap).collect()
}

/// The error of a file that cannot be read at all.
pub fn refused(kind: RecordKind, name: &str, bytes: impl Into<Vec<u8>>) -> String {
    match open(kind, name, bytes, &Options::default()) {
        Ok(_) => panic!("{name} is read"),
        Err(error) => error.to_string(),
    }
}

/// The error of a map, alone or together with a file of revenues.
pub fn refused_map(map: &str, bytes: &str) -> String {
    let map = match Mapping::parse("map.toml", map) {
        Ok(map) => map,
        Err(error) => return error.to_string(),
    };
    let options = Options {
        map: Some(&map),
        ..Options::default()
    };
    match open(RecordKind::Revenues, "a.csv", bytes, &options) {
        Ok(_) => panic!("the map fits"),
        Err(error) => error.to_string(),
    }
}

/// The record of a row that is accepted.
pub fn record(row: &Row) -> Value {
    match &row.record {
        Ok(record) => Value::Object(record.clone()),
        Err(problems) => panic!("line {} is rejected: {problems:#?}", row.line),
    }
}

/// The problems of a row that is rejected.
pub fn problems(row: &Row) -> &[RowProblem] {
    match &row.record {
        Ok(record) => panic!("line {} is accepted: {record:?}", row.line),
        Err(problems) => problems,
    }
}

/// The problems of a row as `field column code: detail`.
pub fn sentences(row: &Row) -> Vec<String> {
    let sentence = |problem: &RowProblem| {
        let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_owned());
        let (field, column) = (part(&problem.field), part(&problem.column));
        format!("{field} {column} {}: {}", problem.code, problem.detail)
    };
    problems(row).iter().map(sentence).collect()
}

/// Options for records that are only updated.
pub fn updates() -> Options<'static> {
    Options {
        operation: UpsertMode::UpdateOnly,
        ..Options::default()
    }
}
