//! Rows of every format, each with its line.

use client::check::Options;
use client::kind::RecordKind::{Payees, Products, Revenues, Rules};
use client::rows::{Format, Layout};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write;

use super::support::{SALE, open, record, refused, rows};

const EXPECTED: [&str; 5] = ["order-1", "sale", "249.00", "EUR", "2026-05-31"];

fn is_the_sale(name: &str, bytes: impl Into<Vec<u8>>) {
    let rows = rows(Revenues, name, bytes);
    assert_eq!(rows.len(), 1, "{name}");
    let record = record(&rows[0]);
    let values: Vec<_> = ["external_id", "type", "amount", "currency", "occurred_at"]
        .iter()
        .map(|field| record[field].as_str().unwrap())
        .collect();
    assert_eq!(values, EXPECTED, "{name}");
}

#[test]
fn a_csv_file_is_read_with_any_delimiter_mark_and_line_end() {
    is_the_sale("a.csv", SALE);
    for delimiter in [";", "\t", "|"] {
        is_the_sale("a.csv", SALE.replace(',', delimiter));
    }
    is_the_sale("a.csv", format!("\u{feff}{SALE}"));
    is_the_sale("a.csv", SALE.replace('\n', "\r\n"));
    is_the_sale("a.csv", SALE.trim_end());
    is_the_sale("a.csv", SALE.replace("\norder", "\n\n\r\norder"));
    is_the_sale("standard input", SALE);
    let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
    zipped.write_all(SALE.as_bytes()).unwrap();
    is_the_sale("a.csv.gz", zipped.finish().unwrap());
}

/// What Excel writes and reads, so that it need not guess.
#[test]
fn a_first_line_that_names_the_delimiter_is_no_row() {
    for (line, delimiter) in [
        ("sep=;\n", ";"),
        ("SEP=;\r\n", ";"),
        ("sep=,\n", ","),
        ("sep=\t\n", "\t"),
    ] {
        let text = format!("{line}{}", SALE.replace(',', delimiter));
        is_the_sale("a.csv", text.clone());
        is_the_sale("standard input", format!("\u{feff}{text}"));
        assert_eq!(rows(Revenues, "a.csv", text)[0].line, 3);
    }
    // It names one that the header has, among others.
    let text = "sep=;\nexternal_id;type;amount;currency;occurred_at;metadata.a|b\n\
                order-1;sale;249.00;EUR;2026-05-31;\n";
    is_the_sale("a.csv", text);
}

#[test]
fn json_and_ndjson_are_read_as_lists_and_lines() {
    let sale = r#"{"external_id": "order-1", "type": "sale", "amount": "249.00",
                   "currency": "EUR", "occurred_at": "2026-05-31"}"#;
    is_the_sale("a.json", format!("[{sale}]"));
    is_the_sale(
        "a.json",
        format!("\u{feff} {{ \"records\" : [ {sale} ] }}\n"),
    );
    let line = sale.replace('\n', "");
    is_the_sale("a.ndjson", format!("\n{line}\r\n\n"));
    is_the_sale("a.jsonl", line.clone());
    is_the_sale("standard input", line);
    is_the_sale("standard input", format!("[{sale}]"));
    is_the_sale("standard input", format!("{{\"records\": [{sale}]}}"));
    assert!(rows(Revenues, "a.json", "[]").is_empty());
    assert!(rows(Revenues, "a.json", "{\"records\": []}").is_empty());
}

