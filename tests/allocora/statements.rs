//! Revenues are inserted by statements, many in one call, of which some may fail: whatever happens
//! to one, its result is true, the others are not affected, and a retry loses and doubles nothing.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::harness::Api;
use crate::statement_faults::{FaultyWire, FirstCall, StatementFault};

pub const BATCH: &str = "/api/v1/revenues/batch";
/// More attempts than any request makes.
const ALWAYS: usize = 1_000_000;
/// Two calls, of which the first has the statement that fails.
const ROWS: usize = 27;
/// The row whose statement fails.
const FAULTY: usize = 7;
/// A row that exists before.
const KNOWN: usize = 11;
/// How many cases run at once; most wait for the pause before a retry.
const CASES_AT_ONCE_MAX: usize = 8;

const THROTTLED: [&str; 3] = [
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingError",
];
/// Codes that say nothing about what happened, among them one that is newer than this program, and
/// none at all.
const DOUBTFUL: [&str; 3] = ["InternalServerError", "SomethingNew", ""];
/// Codes of refusals that a further attempt does not change, with what a client reads.
const FINAL: [(&str, &str); 6] = [
    ("AccessDenied", "internal_error"),
    ("ResourceNotFound", "internal_error"),
    ("ValidationError", "internal_error"),
    ("ItemCollectionSizeLimitExceeded", "unavailable"),
    // Of an item that is not there when it is read.
    ("DuplicateItem", "unavailable"),
    ("ConditionalCheckFailed", "unavailable"),
];

pub fn row(external_id: &str) -> Value {
    json!({"external_id": external_id, "type": "sale", "amount": "1", "currency": "EUR", "occurred_at": "2026-01-01"})
}

/// All faults, each with what a client reads of the row.
fn cases() -> Vec<(StatementFault, &'static str)> {
    let fault = |code, is_applied, times| StatementFault {
        first: FirstCall::AsLater,
        code,
        is_applied,
        times,
    };
    let mut cases = Vec::new();
    for code in THROTTLED.into_iter().chain(["TransactionConflict"]) {
        cases.push((fault(code, false, 2), "created"));
        cases.push((fault(code, false, ALWAYS), "unavailable"));
    }
    for code in DOUBTFUL {
        for is_applied in [true, false] {
            cases.push((fault(code, is_applied, 1), "created"));
        }
        cases.push((fault(code, true, ALWAYS), "created"));
        cases.push((fault(code, false, ALWAYS), "outcome_unknown"));
    }
    for (code, outcome) in FINAL {
        cases.push((fault(code, false, 1), outcome));
    }
    // After an attempt without answer, a refusal says nothing about it.
    let codes = cases.iter().map(|(fault, _)| fault.code);
    let codes: BTreeSet<&str> = codes.collect();
    for (first, outcome) in [
        (FirstCall::AnswerLost, "created"),
        (FirstCall::Lost, "outcome_unknown"),
        (FirstCall::InternalError, "outcome_unknown"),
    ] {
        cases.extend(codes.iter().map(|code| {
            let fault = fault(code, false, ALWAYS);
            (StatementFault { first, ..fault }, outcome)
        }));
    }
    cases
}

/// What a result says became of its record: a status, or the code of an error.
pub fn outcome(result: &Value) -> &str {
    let code = &result["error"]["code"];
    code.as_str().or(result["status"].as_str()).unwrap()
}

