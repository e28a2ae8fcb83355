//! Files that cannot be read to their end.

use std::io::{self, Cursor, Read, Write};

use client::check::{Options, Records};
use client::kind::RecordKind::Revenues;
use client::rows::{FileError, Input};
use flate2::Compression;
use flate2::write::GzEncoder;

/// The code of an error of a disk.
const EIO: i32 = 5;
/// So many rows are more than what is looked at first.
const ROWS: usize = 20_000;

/// Fails when everything was read.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::from_raw_os_error(EIO))
    }
}

fn zipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// External ids that cannot be compressed much.
fn ids() -> impl Iterator<Item = u64> {
    (0..ROWS as u64).map(|row| row.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn csv() -> String {
    let rows = ids().map(|id| format!("{id},sale,1,EUR,2026-05-31\n"));
    let header = "external_id,type,amount,currency,occurred_at\n".to_owned();
    std::iter::once(header).chain(rows).collect()
}

fn ndjson() -> String {
    let rest = r#""type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-05-31""#;
    let rows = ids().map(|id| format!("{{\"external_id\": \"{id}\", {rest}}}\n"));
    rows.collect()
}

fn json() -> String {
    format!("[{}", ndjson().trim_end().replace('\n', ",\n"))
}

/// The rows before the error, and the error.
fn broken(name: &str, bytes: impl Read + Send + 'static) -> (usize, FileError) {
    let input = Input::new(name, bytes).unwrap();
    let mut records = Records::read(Revenues, input, &Options::default()).unwrap();
    let mut rows = 0;
    loop {
        match records.next() {
            Some(Ok(_)) => rows += 1,
            Some(Err(error)) => {
                assert!(records.next().is_none(), "{name}: nothing follows an error");
                return (rows, error);
            }
            None => panic!("{name} is read to its end"),
        }
    }
}

#[test]
fn an_error_of_the_system_is_one() {
    for (name, text) in [("a.csv", csv()), ("a.json", json()), ("a.ndjson", ndjson())] {
        for bytes in [text.clone().into_bytes(), zipped(&text)] {
            let (rows, error) = broken(name, Cursor::new(bytes).chain(Failing));
            assert!(error.is_io, "{name}: {error}");
            assert!(rows > 0, "{name}: {error}");
        }
    }
}

/// All of it is looked at to detect the format.
#[test]
fn a_small_file_is_read_up_to_the_error() {
    let text: String = csv().split_inclusive('\n').take(1 + 100).collect();
    let bytes = zipped(&text);
    let (rows, error) = broken("a.csv.gz", Cursor::new(bytes[..bytes.len() - 10].to_vec()));
    assert!(error.detail.contains("gzip data ends too early"), "{error}");
    assert!(!error.is_io && rows > 50, "{rows}");
    for bytes in [text.clone().into_bytes(), bytes] {
        let (rows, error) = broken("a.csv", Cursor::new(bytes).chain(Failing));
        assert!(error.is_io, "{error}");
        assert_eq!(rows, 100, "{error}");
    }
}

#[test]
fn a_file_that_is_wrong_is_no_error_of_the_system() {
    let without_end = |mut bytes: Vec<u8>| {
        bytes.truncate(bytes.len() - 10);
        bytes
    };
    let damaged = |mut bytes: Vec<u8>| {
        let half = bytes.len() / 2;
        bytes[half..half + 100].fill(0);
        bytes
    };
    let long = "x".repeat(2 * 1024 * 1024);
    let csv_bytes = |more: &str| format!("{}{more}", csv()).into_bytes();
    let cases = [
        (
            "a.csv.gz",
            without_end(zipped(&csv())),
            "gzip data ends too early",
        ),
        ("a.csv.gz", damaged(zipped(&csv())), "gzip data is damaged"),
        (
            "a.json.gz",
            without_end(zipped(&json())),
            "gzip data ends too early",
        ),
        (
            "a.ndjson.gz",
            without_end(zipped(&ndjson())),
            "gzip data ends too early",
        ),
        ("a.csv", csv_bytes("\"a,sale\n"), "quotation mark"),
        ("a.csv", csv_bytes(&long), "has more than"),
        ("a.json", json().into_bytes(), "the list is not closed"),
        (
            "a.json",
            without_end(json().into_bytes()),
            "ends within a record",
        ),
        (
            "a.json",
            format!("{}] 1", json()).into_bytes(),
            "expected the end",
        ),
        (
            "a.ndjson",
            format!("{}{long}", ndjson()).into_bytes(),
            "has more than",
        ),
    ];
    for (name, bytes, expected) in cases {
        let (rows, error) = broken(name, Cursor::new(bytes));
        assert!(error.detail.contains(expected), "{name}: {error}");
        assert!(!error.is_io, "{name}: {error}");
        assert!(rows > ROWS / 4, "{name}: {rows}");
    }
}
