//! No answer is larger than a Lambda function may return, whatever callers send.

use domain::filter::QueryReader;
use domain::payee::Payee;
use domain::resource::RECORD_BYTES_MAX;
use http::Method;
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use shared::auth::Read;
use shared::batch::{BatchItem, SentIds, Status, Written};
use shared::error::Failure;
use shared::http::{Answer, BatchMeta, Call, Entry, router};
use tower::ServiceExt;
use uuid::Uuid;

use crate::harness::{Api, request};

/// As many quotation marks as metadata may have next to numbers.
const QUOTES: usize = 3_780;
/// What Lambda accepts as the JSON of a response:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const RESPONSE_BYTES_MAX: usize = 6 * 1024 * 1024;
/// A batch of revenues of texts and numbers that grow: a quotation mark takes two bytes in the JSON
/// of the answer and four in that of the response.
fn batch(amount: u8, quotes: usize) -> Value {
    let big: Value = serde_json::from_str("1e19").unwrap();
    let revenue = |index: usize| {
        let quoted = |characters: usize| format!("{index}-{amount}{}", "\"".repeat(characters));
        let mut metadata: Map<String, Value> =
            (0..48).map(|key| (format!("{key}"), big.clone())).collect();
        metadata.insert(format!("k{amount}"), json!("\"".repeat(quotes)));
        json!({
            "external_id": format!("{index}{}", "\"".repeat(250)), "type": "adjustment", "amount": amount,
            "currency": "EUR", "occurred_at": format!("2026-01-0{amount}T10:00:00.123456Z"),
            "metadata": metadata, "external_product_identifier": quoted(250),
            "original_external_id": quoted(249),
        })
    };
    json!({"records": (0..100).map(revenue).collect::<Vec<_>>()})
}

/// The bytes of a body within the JSON of a Lambda response.
fn carried(body: &Value) -> usize {
    let text = Value::String(body.to_string()).to_string();
    text.len()
}

#[tokio::test]
async fn a_batch_of_differing_duplicates_fits_into_a_response() {
    let api = Api::start().await;
    let path = "/api/v1/revenues/batch";
    let created = api.post(path, batch(1, QUOTES)).await.expect(200);
    assert_eq!(
        created["meta"]["created"], 100,
        "{}",
        created["data"][0]["error"]["errors"]
    );
    let answer = api.post(path, batch(2, QUOTES)).await.expect(200);
    assert!(
        carried(&answer) < RESPONSE_BYTES_MAX,
        "{}",
        carried(&answer)
    );
    assert_eq!(answer["meta"]["duplicate_conflicts"], 100);
    for row in answer["data"].as_array().unwrap() {
        assert_eq!(row["data"]["amount"], "1.000", "nothing is left out");
        assert_eq!(row["differences"].as_array().unwrap().len(), 5, "{row}");
    }
}

#[tokio::test]
async fn a_batch_of_many_mistakes_fits_into_a_response() {
    let api = Api::start().await;
    // In a pointer, each byte of such a character takes three.
    let name = |index: usize| format!("{index:02}{}", "é".repeat(45));
    let record: serde_json::Map<String, Value> =
        (0..100).map(|index| (name(index), json!(1))).collect();
    let records = vec![record; 100];
    let path = "/api/v1/payees/batch";
    let answer = api
        .post(path, json!({"records": records}))
        .await
        .expect(200);
    assert!(
        carried(&answer) < RESPONSE_BYTES_MAX,
        "{}",
        carried(&answer)
    );
    for row in answer["data"].as_array().unwrap() {
        let problems = row["error"]["errors"].as_array().unwrap();
        assert_eq!(problems.len(), 100, "nothing is left out");
    }
}

/// A batch of an operation of its own: the largest records there can be, and one that failed, whose
/// result repeats the id that was sent.
async fn largest(call: Call<Read<Payee>>) -> Result<Answer, Failure> {
    let sent_bytes = match call.params().take("sent", "", |text| Ok(text.len())) {
        Some(_) => 450_000,
        None => 0,
    };
    let known = |index: u128| {
        let written = Written {
            status: Status::Unchanged,
            id: Uuid::from_u128(index),
            external_id: None,
            version: Some(7),
            record: json!({"text": "x".repeat(RECORD_BYTES_MAX)}),
            differences: Vec::new(),
        };
        BatchItem {
            sent: SentIds {
                id: None,
                external_id: None,
            },
            result: Ok(written),
        }
    };
    let failed = BatchItem {
        sent: SentIds {
            id: None,
            external_id: Some("\"".repeat(sent_bytes).into()),
        },
        result: Err(Failure::Contention),
    };
    let meta = BatchMeta {
        statuses: &[Status::Unchanged],
        duplicate_conflicts: false,
        reveals_values: true,
    };
    Answer::batch((0..99).map(known).chain([failed]).collect(), &meta, None)
}

#[tokio::test]
async fn results_that_would_be_too_large_leave_out_their_values() {
    let api = Api::start_here().await;
    let operation = Entry::new(Method::GET, "/api/v1/largest", largest, |_| {});
    let router = router(api.app.clone(), vec![operation]);
    let answer = async |path: &str| {
        let request = request(&api.key, Method::GET, path, &Value::Null);
        let response = router.clone().oneshot(request).await.unwrap();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        assert!(
            carried(&answer) < RESPONSE_BYTES_MAX,
            "{}",
            carried(&answer)
        );
        assert_eq!(answer["meta"]["unchanged"], 99);
        answer["data"].as_array().unwrap().clone()
    };
    let whole = answer("/api/v1/largest").await;
    assert!(whole[0]["data"]["text"].is_string() && whole[0]["version"].is_null());
    let reduced = answer("/api/v1/largest?sent=long").await;
    for row in &reduced[..99] {
        let found = (&row["status"], &row["version"], &row["data"]);
        assert_eq!(found, (&json!("unchanged"), &json!(7), &Value::Null));
        assert!(row["id"].is_string(), "{row}");
    }
    assert_eq!(reduced[99]["error"]["code"], "version_conflict");
}
