//! The payees of a preview as CSV, read back.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{flat, may, sale, with};

const CSV: &str = "text/csv; charset=utf-8";
const HEADER: [&str; 6] = [
    "payee_external_id",
    "payee_id",
    "currency",
    "earned",
    "amount_due",
    "outcome",
];

/// The rows of a CSV, each by the names of its columns.
fn read(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), &HEADER[..]);
    reader.deserialize().map(Result::unwrap).collect()
}

/// What the CSV has of the payees of a JSON answer.
fn expected(payees: &Value) -> Vec<BTreeMap<String, String>> {
    let row = |row: &Value| {
        let names = [
            "payee_external_id",
            "payee_id",
            "currency",
            "earned",
            "due",
            "outcome",
        ];
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let values = names.map(text);
        HEADER
            .iter()
            .map(|name| (*name).to_owned())
            .zip(values)
            .collect()
    };
    payees.as_array().unwrap().iter().map(row).collect()
}

/// Payees with external ids that CSV must quote, and one without; all of them earn.
async fn fill(api: &Api) -> Vec<Value> {
    let names = [
        "a,b",
        "say \"hi\"",
        "\"",
        "zwölf 十二 🎉",
        "=1+1",
        " spaces ",
        "';\\\"",
        "p-1",
    ];
    let mut payees = Vec::new();
    for name in names {
        payees.push(api.payee_named(name).await);
    }
    payees.push(json!(api.payee().await));
    let allocations: Vec<Value> = payees.iter().map(|payee| flat(payee, "1.0001")).collect();
    api.rule("r", json!({"allocations": allocations})).await;
    let yen = with(sale("b", "999", "2026-05-02"), json!({"currency": "JPY"}));
    api.sell(&[sale("a", "100.01", "2026-05-02"), yen]).await;
    payees
}

#[tokio::test]
async fn the_csv_has_the_payees_of_the_json() {
    let api = Api::start().await;
    let payees = fill(&api).await;
    let (content_type, text) = api.preview_as("text/csv", may()).await;
    assert_eq!(content_type, CSV);
    let json = api.preview_may(json!({})).await;
    let rows = read(&text);
    assert_eq!(rows, expected(&json["payees"]));
    assert_eq!(rows.len(), 2 * payees.len());
    assert!(
        text.ends_with("\r\n") && text.lines().count() == rows.len() + 1,
        "{text}"
    );
}

#[tokio::test]
async fn the_csv_is_narrowed_and_computed_with_changed_rules_too() {
    let api = Api::start().await;
    let payees = fill(&api).await;
    let rule = api.get("/api/v1/rules?external_id=r").await.expect(200)["data"][0]["id"].clone();
    let body = json!({"payee_id": payees[0],
        "rules": [{"id": rule, "allocations": [flat(&payees[0], "50")]}]});
    let (_, text) = api.preview_as("text/csv", with(may(), body.clone())).await;
    let rows = read(&text);
    assert_eq!(rows, expected(&api.preview_may(body).await["payees"]));
    let figures: Vec<[&str; 3]> = rows
        .iter()
        .map(|row| ["payee_external_id", "earned", "amount_due"].map(|name| row[name].as_str()))
        .collect();
    assert_eq!(
        figures,
        [["a,b", "50.005", "50.00"], ["a,b", "499.500", "499"]]
    );
}

#[tokio::test]
async fn nobody_is_a_header_alone() {
    let api = Api::start().await;
    let (_, text) = api.preview_as("text/csv", may()).await;
    assert_eq!(text, format!("{}\r\n", HEADER.join(",")));
}

#[tokio::test]
async fn csv_is_asked_for_by_name() {
    let api = Api::start().await;
    for accept in [
        "text/csv",
        "TEXT/CSV",
        "text/csv; charset=utf-8",
        "application/json;q=0.5, text/csv",
        "application/json, text/csv",
        "text/csv;q=0.9, application/json; q=0.8",
        "*/*;q=0.1, text/csv;q=0.2",
    ] {
        let (content_type, _) = api.preview_as(accept, may()).await;
        assert_eq!(content_type, CSV, "{accept}");
    }
    for accept in [
        "*/*",
        "text/*",
        "application/json",
        "text/csvx",
        "text/csv;q=0.5, application/json",
        "text/csv;q=0",
        "application/json, text/csv;q=0.0",
        "application/csv",
    ] {
        let (content_type, _) = api.preview_as(accept, may()).await;
        assert_eq!(content_type, "application/json", "{accept}");
    }
}

#[tokio::test]
async fn problems_are_json_whatever_is_accepted() {
    let api = Api::start().await;
    let mut request = crate::harness::request(
        &api.key,
        http::Method::POST,
        crate::payouts_api::PREVIEW,
        &json!({"from": "2026-05-01"}),
    );
    request
        .headers_mut()
        .insert("accept", "text/csv".parse().unwrap());
    let problems = api.send(request).await.problems();
    assert_eq!(problems, [("#/to".to_owned(), "required".to_owned())]);
}
