//! Insertions of revenues, whose calls may fail as a whole, and whose values may be anything.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::Api;
use crate::statements::{BATCH, outcome, row};
use crate::wire::Fault;

/// The call that inserts revenues.
const INSERT: &str = "BatchExecuteStatement";
/// The call that reads those that exist.
const READ: &str = "BatchGetItem";
/// More attempts than any request makes.
const ALWAYS: usize = 1_000_000;

/// Sends a batch of 100 revenues while so many calls of an operation meet a fault, and returns how
/// often which outcome is there.
async fn send(
    api: &Api,
    operation: &'static str,
    fault: Fault,
    calls: usize,
) -> Vec<(String, usize)> {
    let rows: Vec<Value> = (0..100).map(|index| row(&format!("r{index}"))).collect();
    api.wire.only(operation);
    api.wire.next(fault, calls);
    let sent = api.post(BATCH, json!({"records": rows})).await.expect(200);
    api.wire.next(fault, 0);
    let mut outcomes = BTreeMap::new();
    for result in sent["data"].as_array().unwrap() {
        *outcomes.entry(outcome(result).to_owned()).or_default() += 1;
    }
    outcomes.into_iter().collect()
}

fn all(outcome: &str) -> Vec<(String, usize)> {
    vec![(outcome.to_owned(), 100)]
}

#[tokio::test]
async fn a_call_that_fails_as_a_whole_fails_alone() {
    let api = Api::start_uncounted().await;
    let throttled = send(&api, INSERT, Fault::Throttled, ALWAYS).await;
    assert_eq!(throttled, all("unavailable"));
    let denied = send(&api, INSERT, Fault::Denied, 1).await;
    let one_of_four = [
        ("created".to_owned(), 75),
        ("internal_error".to_owned(), 25),
    ];
    assert_eq!(denied, one_of_four);
    let throttled = send(&api, INSERT, Fault::Throttled, 1).await;
    let rest = [
        ("created".to_owned(), 25),
        ("skipped_duplicate".to_owned(), 75),
    ];
    assert_eq!(throttled, rest);
}

#[tokio::test]
async fn calls_without_an_answer_are_known_by_what_they_stored() {
    let api = Api::start_uncounted().await;
    let sent = send(&api, INSERT, Fault::LostAnswer, ALWAYS).await;
    assert_eq!(sent, all("created"), "all have the nonce of this request");
    let again = send(&api, INSERT, Fault::LostAnswer, ALWAYS).await;
    assert_eq!(again, all("skipped_duplicate"), "all have another nonce");
    let other = Api::start_uncounted().await;
    let sent = send(&other, INSERT, Fault::LostAnswer, 3).await;
    assert_eq!(
        sent,
        all("created"),
        "a further attempt meets the first one"
    );
}

#[tokio::test]
async fn a_known_revenue_that_cannot_be_read_can_be_sent_again() {
    let api = Api::start_uncounted().await;
    assert_eq!(send(&api, READ, Fault::Throttled, 0).await, all("created"));
    let sent = send(&api, READ, Fault::Throttled, ALWAYS).await;
    assert_eq!(sent, all("unavailable"));
    let again = send(&api, READ, Fault::Unprocessed, 2).await;
    assert_eq!(again, all("skipped_duplicate"));
}

/// One invalid statement could take others with it.
#[tokio::test]
async fn no_value_makes_a_statement_invalid() {
    let api = Api::start().await;
    let texts = [
        "?",
        "'",
        "\"}",
        "', ?}; DELETE",
        "\u{1f980}",
        "$x",
        "\u{10ffff}",
    ];
    let numbers = [
        "18446744073709551615",
        "-9223372036854775808",
        "9007199254740993e0",
        "1e27",
        "-1e-28",
        "0.1",
        "123456789.125",
    ];
    let metadata = |name: &str| {
        let number = |text: &&str| serde_json::from_str::<Value>(text).unwrap();
        let numbers = numbers.iter().map(number).enumerate();
        let mut object: serde_json::Map<String, Value> = numbers
            .map(|(index, number)| (format!("{name}{index}"), number))
            .collect();
        let longest_key = name.repeat(64 / name.chars().count());
        object.insert(longest_key, json!(name.repeat(500)));
        Value::Object(object)
    };
    let mut rows: Vec<Value> = Vec::new();
    for text in texts {
        let mut row = row(&text.repeat(255 / text.chars().count()));
        row["metadata"] = metadata(text);
        row["external_product_identifier"] = json!(text);
        row["amount"] = json!("999999999999999.999");
        rows.push(row);
    }
    let records = json!({"records": rows});
    for status in ["created", "skipped_duplicate"] {
        let sent = api.post(BATCH, records.clone()).await.expect(200);
        assert_eq!(sent["meta"][status], json!(texts.len()), "{sent:#}");
        assert_eq!(sent["meta"]["duplicate_conflicts"], json!(0));
    }
}