#[test]
fn each_row_has_the_line_on_which_it_begins() {
    for end in ["\n", "\r\n"] {
        let text = [
            "external_id,name,hold_reason",
            "a,A,",
            "",
            "b,B,\"two\nlines\"",
            "c,C,x",
            "",
        ];
        let rows = rows(Payees, "a.csv", text.join(end));
        let lines: Vec<_> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 4, 6], "{end:?}");
        assert_eq!(record(&rows[1])["hold_reason"], "two\nlines");
    }
    let json = "[\n {\"external_id\": \"a\",\n  \"name\": \"A\"},\n {\"external_id\": \"b\", \"name\": \"B\"}]";
    let lines: Vec<_> = rows(Payees, "a.json", json)
        .iter()
        .map(|row| row.line)
        .collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn cells_become_values_of_the_fields_type() {
    let payees = "external_id,name,on_hold,hold_until,payout_threshold,metadata.team,metadata.note\n\
                  a,A,TRUE,2026-12-31,50.5,partners,\n";
    let expected = json!({
        "external_id": "a", "name": "A", "on_hold": true, "hold_until": "2026-12-31", "payout_threshold": "50.5",
        "metadata": {"team": "partners"},
    });
    assert_eq!(record(&rows(Payees, "a.csv", payees)[0]), expected);
    let products = "external_id;name;tags\na;A;\n";
    assert_eq!(
        record(&rows(Products, "a.csv", products)[0]),
        json!({"external_id": "a", "name": "A"})
    );
    let products = "external_id,name,tags\na,A,pro; eu\n";
    assert_eq!(
        record(&rows(Products, "a.csv", products)[0])["tags"],
        json!(["pro", "eu"])
    );
    let rules = "external_id,name,priority,allocations,match.currencies,match.metadata.level\n\
                 r,R,7,partner-1=20;partner-2=5.5,EUR;USD,2\n";
    let expected = json!({
        "external_id": "r", "name": "R", "priority": 7,
        "allocations": [
            {"payee_external_id": "partner-1", "percentage": "20"},
            {"payee_external_id": "partner-2", "percentage": "5.5"},
        ],
        "match": {"currencies": ["EUR", "USD"], "metadata": {"level": "2"}},
    });
    assert_eq!(record(&rows(Rules, "a.csv", rules)[0]), expected);
}

#[test]
fn an_empty_metadata_column_clears_the_key() {
    let payees = "external_id,name,metadata.team\na,A,\n";
    assert_eq!(
        record(&rows(Payees, "a.csv", payees)[0])["metadata"],
        json!({})
    );
}

#[test]
fn a_header_that_loses_or_doubles_a_column_is_refused() {
    let file = |header: &str| refused(Revenues, "a.csv", format!("{header}\n"));
    assert_eq!(
        file("type,amount,type"),
        "a.csv:1: columns 1 and 3 are both named \"type\""
    );
    assert_eq!(
        file("type,,amount"),
        "a.csv:1: column 2 has no name: name it, or remove it"
    );
    let unknown = file("type,amuont");
    let expected = "a.csv: column \"amuont\" is not a known field; did you mean \"amount\"?";
    assert!(unknown.starts_with(expected), "{unknown}");
    assert!(file("amount.gross,type").contains("\"amount.gross\""));
}

#[test]
fn a_delimiter_is_detected_only_if_one_is_possible() {
    let error = refused(Revenues, "a.csv", "type;amount,currency\n");
    assert!(
        error.starts_with("a.csv:1: the header has several characters"),
        "{error}"
    );
    let quoted = "\"external_id\";name;\"metadata.a,b\"\nx;X;y\n";
    assert_eq!(
        record(&rows(Payees, "a.csv", quoted)[0])["metadata"],
        json!({"a,b": "y"})
    );
    let layout = Layout {
        delimiter: Some(b'^'),
        format: Some(Format::Csv),
        ..Layout::default()
    };
    let options = Options {
        layout: Some(&layout),
        ..Options::default()
    };
    let text = SALE.replace(',', "^");
    let row = open(Revenues, "a.json", text, &options)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(record(&row)["amount"], "249.00");
}

#[test]
fn what_an_export_has_can_be_read_back() {
    let payees = "id,external_id,name,version,created_at,updated_at\n\
                  01a217c3-441e-75e1-881a-111654341d9c,a,A,3,2026-11-26T12:10:02+00:00,2026-11-26T12:10:02+00:00\n";
    assert_eq!(
        record(&rows(Payees, "a.csv", payees)[0])["version"],
        json!(3)
    );
}
