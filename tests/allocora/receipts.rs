//! What a key that may write but not read sees: receipts without stored values.

use crate::fixture::{all_kinds, create, kinds, path_of};
use crate::harness::Api;
use http::Method;
use serde_json::{Value, json};

/// What a key that may write but not read gets to see of a record.
fn assert_receipt(kind: &str, data: &Value) {
    let fields = data.as_object().unwrap().keys().map(String::as_str);
    let known = ["id", "external_id", "version"];
    for field in fields {
        assert!(known.contains(&field), "{kind}: {data}");
    }
    assert!(data["id"].is_string(), "{kind}: {data}");
}

#[tokio::test]
async fn a_key_that_may_not_read_sees_no_stored_values() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await {
        let name = &kind.name;
        let key = api.key_with(&[&format!("write:{name}")]).await;
        let call = async |method: Method, path: String, body: Value, status: u16| {
            let answer = api.call_as(&key, method, &path, &body).await.expect(status);
            assert!(!answer.to_string().contains(STORED), "{path}: {answer}");
            answer
        };
        let record = |external_id: &str| {
            kind.body(&json!({"external_id": external_id, "metadata": {"k": STORED}}))
        };
        let (path, records) = (kind.path(), json!({"records": [record("b"), record("c")]}));
        let created = call(Method::POST, path.clone(), record("a"), 201).await;
        assert_receipt(name, &created["data"]);
        let batch = call(Method::POST, format!("{path}/batch"), records, 200).await;
        assert_rows(
            name,
            &batch,
            &["created", "created"],
            kind.updatable.then_some(1),
        );
        if !kind.updatable {
            continue;
        }
        let id = created["data"]["id"].as_str().unwrap();
        let update = json!({"name": "Other"});
        let updated = call(Method::PUT, format!("{path}/{id}"), update, 200).await;
        assert_receipt(name, &updated["data"]);
        assert_eq!(updated["data"]["version"], json!(2), "{name}");
        let records = json!({"records": [{"id": id, "name": "Other"}, {"external_id": "b", "name": "Other"}]});
        let batch = call(Method::PUT, format!("{path}/batch"), records, 200).await;
        assert_rows(name, &batch, &["unchanged", "updated"], Some(2));
        let records = json!({"records": [{"external_id": "a", "name": "Other"}, {"external_id": "c", "name": "Other"}]});
        let upsert = call(Method::POST, format!("{path}/upsert"), records, 200).await;
        assert_rows(name, &upsert, &["unchanged", "updated"], Some(2));
        let stale = json!({"name": "Third", "version": 1});
        call(Method::PUT, format!("{path}/{id}"), stale, 409).await;
        call(Method::POST, path, record("a"), 409).await;
    }
}

/// A stored value.
const STORED: &str = "stored and secret";

/// The results of a batch of a key that may not read: these statuses, and no data.
fn assert_rows(kind: &str, batch: &Value, statuses: &[&str], version: Option<u64>) {
    let rows = batch["data"].as_array().unwrap();
    assert_eq!(rows.len(), statuses.len(), "{kind}");
    for (row, status) in rows.iter().zip(statuses) {
        assert_eq!(row["status"], json!(status), "{kind}: {row}");
        assert_eq!(row.get("data"), None, "{kind}: {row}");
        assert_eq!(row["version"], json!(version), "{kind}: {row}");
        let ids = row["id"].is_string() && row["external_id"].is_string();
        assert!(ids, "{kind}: {row}");
    }
}

#[tokio::test]
async fn a_key_that_may_not_read_sees_which_fields_of_a_duplicate_differ() {
    let api = Api::start().await;
    let key = api.key_with(&["write:revenues"]).await;
    let stored = json!({"external_id": "r", "type": "sale", "amount": "12.34", "currency": "EUR",
        "occurred_at": "2026-01-01"});
    let mut other = stored.clone();
    other["amount"] = json!("43.21");
    other["currency"] = json!("USD");
    let path = "/api/v1/revenues";
    let created = api
        .call_as(&key, Method::POST, path, &stored)
        .await
        .expect(201);
    assert_receipt("revenues", &created["data"]);
    let known = api
        .call_as(&key, Method::POST, path, &other)
        .await
        .expect(200);
    assert_eq!(known["outcome"], json!("skipped_duplicate"));
    let batch = json!({"records": [other]});
    let batch = api
        .call_as(&key, Method::POST, "/api/v1/revenues/batch", &batch)
        .await;
    let batch = batch.expect(200);
    assert_eq!(batch["meta"]["duplicate_conflicts"], json!(1));
    for differences in [&known["differences"], &batch["data"][0]["differences"]] {
        assert_eq!(
            differences,
            &json!([{"field": "amount"}, {"field": "currency"}])
        );
    }
    for answer in [&created, &known, &batch] {
        assert!(!answer.to_string().contains("12.34"), "{answer}");
        assert!(!answer.to_string().contains("EUR"), "{answer}");
    }
}

#[tokio::test]
async fn a_refused_update_does_not_say_what_is_stored() {
    let api = Api::start().await;
    let kinds = kinds(&api).await;
    let rules = kinds.iter().find(|kind| kind.name == "rules").unwrap();
    let stored =
        json!({"external_id": "r", "effective_from": "2030-03-03", "effective_to": "2031-03-03"});
    let stored = create(&api, rules, stored).await;
    let key = api.key_with(&["write:rules"]).await;
    for (field, date) in [
        ("effective_from", "9999-12-31"),
        ("effective_to", "2001-01-01"),
    ] {
        let by_id = json!({"records": [{"id": stored["id"], field: date}]});
        let by_external_id = json!({"records": [{"external_id": "r", field: date}]});
        for (method, path, body) in [
            (Method::PUT, path_of(rules, &stored), json!({ field: date })),
            (Method::PUT, "/api/v1/rules/batch".to_owned(), by_id),
            (
                Method::POST,
                "/api/v1/rules/upsert".to_owned(),
                by_external_id,
            ),
        ] {
            let answer = api.call_as(&key, method, &path, &body).await.body;
            let problem = match &answer["data"] {
                Value::Null => &answer["errors"][0],
                rows => &rows[0]["error"]["errors"][0],
            };
            assert_eq!(problem["pointer"], json!(format!("#/{field}")), "{answer}");
            assert!(answer.to_string().contains(date), "{answer}");
            assert!(!answer.to_string().contains("-03-03"), "{answer}");
        }
    }
}
