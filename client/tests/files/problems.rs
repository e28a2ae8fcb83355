//! What is wrong with records: the same problems as in answers of the API, with their columns.

use client::kind::RecordKind::{Payees, Products, Revenues, Rules};

use super::support::{open, record, rows, sentences, updates};

const HEADER: &str =
    "external_id,type,amount,currency,occurred_at,original_external_id,metadata.a/b";

#[test]
fn every_problem_of_a_row_is_reported_with_its_column() {
    let text = format!(
        "{HEADER}\n\"a\u{1}\",refund,5,EURO,31.05.2026,,{}\n",
        "x".repeat(9000)
    );
    let rows = rows(Revenues, "a.csv", text);
    let found = sentences(&rows[0]);
    let places: Vec<_> = found
        .iter()
        .map(|problem| problem.split(':').next().unwrap())
        .collect();
    let expected = [
        "#/external_id external_id invalid_format",
        "#/currency currency invalid_value",
        "#/occurred_at occurred_at invalid_format",
        "#/metadata - too_long",
        "#/amount amount out_of_range",
    ];
    assert_eq!(places, expected);
    assert_eq!(
        found[4],
        "#/amount amount out_of_range: must be below zero for a refund, got \"5\""
    );
}

#[test]
fn what_needs_several_fields_is_checked_too() {
    let row = |cells: &str| rows(Revenues, "a.csv", format!("{HEADER}\n{cells}\n")).remove(0);
    let problem = |cells: &str| sentences(&row(cells)).join(" + ");
    assert!(
        problem("a,sale,0,EUR,2026-05-31,,")
            .starts_with("#/amount amount out_of_range: must be above zero")
    );
    assert!(problem("a,adjustment,0,EUR,2026-05-31,,").contains("above or below zero"));
    assert!(
        problem("a,refund,-1,EUR,2026-05-31,a,")
            .starts_with("#/original_external_id original_external_id")
    );
    assert!(problem("a,sale,1,EUR,1969-12-31,,").contains("must be 1970-01-01 or later"));
    assert_eq!(
        problem("a,,,EUR,2026-05-31,,"),
        "#/type type required: is required + #/amount amount required: is required"
    );
    assert_eq!(
        record(&row("a,refund,-1,EUR,2026-05-31,b,x"))["metadata"]["a/b"],
        "x"
    );
}

#[test]
fn the_pointer_of_a_nested_problem_leads_to_its_column() {
    let text = "external_id,name,tags\na,A,x;y;x\n";
    let found = sentences(&rows(Products, "a.csv", text)[0]);
    assert_eq!(
        found,
        ["#/tags/2 tags duplicate: duplicates the value at index 0"]
    );
    let text = format!("external_id,name,metadata.{}\na,A,x\n", "k/".repeat(33));
    let found = sentences(&rows(Products, "a.csv", text)[0]);
    assert!(found[0].contains(" metadata.k/k/"), "{found:?}");
}

#[test]
fn rules_are_checked_without_knowing_the_payees() {
    let rule = |allocations: &str| {
        let text = format!("external_id,name,allocations\nr,R,{allocations}\n");
        rows(Rules, "a.csv", text).remove(0)
    };
    record(&rule("a=60;b=40"));
    let above = sentences(&rule("a=60;b=41"));
    assert_eq!(
        above,
        [
            "#/allocations allocations out_of_range: the percentages must add to at most 100, got 101"
        ]
    );
    let twice = sentences(&rule("a=1;a=2"));
    let expected =
        "#/allocations/1/payee_external_id allocations duplicate: duplicates the payee at index 0";
    assert_eq!(twice, [expected]);
    let both = r#""[{""payee_id"":""01a217c3-441e-75e1-881a-111654341d9c"",""payee_external_id"":""a"",""percentage"":1}]""#;
    record(&rule(both));
    let none = sentences(&rule("[]"));
    assert!(
        none[0].starts_with("#/allocations allocations too_few"),
        "{none:?}"
    );
}

#[test]
fn records_that_are_upserted_need_their_external_id_and_a_version_that_is_one() {
    let text = r#"[{"name": "A"}, {"external_id": null, "name": "A"}, {"external_id": "a", "name": "A", "version": 0},
                   {"external_id": "a", "name": "A", "version": 1, "operation": "create_only"},
                   {"external_id": "a", "operation": "delete"}, {"external_id": "a", "operation": "update_only"}]"#;
    let rows = rows(Payees, "a.json", text);
    assert_eq!(
        sentences(&rows[0]),
        ["#/external_id - required: is required: it names the record"]
    );
    assert_eq!(
        sentences(&rows[1]),
        ["#/external_id - not_nullable: must not be null: it names the record"]
    );
    assert!(sentences(&rows[2])[0].starts_with("#/version - invalid_type"));
    record(&rows[3]);
    let found = sentences(&rows[4]);
    assert!(
        found[0].starts_with("#/operation - invalid_value: must be one of"),
        "{found:?}"
    );
    assert_eq!(
        found.len(),
        1,
        "nothing that only a create requires: {found:?}"
    );
    record(&rows[5]);
}

#[test]
fn an_update_is_checked_only_for_what_it_has() {
    let rows = |text: &str| -> Vec<_> {
        let records = open(Rules, "a.json", text, &updates()).unwrap();
        records.map(Result::unwrap).collect()
    };
    let found = rows(
        r#"[{"external_id": "r", "accumulation": "year"},
            {"external_id": "r", "allocations": [{"payee_external_id": "a", "tiers": [{"up_to": null, "percentage": 5}]}]},
            {"external_id": "r", "allocation_type": "flat", "accumulation": "year"},
            {"external_id": "r", "status": "on"}]"#,
    );
    record(&found[0]);
    record(&found[1]);
    assert!(sentences(&found[2])[0].starts_with("#/accumulation - invalid_value"));
    assert!(sentences(&found[3])[0].starts_with("#/status - invalid_value"));
}

#[test]
fn json_rows_have_every_problem_of_their_text() {
    let text = r#"[{"external_id": "a", "type": "sale", "amount": 1.5, "currency": "EUR", "occurred_at": "2026-05-31", "x": 1},
                   {"a": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}, "\ud83d"]"#;
    let rows = rows(Revenues, "a.json", text);
    assert!(sentences(&rows[0])[0].starts_with("#/x - unknown_field: is not a known field"));
    assert!(sentences(&rows[1])[0].contains("nested at most"));
    assert!(sentences(&rows[2])[0].contains("Unicode"));
}

#[test]
fn a_rule_that_is_too_large_for_an_answer_is_refused() {
    let tier = |number: u32| format!(r#"{{"up_to": {number}, "percentage": 1}},"#);
    let tiers: String = (1..50).map(tier).collect();
    let allocation = |payee: u32| {
        format!(
            r#"{{"payee_external_id": "{payee}", "tiers": [{tiers} {{"up_to": null, "percentage": 1}}]}}"#
        )
    };
    let rule = |payees: u32| {
        let allocations: Vec<_> = (0..payees).map(allocation).collect();
        let allocations = allocations.join(",");
        format!(
            r#"[{{"external_id": "r", "name": "R", "allocation_type": "tiered", "allocations": [{allocations}]}}]"#
        )
    };
    record(&rows(Rules, "a.json", rule(10))[0]);
    let large = sentences(&rows(Rules, "a.json", rule(100))[0]);
    assert!(
        large[0].starts_with("# - too_long: the record must have at most 57344 bytes"),
        "{large:?}"
    );
}
