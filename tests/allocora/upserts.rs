//! Upserts: created or updated by external id, as if one by one.

use serde_json::{Value, json};

use crate::batches::{record, statuses, upsert};
use crate::fixture::kinds;
use crate::harness::{Api, problems_of};

#[tokio::test]
async fn an_upsert_creates_then_leaves_alone_then_updates() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let body =
            json!({"records": [record(&kind, "a", json!({})), record(&kind, "b", json!({}))]});
        let first = api.post(&upsert(&kind), body.clone()).await.expect(200);
        assert_eq!(statuses(&first), ["created", "created"], "{kind}");
        let meta = json!({"total": 2, "created": 2, "updated": 0, "unchanged": 0, "failed": 0, "outcome_unknown": 0});
        assert_eq!(first["meta"], meta, "{kind}");
        let again = api.post(&upsert(&kind), body).await.expect(200);
        assert_eq!(statuses(&again), ["unchanged", "unchanged"], "{kind}");
        assert_eq!(again["data"][0]["data"], first["data"][0]["data"], "{kind}");
        let partial = json!({"records": [{"external_id": "b", "metadata": {"k": 1}}]});
        let changed = api.post(&upsert(&kind), partial).await.expect(200);
        assert_eq!(statuses(&changed), ["updated"], "{kind}");
        let (before, after) = (&first["data"][1]["data"], &changed["data"][0]["data"]);
        assert_eq!(
            after["created_at"], before["created_at"],
            "{kind}: upsert keeps created_at"
        );
        assert_eq!(
            (&after["name"], &after["version"]),
            (&before["name"], &json!(2)),
            "{kind}"
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
            ["created", "updated", "unchanged", "failed", "updated"],
            "{kind}"
        );
        let last = &reply["data"][4]["data"];
        assert_eq!(
            (&last["name"], &last["version"], &last["metadata"]),
            (&json!("Two"), &json!(3), &json!({"step": 2})),
            "{kind}"
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
        assert_eq!(statuses(&updated), ["updated", "failed"], "{kind}");
        assert_eq!(
            updated["data"][1]["error"]["code"],
            json!("not_found"),
            "{kind}"
        );
        let created = api
            .post(&upsert(&kind), rows(both, "create_only"))
            .await
            .expect(200);
        assert_eq!(statuses(&created), ["failed", "created"], "{kind}");
        assert_eq!(
            created["data"][0]["error"]["code"],
            json!("already_exists"),
            "{kind}"
        );
        assert_eq!(
            created["data"][0]["error"]["existing_id"], updated["data"][0]["id"],
            "{kind}"
        );
        let mut own = record(&kind, "own", json!({}));
        own["operation"] = json!("create_or_update");
        let wrong = json!({"external_id": "old", "operation": "replace"});
        let mixed = api
            .post(&upsert(&kind), rows(json!([own, wrong]), "update_only"))
            .await
            .expect(200);
        assert_eq!(statuses(&mixed), ["created", "failed"], "{kind}");
        assert_eq!(
            problems_of(&mixed["data"][1]["error"]),
            [("#/operation".to_owned(), "invalid_value".to_owned())],
            "{kind}"
        );
        // Nor is anything reported that is only required if it creates.
        let wrong = json!({"external_id": "absent", "operation": "replace"});
        let wrong = api
            .post(&upsert(&kind), rows(json!([wrong]), "create_or_update"))
            .await
            .expect(200);
        assert_eq!(
            problems_of(&wrong["data"][0]["error"]),
            [("#/operation".to_owned(), "invalid_value".to_owned())],
            "{kind}"
        );
        let problems = api
            .post(&upsert(&kind), rows(json!([]), "replace"))
            .await
            .problems();
        assert_eq!(problems.len(), 2, "{kind}: {problems:?}");
        let problems = api
            .post(&upsert(&kind), rows(json!([{}]), "replace"))
            .await
            .problems();
        assert_eq!(
            problems,
            [("#/operation".to_owned(), "invalid_value".to_owned())],
            "{kind}"
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
            "{kind}: {reply:#}"
        );
        let first = |row: usize| problems_of(&reply["data"][row]["error"])[0].clone();
        assert_eq!(
            first(0),
            ("#/external_id".to_owned(), "required".to_owned()),
            "{kind}"
        );
        assert_eq!(
            first(1),
            ("#/external_id".to_owned(), "not_nullable".to_owned()),
            "{kind}"
        );
        assert_eq!(
            first(2),
            ("#/external_id".to_owned(), "too_short".to_owned()),
            "{kind}"
        );
        assert_eq!(
            reply["data"][3]["error"]["code"],
            json!("version_conflict"),
            "{kind}"
        );
        assert_eq!(
            reply["data"][5]["error"]["code"],
            json!("version_conflict"),
            "{kind}"
        );
    }
}
