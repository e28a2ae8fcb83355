//! Batches: one honest result for each record, as if they were written one by one.

use crate::fixture::{Kind, kinds};
use crate::harness::{Api, problems_of};
use http::Method;
use serde_json::{Value, json};

pub fn statuses(reply: &Value) -> Vec<&str> {
    reply["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect()
}

/// A record of the kind with an external id and more fields.
pub fn record(kind: &Kind, external_id: &str, fields: Value) -> Value {
    let mut record = kind.body(&fields);
    record["external_id"] = json!(external_id);
    record
}

pub fn batch(kind: &Kind) -> String {
    format!("{}/batch", kind.path())
}

pub fn upsert(kind: &Kind) -> String {
    format!("{}/upsert", kind.path())
}

#[tokio::test]
async fn a_batch_create_answers_each_record_in_order() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let taken = api
            .post(&kind.path(), record(&kind, "taken", json!({})))
            .await
            .expect(201)["data"]["id"]
            .clone();
        let records = json!([
            record(&kind, "a", json!({})),
            {"external_id": "b"},
            record(&kind, "taken", json!({})),
            7,
            kind.minimal,
            record(&kind, "a", json!({})),
        ]);
        let reply = api
            .post(&batch(&kind), json!({"records": records}))
            .await
            .expect(200);
        assert_eq!(
            statuses(&reply),
            ["created", "failed", "failed", "failed", "created", "failed"],
            "{kind}"
        );
        assert_eq!(
            reply["meta"],
            json!({"total": 6, "created": 2, "failed": 4, "outcome_unknown": 0}),
            "{kind}"
        );
        let rows = reply["data"].as_array().unwrap();
        for (index, row) in rows.iter().enumerate() {
            assert_eq!(row["index"], json!(index), "{kind}");
        }
        assert_eq!(rows[0]["external_id"], json!("a"), "{kind}");
        assert_eq!(rows[0]["id"], rows[0]["data"]["id"], "{kind}");
        assert_eq!(rows[1]["external_id"], json!("b"), "{kind}");
        assert_eq!(rows[1]["retryable"], json!(false), "{kind}");
        assert_eq!(
            (&rows[1]["error"]["status"], &rows[1]["error"]["code"]),
            (&json!(422), &json!("validation_failed")),
            "{kind}"
        );
        assert!(
            problems_of(&rows[1]["error"]).contains(&("#/name".to_owned(), "required".to_owned())),
            "{kind}"
        );
        assert_eq!(
            (&rows[2]["error"]["code"], &rows[2]["error"]["existing_id"]),
            (&json!("already_exists"), &taken),
            "{kind}"
        );
        assert_eq!(
            problems_of(&rows[3]["error"]),
            [("#".to_owned(), "invalid_type".to_owned())],
            "{kind}"
        );
        assert_eq!(rows[4]["external_id"], Value::Null, "{kind}");
        assert_eq!(rows[5]["error"]["existing_id"], rows[0]["id"], "{kind}");
    }
}

#[tokio::test]
async fn a_batch_update_names_records_by_id_or_external_id() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let a = api
            .post(&kind.path(), record(&kind, "a", json!({})))
            .await
            .expect(201)["data"]
            .clone();
        let b = api
            .post(&kind.path(), record(&kind, "b", json!({})))
            .await
            .expect(201)["data"]
            .clone();
        let records = json!([
            {"id": a["id"], "external_id": "a2", "name": "By id"},
            {"external_id": "b", "name": "By external id"},
            {"external_id": "b"},
            {"external_id": "a", "name": "Gone"},
            {"external_id": "a2", "metadata": {"seen": true}},
            {"id": "not-a-uuid", "name": "x"},
            {"name": "Nobody"},
            {"id": 7},
            {"id": b["id"], "version": 1, "name": "Stale"},
            {"id": b["id"], "external_id": "a2"},
            {"id": b["id"], "external_id": "a"},
        ]);
        let reply = api
            .put(&batch(&kind), json!({"records": records}))
            .await
            .expect(200);
        let expected = [
            "updated",
            "updated",
            "unchanged",
            "failed",
            "updated",
            "failed",
            "failed",
            "failed",
            "failed",
            "failed",
            "updated",
        ];
        assert_eq!(statuses(&reply), expected, "{kind}: {reply:#}");
        let meta =
            json!({"total": 11, "updated": 4, "unchanged": 1, "failed": 6, "outcome_unknown": 0});
        assert_eq!(reply["meta"], meta, "{kind}");
        let code = |row: usize| reply["data"][row]["error"]["code"].as_str().unwrap();
        assert_eq!(
            [3, 5, 6, 7, 8, 9].map(code),
            [
                "not_found",
                "not_found",
                "validation_failed",
                "validation_failed",
                "version_conflict",
                "already_exists",
            ],
            "{kind}"
        );
        assert_eq!(reply["data"][4]["data"]["version"], json!(3), "{kind}");
        assert_eq!(reply["data"][9]["error"]["existing_id"], a["id"], "{kind}");
        assert_eq!(
            problems_of(&reply["data"][6]["error"]),
            [("#/id".to_owned(), "required".to_owned())],
            "{kind}"
        );
    }
}

