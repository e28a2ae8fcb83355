//! Outcomes: what a client reads when DynamoDB does not answer, and that a retry is then
//! safe.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use shared::http::Deadline;
use tokio::time::Instant;

use crate::harness::{Api, request};
use crate::wire::Fault;
use registry::operations;

/// More faults than there are retries.
const ALWAYS: usize = 1_000;

fn revenue(external_id: &str) -> Value {
    json!({"external_id": external_id, "type": "sale", "amount": "1", "currency": "EUR", "occurred_at": "2026-01-01"})
}

/// An API whose functions have all proven the key, also where each is a program of its own: faults
/// come later.
async fn awake() -> Api {
    let api = Api::start().await;
    for path in ["/api/v1/payees", "/api/v1/revenues"] {
        api.get(path).await.expect(200);
    }
    api.wire.take();
    api
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_reports_what_it_did() {
    let api = awake().await;
    api.wire.next(Fault::LostAnswer, 1);
    let created = api.post("/api/v1/revenues", revenue("a")).await.expect(201);
    assert_eq!(
        created["outcome"],
        json!("created"),
        "it met its own first attempt"
    );
    assert_eq!(
        api.post("/api/v1/revenues", revenue("a")).await.expect(200)["outcome"],
        json!("skipped_duplicate")
    );

    api.wire.next(Fault::LostAnswer, 1);
    let payee = api
        .post("/api/v1/payees", json!({"name": "Ada", "external_id": "a"}))
        .await
        .expect(201)["data"]
        .clone();
    assert_eq!(payee["version"], json!(1));
    let path = format!("/api/v1/payees/{}", payee["id"].as_str().unwrap());
    api.get(&path).await.expect(200);
    api.wire.next(Fault::LostAnswer, 2);
    let updated = api.put(&path, json!({"name": "Bea"})).await.expect(200)["data"].clone();
    assert_eq!(updated["version"], json!(2), "applied once");
}

#[tokio::test]
async fn a_write_without_an_answer_has_an_unknown_outcome() {
    let api = awake().await;
    api.wire.next(Fault::LostAnswer, ALWAYS);
    let reply = api.post("/api/v1/revenues", revenue("a")).await;
    assert!(!reply.header("retry-after").is_empty());
    reply.problem(503, "outcome_unknown");
    let path = "/api/v1/revenues/batch";
    let records = json!({"records": [revenue("b"), {}, revenue("c")]});
    let batch = api.post(path, records).await.expect(200);
    let meta = json!({
        "total": 3, "created": 0, "skipped_duplicate": 0, "failed": 1, "outcome_unknown": 2, "duplicate_conflicts": 0,
    });
    assert_eq!(batch["meta"], meta);
    let row = &batch["data"][0];
    assert_eq!(
        (&row["status"], &row["retryable"]),
        (&json!("outcome_unknown"), &json!(true))
    );
    assert_eq!(
        (&row["error"]["status"], &row["error"]["code"]),
        (&json!(503), &json!("outcome_unknown"))
    );
    let payee = json!({"name": "Ada", "external_id": "a"});
    api.post("/api/v1/payees", payee.clone())
        .await
        .problem(503, "outcome_unknown");

    api.wire.next(Fault::LostAnswer, 0);
    let records = json!({"records": [revenue("a"), revenue("b"), revenue("c")]});
    let again = api.post(path, records).await;
    assert_eq!(
        again.expect(200)["meta"]["skipped_duplicate"],
        json!(3),
        "they were applied, and once"
    );
    let again = api
        .post("/api/v1/payees/upsert", json!({"records": [payee]}))
        .await
        .expect(200);
    assert_eq!(again["meta"]["unchanged"], json!(1));
}

#[tokio::test]
async fn a_refused_write_was_not_applied() {
    let api = awake().await;
    api.wire.next(Fault::Throttled, 2);
    api.post("/api/v1/revenues", revenue("a")).await.expect(201);
    api.wire.next(Fault::Throttled, ALWAYS);
    let reply = api.post("/api/v1/revenues", revenue("b")).await;
    assert!(!reply.header("retry-after").is_empty());
    reply.problem(503, "unavailable");
    api.get("/api/v1/revenues")
        .await
        .problem(503, "unavailable");
    let batch = api
        .post(
            "/api/v1/payees/batch",
            json!({"records": [{"name": "A"}, {"name": ""}]}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&batch["data"][0]["status"], &batch["data"][0]["retryable"]),
        (&json!("failed"), &json!(true))
    );
    assert_eq!(batch["data"][0]["error"]["code"], json!("unavailable"));
    assert_eq!(batch["data"][1]["retryable"], json!(false));
    api.wire.next(Fault::Throttled, 0);
    assert_eq!(
        api.get("/api/v1/revenues").await.expect(200)["meta"]["total"],
        json!(1)
    );
    assert_eq!(
        api.get("/api/v1/payees").await.expect(200)["meta"]["total"],
        json!(0)
    );
}

#[tokio::test]
async fn a_throttled_transaction_is_tried_again() {
    let api = awake().await;
    let payee = |external_id: &str| json!({"name": "Ada", "external_id": external_id});
    api.wire.next(Fault::ThrottledTransaction, 2);
    api.post("/api/v1/payees", payee("a")).await.expect(201);
    api.wire.next(Fault::ThrottledTransaction, ALWAYS);
    api.post("/api/v1/payees", payee("b"))
        .await
        .problem(503, "unavailable");
    api.wire.next(Fault::ThrottledTransaction, 0);
    assert_eq!(
        api.get("/api/v1/payees").await.expect(200)["meta"]["total"],
        json!(1)
    );
}

#[tokio::test]
async fn a_create_that_cannot_be_repeated_says_so() {
    let api = awake().await;
    api.wire.next(Fault::LostAnswer, ALWAYS);
    let mut anonymous = revenue("");
    anonymous["external_id"] = Value::Null;
    let records = json!({"records": [anonymous, revenue("a")]});
    let batch = api
        .post("/api/v1/revenues/batch", records)
        .await
        .expect(200);
    assert_eq!(batch["meta"]["outcome_unknown"], json!(2));
    assert_eq!(
        (
            &batch["data"][0]["retryable"],
            &batch["data"][1]["retryable"]
        ),
        (&json!(false), &json!(true))
    );
    let problem = api
        .post("/api/v1/payees", json!({"name": "Ada"}))
        .await
        .problem(503, "outcome_unknown");
    assert!(problem["detail"].as_str().unwrap().contains("external_id"));
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_leaves_the_outcome_unknown() {
    let api = awake().await;
    api.wire.next(Fault::LostAnswer, 1);
    api.wire.next(Fault::Throttled, ALWAYS);
    api.post("/api/v1/revenues", revenue("a"))
        .await
        .problem(503, "outcome_unknown");
}

#[tokio::test]
async fn a_refused_connection_means_that_nothing_was_applied() {
    let mut api = awake().await;
    let payee = json!({"name": "Ada", "external_id": "a"});
    let existing = api.post("/api/v1/payees", payee.clone()).await.expect(201);
    let path = format!(
        "/api/v1/payees/{}",
        existing["data"]["id"].as_str().unwrap()
    );
    api.get(&path).await.expect(200);
    api.wire.cut().await;
    let reply = api.post("/api/v1/revenues", revenue("a")).await;
    assert!(!reply.header("retry-after").is_empty());
    reply.problem(503, "unavailable");
    let new = json!({"name": "Bea", "external_id": "b"});
    api.post("/api/v1/payees", new.clone())
        .await
        .problem(503, "unavailable");
    api.post("/api/v1/payees", json!({"name": "Cid"}))
        .await
        .problem(503, "unavailable");
    api.put(&path, json!({"name": "Eve"}))
        .await
        .problem(503, "unavailable");
    api.get(&path).await.problem(503, "unavailable");
    // An upsert reads the records first: it fails as a whole.
    let upsert = json!({"records": [{"external_id": "a", "name": "Fay"}, new.clone()]});
    let reply = api.post("/api/v1/payees/upsert", upsert).await;
    assert!(!reply.header("retry-after").is_empty());
    reply.problem(503, "unavailable");
    for (path, records) in [
        ("/api/v1/payees/batch", json!([new, {"name": "Dan"}])),
        (
            "/api/v1/revenues/batch",
            json!([revenue("b"), revenue("c")]),
        ),
    ] {
        let batch = api
            .post(path, json!({"records": records}))
            .await
            .expect(200);
        assert_eq!(batch["meta"]["failed"], json!(2), "{path}");
        for row in batch["data"].as_array().unwrap() {
            let found = (&row["status"], &row["retryable"], &row["error"]["code"]);
            assert_eq!(
                found,
                (&json!("failed"), &json!(true), &json!("unavailable")),
                "{path}: {row}"
            );
        }
    }
    let other = api.restarted().await;
    let payees = other.get("/api/v1/payees").await.expect(200);
    assert_eq!(payees["data"], json!([existing["data"]]));
    let revenues = other.get("/api/v1/revenues").await.expect(200);
    assert_eq!(revenues["meta"]["total"], json!(0));
}

#[tokio::test]
async fn the_deadline_is_answered_honestly() {
    let api = Api::start_here().await;
    let router = shared::http::router(api.app.clone(), operations());
    let send = async |method: Method, path: &str, body: Value| {
        let mut request = request(&api.key, method, path, &body);
        request
            .extensions_mut()
            .insert(Deadline(Instant::now() + Duration::from_secs(1)));
        let response = tower::ServiceExt::oneshot(router.clone(), request)
            .await
            .unwrap();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    api.wire.next(Fault::Silence, ALWAYS);
    assert_eq!(
        send(Method::GET, "/api/v1/payees", Value::Null).await["code"],
        json!("unavailable")
    );
    assert_eq!(
        send(Method::POST, "/api/v1/revenues", revenue("a")).await["code"],
        json!("outcome_unknown")
    );
    let ids = (0..35).chain(0..5);
    let records: Vec<Value> = ids.map(|id| revenue(&format!("r{id}"))).collect();
    let batch = send(
        Method::POST,
        "/api/v1/revenues/batch",
        json!({"records": records}),
    )
    .await;
    assert_eq!(
        (&batch["meta"]["outcome_unknown"], &batch["meta"]["failed"]),
        (&json!(35), &json!(5)),
        "those that were under way, and those that waited for these and never began"
    );
    assert_eq!(batch["data"][39]["error"]["code"], json!("unavailable"));
    // By another wire: what is still on its way on this one must go on to meet silence.
    let other = api.restarted().await;
    assert_eq!(
        other.get("/api/v1/revenues").await.expect(200)["meta"]["total"],
        json!(0)
    );
}
