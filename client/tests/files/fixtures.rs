//! The records that the tests of the API send: the check finds the same problems in them, but for
//! references.

use client::check::problems_of;
use client::kind::RecordKind;
use domain::upsert::UpsertMode;
use serde_json::{Map, Value};

/// What the fixtures call by a name.
const PLACEHOLDERS: [(&str, &str); 5] = [
    ("{payee_1}", "01a217c3-441e-75e1-881a-111654341d9c"),
    ("{payee_2}", "01a217c3-441e-75e1-881a-111654341d9d"),
    ("{payee_2_external_id}", "partner-2"),
    ("{source_1}", "01a217c3-438e-73e5-90ec-efa2db55d7b9"),
    ("{source_2}", "01a217c3-438e-73e5-90ec-efa2db55d7ba"),
];

fn fixture(kind: RecordKind) -> Value {
    let path = format!(
        "{}/../tests/fixtures/{kind}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut text = std::fs::read_to_string(path).unwrap();
    for (name, value) in PLACEHOLDERS {
        text = text.replace(name, value);
    }
    serde_json::from_str(&text).unwrap()
}

/// The smallest record with other fields, as an upsert sends it.
fn record(fixture: &Value, fields: &Value) -> Map<String, Value> {
    let mut record = fixture["minimal"].as_object().unwrap().clone();
    record.insert("external_id".to_owned(), "x-1".into());
    record.extend(fields.as_object().unwrap().clone());
    record
}

/// The places and codes of the problems of a record.
fn found(kind: RecordKind, record: &Map<String, Value>) -> Vec<(String, &'static str)> {
    let problems = problems_of(kind, record, UpsertMode::default());
    let problems = problems.as_slice().iter();
    problems
        .map(|problem| (problem.pointer.clone(), problem.code.into()))
        .collect()
}

/// Whether a problem may only be seen in the table: a reference to nothing, or to a payee by its id
/// and by its external id.
fn may_need_the_table((at, code): &(String, String)) -> bool {
    code == "not_found" || at.ends_with("/payee_external_id") || at.ends_with("/payee_id")
}

#[test]
fn the_check_finds_what_the_api_finds_without_looking_anything_up() {
    let mut compared = 0;
    for kind in RecordKind::ALL {
        let fixture = fixture(kind);
        for case in fixture["invalid"].as_array().unwrap() {
            let record = record(&fixture, &case["fields"]);
            let mut missed: Vec<(String, String)> =
                serde_json::from_value(case["problems"].clone()).unwrap();
            for (at, code) in found(kind, &record) {
                let known = missed
                    .iter()
                    .position(|problem| *problem == (at.clone(), code.into()));
                let known =
                    known.unwrap_or_else(|| panic!("{kind}: {at} {code}: {}", case["fields"]));
                missed.remove(known);
                compared += 1;
            }
            missed.retain(|problem| !may_need_the_table(problem));
            assert_eq!(missed, [], "{kind}: {}", case["fields"]);
        }
    }
    assert!(compared > 100, "{compared} problems");
}

#[test]
fn the_check_accepts_what_the_api_accepts() {
    for kind in RecordKind::ALL {
        let fixture = fixture(kind);
        let full = record(&fixture, &fixture["full"]);
        assert_eq!(found(kind, &full), [], "{kind}");
        for case in fixture["valid"].as_array().unwrap() {
            let record = record(&fixture, &case["fields"]);
            assert_eq!(found(kind, &record), [], "{kind}: {}", case["fields"]);
        }
    }
}