#[tokio::test]
async fn the_envelope_is_checked_as_a_whole() {
    let api = Api::start().await;
    let mut paths: Vec<(Method, String)> = vec![(Method::POST, "/api/v1/revenues/batch".into())];
    for kind in kinds(&api).await {
        paths.extend([
            (Method::POST, batch(&kind)),
            (Method::PUT, batch(&kind)),
            (Method::POST, upsert(&kind)),
        ]);
    }
    paths.push((Method::DELETE, "/api/v1/products/batch".into()));
    for (method, path) in paths {
        let problem = async |body: Value| {
            api.call(method.clone(), &path, &body)
                .await
                .problems()
                .remove(0)
        };
        let is = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(
            problem(json!({})).await,
            is("#/records", "required"),
            "{method} {path}"
        );
        assert_eq!(
            problem(json!({"records": {}})).await,
            is("#/records", "invalid_type"),
            "{method} {path}"
        );
        assert_eq!(
            problem(json!({"records": []})).await,
            is("#/records", "too_few"),
            "{method} {path}"
        );
        assert_eq!(
            problem(json!({"records": vec![json!({}); 101]})).await,
            is("#/records", "too_many"),
            "{method} {path}"
        );
        assert_eq!(
            problem(json!({"records": [{}], "recods": []})).await,
            is("#/recods", "unknown_field"),
            "{method} {path}"
        );
        assert_eq!(
            problem(json!([])).await,
            is("#", "invalid_type"),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_batch_of_a_hundred_keeps_its_order() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let ids: Vec<String> = (0..100).map(|index| format!("row-{index:03}")).collect();
        let records: Vec<Value> = ids.iter().map(|id| record(&kind, id, json!({}))).collect();
        let reply = api
            .post(&batch(&kind), json!({"records": records}))
            .await
            .expect(200);
        assert_eq!(reply["meta"]["created"], json!(100), "{kind}");
        let listed = api
            .get(&format!("{}?per_page=100&search=row-", kind.path()))
            .await
            .expect(200);
        let listed: Vec<&str> = listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["external_id"].as_str().unwrap())
            .collect();
        assert_eq!(
            listed, ids,
            "{kind}: the order of creation is the order of the batch"
        );
    }
}

#[tokio::test]
async fn renames_within_a_batch_are_steps_in_order() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let a = api
            .post(&kind.path(), record(&kind, "a", json!({})))
            .await
            .expect(201)["data"]["id"]
            .clone();
        let b = api
            .post(&kind.path(), record(&kind, "b", json!({})))
            .await
            .expect(201)["data"]["id"]
            .clone();
        let swap = json!([
            {"id": a, "external_id": "c"}, {"id": b, "external_id": "a"}, {"external_id": "c", "name": "Was a"},
            {"id": a, "external_id": "b"}, {"external_id": "a", "name": "Was b"},
        ]);
        let reply = api
            .put(&batch(&kind), json!({"records": swap}))
            .await
            .expect(200);
        assert_eq!(statuses(&reply), ["updated"; 5], "{kind}");
        assert_eq!(
            (&reply["data"][2]["id"], &reply["data"][4]["id"]),
            (&a, &b),
            "{kind}"
        );
        let after = api
            .get(&format!("{}?external_id=b", kind.path()))
            .await
            .expect(200);
        assert_eq!(after["data"][0]["id"], a, "{kind}");
    }
}
