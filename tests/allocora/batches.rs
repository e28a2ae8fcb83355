//! Batches and upserts: one honest answer for each record, as if they were carried out one by one.

use http::Method;
use serde_json::{Value, json};

use crate::fixture::{Kind, kinds};
use crate::harness::{Api, problems_of};

fn statuses(reply: &Value) -> Vec<&str> {
    reply["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect()
}

/// A record of the kind with an external id and more fields.
fn record(kind: &Kind, external_id: &str, fields: Value) -> Value {
    let mut record = kind.body(&fields);
    record["external_id"] = json!(external_id);
    record
}

fn batch(kind: &Kind) -> String {
    format!("{}/batch", kind.path())
}

fn upsert(kind: &Kind) -> String {
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
            ["created", "failed", "failed", "failed", "created", "failed"]
        );
        assert_eq!(
            reply["meta"],
            json!({"total": 6, "created": 2, "failed": 4, "outcome_unknown": 0})
        );
        let rows = reply["data"].as_array().unwrap();
        for (index, row) in rows.iter().enumerate() {
            assert_eq!(row["index"], json!(index));
        }
        assert_eq!(rows[0]["external_id"], json!("a"));
        assert_eq!(rows[0]["id"], rows[0]["data"]["id"]);
        assert_eq!(rows[1]["external_id"], json!("b"));
        assert_eq!(rows[1]["retryable"], json!(false));
        assert_eq!(
            (&rows[1]["error"]["status"], &rows[1]["error"]["code"]),
            (&json!(422), &json!("validation_failed"))
        );
        assert!(
            problems_of(&rows[1]["error"]).contains(&("#/name".to_owned(), "required".to_owned()))
        );
        assert_eq!(
            (&rows[2]["error"]["code"], &rows[2]["error"]["existing_id"]),
            (&json!("already_exists"), &taken)
        );
        assert_eq!(
            problems_of(&rows[3]["error"]),
            [("#".to_owned(), "invalid_type".to_owned())]
        );
        assert_eq!(rows[4]["external_id"], Value::Null);
        assert_eq!(rows[5]["error"]["existing_id"], rows[0]["id"]);
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
        assert_eq!(statuses(&reply), expected, "{reply:#}");
        let meta =
            json!({"total": 11, "updated": 4, "unchanged": 1, "failed": 6, "outcome_unknown": 0});
        assert_eq!(reply["meta"], meta);
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
            ]
        );
        assert_eq!(reply["data"][4]["data"]["version"], json!(3));
        assert_eq!(reply["data"][9]["error"]["existing_id"], a["id"]);
        assert_eq!(
            problems_of(&reply["data"][6]["error"]),
            [("#/id".to_owned(), "required".to_owned())]
        );
    }
}

#[tokio::test]
async fn an_upsert_creates_then_leaves_alone_then_updates() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let body =
            json!({"records": [record(&kind, "a", json!({})), record(&kind, "b", json!({}))]});
        let first = api.post(&upsert(&kind), body.clone()).await.expect(200);
        assert_eq!(statuses(&first), ["created", "created"]);
        let meta = json!({"total": 2, "created": 2, "updated": 0, "unchanged": 0, "failed": 0, "outcome_unknown": 0});
        assert_eq!(first["meta"], meta);
        let again = api.post(&upsert(&kind), body).await.expect(200);
        assert_eq!(statuses(&again), ["unchanged", "unchanged"]);
        assert_eq!(again["data"][0]["data"], first["data"][0]["data"]);
        let partial = json!({"records": [{"external_id": "b", "metadata": {"k": 1}}]});
        let changed = api.post(&upsert(&kind), partial).await.expect(200);
        assert_eq!(statuses(&changed), ["updated"]);
        let (before, after) = (&first["data"][1]["data"], &changed["data"][0]["data"]);
        assert_eq!(
            after["created_at"], before["created_at"],
            "upsert keeps created_at"
        );
        assert_eq!(
            (&after["name"], &after["version"]),
            (&before["name"], &json!(2))
        );
    }
}

#[tokio::test]
async fn the_same_external_id_twice_is_two_steps() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let records = json!([
            record(&kind, "a", json!({"name": "One"})),
            {"external_id": "a", "metadata": {"step": 2}},
            {"external_id": "a", "metadata": {"step": 2}},
            {"external_id": "a", "name": ""},
            {"external_id": "a", "name": "Two"},
        ]);
        let reply = api
            .post(&upsert(&kind), json!({"records": records}))
            .await
            .expect(200);
        assert_eq!(
            statuses(&reply),
            ["created", "updated", "unchanged", "failed", "updated"]
        );
        let last = &reply["data"][4]["data"];
        assert_eq!(
            (&last["name"], &last["version"], &last["metadata"]),
            (&json!("Two"), &json!(3), &json!({"step": 2}))
        );
    }
}