/// Sends a batch of which one statement fails, and sends it again without faults.
async fn check(api: &Api, case: usize, fault: StatementFault, expected: &str) {
    let id = |index: usize| format!("{case}-{index}");
    let rows: Vec<Value> = (0..ROWS).map(|index| row(&id(index))).collect();
    let known = api.post("/api/v1/revenues", rows[KNOWN].clone()).await;
    known.expect(201);
    let faulty = FaultyWire::before(&api.endpoint, &id(FAULTY), fault).await;
    let other = api.over(faulty.wire().await).await;
    let records = json!({"records": rows});
    let sent = other.post(BATCH, records.clone()).await.expect(200);
    let retryable = ["unavailable", "outcome_unknown"].contains(&expected);
    for (index, result) in sent["data"].as_array().unwrap().iter().enumerate() {
        let expected = match index {
            FAULTY => expected,
            KNOWN => "skipped_duplicate",
            _ => "created",
        };
        assert_eq!(outcome(result), expected, "{fault:?}: {result}");
    }
    let result = &sent["data"][FAULTY];
    if expected != "created" {
        assert_eq!(result["retryable"], json!(retryable), "{fault:?}: {result}");
    }
    let path = format!("/api/v1/revenues?external_id={}", id(FAULTY));
    let stored = api.get(&path).await.expect(200)["meta"]["total"].clone();
    let is_stored = expected == "created";
    assert_eq!(stored, json!(usize::from(is_stored)), "{fault:?}: {result}");

    let again = api.post(BATCH, records).await.expect(200);
    let meta = json!({
        "total": ROWS, "created": usize::from(!is_stored), "skipped_duplicate": ROWS - usize::from(!is_stored),
        "failed": 0, "outcome_unknown": 0, "duplicate_conflicts": 0,
    });
    assert_eq!(again["meta"], meta, "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_result_of_a_statement_is_true_and_a_retry_completes_the_batch() {
    let api = Api::start_uncounted().await;
    let cases = cases();
    let count = cases.len();
    let checks: Vec<_> = cases
        .into_iter()
        .enumerate()
        .map(|(index, (fault, expected))| check(&api, index, fault, expected))
        .collect();
    stream::iter(checks)
        .buffer_unordered(CASES_AT_ONCE_MAX)
        .collect::<Vec<()>>()
        .await;
    let listed = api.get("/api/v1/revenues").await.expect(200);
    assert_eq!(listed["meta"]["total"], json!(count * ROWS));
}

/// Creates a revenue whose statement fails, and creates it again without faults.
async fn check_single(api: &Api, case: usize, fault: StatementFault, expected: &str) {
    let body = row(&format!("single-{case}"));
    let external_id = body["external_id"].as_str().unwrap();
    let faulty = FaultyWire::before(&api.endpoint, external_id, fault).await;
    let other = api.over(faulty.wire().await).await;
    let reply = other.post("/api/v1/revenues", body.clone()).await;
    let found = match reply.status {
        201 => "created",
        _ => reply.body["code"].as_str().unwrap(),
    };
    assert_eq!(found, expected, "{fault:?}: {:#}", reply.body);
    let status = if expected == "created" { 200 } else { 201 };
    api.post("/api/v1/revenues", body).await.expect(status);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_create_is_a_batch_of_one() {
    let api = Api::start_uncounted().await;
    let cases = cases().into_iter().enumerate();
    let checks = cases.map(|(case, (fault, expected))| check_single(&api, case, fault, expected));
    let checks: Vec<_> = checks.collect();
    stream::iter(checks)
        .buffer_unordered(CASES_AT_ONCE_MAX)
        .collect::<Vec<()>>()
        .await;
}

#[tokio::test]
async fn the_second_of_an_id_is_judged_on_its_own_if_the_first_was_not_written() {
    let api = Api::start_uncounted().await;
    for (code, first, second) in [
        ("AccessDenied", "internal_error", "created"),
        ("InternalServerError", "created", "skipped_duplicate"),
    ] {
        let fault = StatementFault {
            first: FirstCall::AsLater,
            code,
            is_applied: false,
            times: 1,
        };
        let faulty = FaultyWire::before(&api.endpoint, code, fault).await;
        let other = api.over(faulty.wire().await).await;
        let records = json!({"records": [row(code), row("other"), row(code), row(code)]});
        let sent = other.post(BATCH, records).await.expect(200);
        let outcomes = [0, 2, 3].map(|index: usize| outcome(&sent["data"][index]));
        assert_eq!(outcomes, [first, second, "skipped_duplicate"], "{code}");
    }
}
