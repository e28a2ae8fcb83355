//! Files that are broken or meant to break something.

use client::check::Options;
use client::kind::RecordKind::Revenues;
use client::rows::ROW_BYTES_MAX;

use super::support::{SALE, open, problems, record, refused, rows, sentences};

/// How many rows a file has up to the error that ends it.
fn ends(name: &str, bytes: impl Into<Vec<u8>>) -> (usize, String) {
    let mut records = open(Revenues, name, bytes, &Options::default()).unwrap();
    let mut count = 0;
    loop {
        match records.next() {
            Some(Ok(_)) => count += 1,
            Some(Err(error)) => {
                assert!(records.next().is_none(), "nothing follows an error");
                return (count, error.to_string());
            }
            None => panic!("{name} ends without an error after {count} rows"),
        }
    }
}

#[test]
fn an_empty_file_and_a_header_without_rows_differ() {
    assert!(refused(Revenues, "a.csv", "").contains("a.csv: is empty"));
    assert!(refused(Revenues, "a.csv", "\n\n").contains("is empty"));
    assert!(refused(Revenues, "a.json", " ").contains("is empty"));
    assert!(rows(Revenues, "a.csv", SALE.lines().next().unwrap()).is_empty());
    assert!(rows(Revenues, "a.ndjson", "").is_empty());
}

#[test]
fn utf_16_is_named() {
    let units: Vec<u8> = SALE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xff, 0xfe][..], &units].concat();
    for bytes in [units, marked] {
        let error = refused(Revenues, "a.csv", bytes);
        assert!(
            error.starts_with("a.csv: is UTF-16: save it as UTF-8"),
            "{error}"
        );
    }
}

#[test]
fn a_cell_that_is_not_utf_8_rejects_its_row_only() {
    let bytes = [
        SALE.as_bytes(),
        b"Gr\xf6\xdfe,sale,1,EUR,2026-05-31\n",
        b"b,sale,1,EUR,2026-05-31\n",
    ]
    .concat();
    let rows = rows(Revenues, "a.csv", bytes);
    assert_eq!(rows[1].line, 3);
    let [problem] = &sentences(&rows[1])[..] else {
        panic!("one problem: {rows:#?}");
    };
    assert_eq!(
        problem,
        "#/external_id external_id invalid_encoding: must be UTF-8, got \"Gr\u{fffd}\u{fffd}e\": save the file as UTF-8"
    );
    record(&rows[2]);
    let bytes = [b"{\"external_id\": \"\xf6\"}\n".as_slice(), b"{}\n"].concat();
    let rows = self::rows(Revenues, "a.ndjson", bytes);
    assert_eq!(problems(&rows[0])[0].code, "invalid_encoding");
}

#[test]
fn a_row_with_too_few_or_too_many_cells_is_rejected() {
    let rows = rows(
        Revenues,
        "a.csv",
        format!(
            "{SALE}a,sale\nb,sale,1,EUR,2026-05-31,more\n{}",
            &SALE[45..]
        ),
    );
    let found = [sentences(&rows[1]), sentences(&rows[2])].concat();
    assert_eq!(
        found,
        [
            "- - cell_count: must have 5 cells, as the header has, got 2",
            "- - cell_count: must have 5 cells, as the header has, got 6",
        ]
    );
    record(&rows[3]);
}

#[test]
fn a_nul_is_a_problem_of_its_field() {
    let rows = rows(Revenues, "a.csv", SALE.replace("order-1", "order\0"));
    let [problem] = problems(&rows[0]) else {
        panic!("one problem: {rows:#?}");
    };
    assert_eq!(
        (problem.field.as_deref(), problem.code),
        (Some("#/external_id"), "invalid_format")
    );
    assert!(
        problem.detail.ends_with("got \"order\\u0000\""),
        "{}",
        problem.detail
    );
}

#[test]
fn a_record_that_does_not_end_is_not_read_into_memory() {
    let huge = "x".repeat(ROW_BYTES_MAX as usize * 3);
    let (rows, error) = ends("a.csv", format!("{SALE}\"{huge}"));
    assert_eq!(rows, 1);
    assert!(
        error.starts_with("a.csv:3: the record that begins here has more than 1048576 bytes"),
        "{error}"
    );
    let (rows, error) = ends("a.ndjson", format!("{{}}\n{{\"a\": \"{huge}\"}}\n"));
    assert_eq!(
        (rows, &*error),
        (1, "a.ndjson:2: the line has more than 1048576 bytes")
    );
    let (rows, error) = ends("a.json", format!("[{{}},\n{{\"a\": \"{huge}\"}}]"));
    assert_eq!(
        (rows, &*error),
        (1, "a.json:2: a record has more than 1048576 bytes")
    );
}

#[test]
fn an_open_quotation_mark_does_not_swallow_the_rest_of_the_file() {
    let (rows, error) = ends(
        "a.csv",
        format!("{SALE}\"b,sale,1,EUR,2026-05-31\nc,sale,1,EUR,2026-05-31\n"),
    );
    assert_eq!(
        (rows, &*error),
        (
            1,
            "a.csv:3: a quotation mark in this record is never closed"
        )
    );
}

#[test]
fn broken_json_ends_the_file_and_a_broken_line_only_itself() {
    let cases = [
        (
            "[{}",
            1,
            "a.json:1: the list is not closed: is the file complete?",
        ),
        (
            "[{} {}]",
            1,
            "a.json:1: expected a comma or the end of the list",
        ),
        ("[{},\n]", 1, "a.json:2: expected a record"),
        (
            "[{}] []",
            1,
            "a.json:1: expected the end of the file after the list",
        ),
        (
            "[{}, {\"a\": ",
            1,
            "a.json:1: the file ends within a record: is it complete?",
        ),
        (
            "{\"records\": [{}], \"operation\": 1}",
            1,
            "a.json:1: \"records\" must be the only member of the object",
        ),
    ];
    for (text, rows, expected) in cases {
        assert_eq!(ends("a.json", text), (rows, expected.to_owned()), "{text}");
    }
    assert!(refused(Revenues, "a.json", "{\"data\": []}").contains("got the member \"data\""));
    assert!(refused(Revenues, "a.json", "7").contains("must be a list of records"));
    let rows = rows(
        Revenues,
        "a.ndjson",
        "{\"type\": }\n7\n{\"type\": \"sale\", \"type\": \"sale\"}\n",
    );
    let codes: Vec<_> = rows.iter().map(|row| problems(row)[0].code).collect();
    assert_eq!(codes, ["malformed_json", "invalid_type", "duplicate"]);
}