#[tokio::test]
async fn operations_of_an_upsert_are_kept_to() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        api.post(&kind.path(), record(&kind, "old", json!({})))
            .await
            .expect(201);
        let rows =
            |records: Value, operation: &str| json!({"operation": operation, "records": records});
        let both = json!([
            record(&kind, "old", json!({"name": "x"})),
            record(&kind, "new", json!({}))
        ]);
        let updated = api
            .post(&upsert(&kind), rows(both.clone(), "update_only"))
            .await
            .expect(200);
        assert_eq!(statuses(&updated), ["updated", "failed"]);
        assert_eq!(updated["data"][1]["error"]["code"], json!("not_found"));
        let created = api
            .post(&upsert(&kind), rows(both, "create_only"))
            .await
            .expect(200);
        assert_eq!(statuses(&created), ["failed", "created"]);
        assert_eq!(created["data"][0]["error"]["code"], json!("already_exists"));
        assert_eq!(
            created["data"][0]["error"]["existing_id"],
            updated["data"][0]["id"]
        );
        let mut own = record(&kind, "own", json!({}));
        own["operation"] = json!("create_or_update");
        let wrong = json!({"external_id": "old", "operation": "replace"});
        let mixed = api
            .post(&upsert(&kind), rows(json!([own, wrong]), "update_only"))
            .await
            .expect(200);
        assert_eq!(statuses(&mixed), ["created", "failed"]);
        assert_eq!(
            problems_of(&mixed["data"][1]["error"]),
            [("#/operation".to_owned(), "invalid_value".to_owned())]
        );
        let problems = api
            .post(&upsert(&kind), rows(json!([]), "replace"))
            .await
            .problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
        let problems = api
            .post(&upsert(&kind), rows(json!([{}]), "replace"))
            .await
            .problems();
        assert_eq!(
            problems,
            [("#/operation".to_owned(), "invalid_value".to_owned())]
        );
    }
}

#[tokio::test]
async fn an_upsert_needs_an_external_id_and_minds_versions() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        api.post(&kind.path(), record(&kind, "old", json!({})))
            .await
            .expect(201);
        let mut unnamed = kind.body(&json!({}));
        unnamed["external_id"] = Value::Null;
        let records = json!([
            kind.minimal,
            unnamed,
            record(&kind, "", json!({})),
            {"external_id": "old", "version": 2, "name": "x"},
            {"external_id": "old", "version": 1, "name": "x"},
            record(&kind, "new", json!({"version": 1})),
        ]);
        let reply = api
            .post(&upsert(&kind), json!({"records": records}))
            .await
            .expect(200);
        assert_eq!(
            statuses(&reply),
            ["failed", "failed", "failed", "failed", "updated", "failed"],
            "{reply:#}"
        );
        let first = |row: usize| problems_of(&reply["data"][row]["error"])[0].clone();
        assert_eq!(
            first(0),
            ("#/external_id".to_owned(), "required".to_owned())
        );
        assert_eq!(
            first(1),
            ("#/external_id".to_owned(), "not_nullable".to_owned())
        );
        assert_eq!(
            first(2),
            ("#/external_id".to_owned(), "too_short".to_owned())
        );
        assert_eq!(reply["data"][3]["error"]["code"], json!("version_conflict"));
        assert_eq!(reply["data"][5]["error"]["code"], json!("version_conflict"));
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
        assert_eq!(problem(json!({})).await, is("#/records", "required"));
        assert_eq!(
            problem(json!({"records": {}})).await,
            is("#/records", "invalid_type")
        );
        assert_eq!(
            problem(json!({"records": []})).await,
            is("#/records", "too_few")
        );
        assert_eq!(
            problem(json!({"records": vec![json!({}); 101]})).await,
            is("#/records", "too_many")
        );
        assert_eq!(
            problem(json!({"records": [{}], "recods": []})).await,
            is("#/recods", "unknown_field")
        );
        assert_eq!(problem(json!([])).await, is("#", "invalid_type"));
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
        assert_eq!(reply["meta"]["created"], json!(100));
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
            "the order of creation is the order of the batch"
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
        assert_eq!(statuses(&reply), ["updated"; 5]);
        assert_eq!((&reply["data"][2]["id"], &reply["data"][4]["id"]), (&a, &b));
        let after = api
            .get(&format!("{}?external_id=b", kind.path()))
            .await
            .expect(200);
        assert_eq!(after["data"][0]["id"], a);
    }
}
