//! Refusals: which errors of DynamoDB a caller should retry, and which are ours to mend.

use serde_json::{Value, json};

use crate::harness::Api;
use crate::scripted::{First, Scripted, Then};
use crate::wire::Fault;

/// More attempts than any request makes.
const ALWAYS: usize = 1_000_000;

fn payee(external_id: &str) -> Value {
    json!({"name": "Ada", "external_id": external_id})
}

fn revenue() -> Value {
    json!({"external_id": "a", "type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-01-01"})
}

#[tokio::test]
async fn what_no_retry_mends_is_not_called_retryable() {
    let api = Api::start().await;
    let errors = [
        Then::Error(400, "AccessDeniedException"),
        Then::Error(400, "ResourceNotFoundException"),
        Then::Error(400, "ValidationException"),
        Then::Cancelled("ValidationError"),
    ];
    for error in errors {
        let (_scripted, other) = Scripted::api(&api, First::Refused, error, ALWAYS).await;
        for (path, body) in [
            ("/api/v1/revenues", revenue()),
            ("/api/v1/payees", json!({"name": "Ada"})),
            ("/api/v1/payees", payee("a")),
        ] {
            let reply = other.post(path, body.clone()).await;
            assert!(reply.header("retry-after").is_empty(), "{error:?}: {body}");
            reply.problem(500, "internal_error");
            let records = json!({"records": [body]});
            let batch = other.post(&format!("{path}/batch"), records).await;
            let row = &batch.expect(200)["data"][0];
            assert_eq!(row["retryable"], json!(false), "{error:?}: {row:#}");
        }
    }
    api.wire.next(Fault::Denied, ALWAYS);
    api.get("/api/v1/payees")
        .await
        .problem(500, "internal_error");
}

#[tokio::test]
async fn a_transaction_for_which_there_is_no_capacity_is_tried_again() {
    let api = Api::start().await;
    for reason in ["ThrottlingError", "ProvisionedThroughputExceeded"] {
        let reason = Then::Cancelled(reason);
        let (_scripted, other) = Scripted::api(&api, First::Refused, reason, 1).await;
        let name = format!("{reason:?}");
        other.post("/api/v1/payees", payee(&name)).await.expect(201);
    }
}

#[tokio::test]
async fn a_write_that_met_another_one_can_be_repeated() {
    let api = Api::start().await;
    let conflict = Then::Cancelled("TransactionConflict");
    let (_scripted, other) = Scripted::api(&api, First::Refused, conflict, ALWAYS).await;
    let records = json!({"records": [revenue()]});
    let batch = other.post("/api/v1/revenues/batch", records).await;
    let row = &batch.expect(200)["data"][0];
    let found = (&row["error"]["code"], &row["retryable"]);
    assert_eq!(found, (&json!("unavailable"), &json!(true)), "{row:#}");
}

#[tokio::test]
async fn an_update_of_unknown_outcome_can_be_repeated() {
    let api = Api::start().await;
    let made = api.post("/api/v1/payees", json!({"name": "Ada"})).await;
    let id = made.expect(201)["data"]["id"].clone();
    let first = First::NoAnswer {
        commits: true,
        status_500: false,
    };
    let then = Then::Error(500, "InternalServerError");
    let (scripted, other) = Scripted::api(&api, first, then, ALWAYS).await;
    let records = json!({"records": [{"id": id, "name": "Bea"}]});
    let batch = other.put("/api/v1/payees/batch", records).await.expect(200);
    let row = &batch["data"][0];
    let found = (&row["status"], &row["retryable"]);
    assert_eq!(found, (&json!("outcome_unknown"), &json!(true)), "{row:#}");
    scripted.begin();
    let path = format!("/api/v1/payees/{}", id.as_str().unwrap());
    let problem = other.put(&path, json!({"name": "Cid"})).await;
    let problem = problem.problem(503, "outcome_unknown");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("never applied twice"), "{detail}");
}
