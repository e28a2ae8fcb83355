//! Which record an id or an external id names, for every kind of record.

use http::Method;
use serde_json::{Value, json};

use crate::batches::{batch, upsert};
use crate::fixture::{create, kinds, path_of};
use crate::harness::Api;

#[tokio::test]
async fn an_external_id_belongs_to_one_record() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let first = create(&api, &kind, json!({"external_id": "a"})).await;
        let taken = api
            .post(&kind.path(), kind.body(&json!({"external_id": "a"})))
            .await
            .problem(409, "already_exists");
        assert_eq!(taken["existing_id"], first["id"], "{kind}");
        let second = create(&api, &kind, json!({"external_id": "A"})).await;
        let taken = api
            .put(&path_of(&kind, &second), json!({"external_id": "a"}))
            .await
            .problem(409, "already_exists");
        assert_eq!(taken["existing_id"], first["id"], "{kind}");

        api.put(&path_of(&kind, &first), json!({"external_id": "b"}))
            .await
            .expect(200);
        api.put(&path_of(&kind, &second), json!({"external_id": "a"}))
            .await
            .expect(200);
        api.put(&path_of(&kind, &first), json!({"external_id": null}))
            .await
            .expect(200);
        let third = create(&api, &kind, json!({"external_id": "b"})).await;
        let listed = api
            .get(&format!("{}?external_id=b", kind.path()))
            .await
            .expect(200);
        assert_eq!(listed["data"][0]["id"], third["id"], "{kind}");
        create(&api, &kind, json!({"external_id": "A"})).await;
    }
}

#[tokio::test]
async fn external_ids_are_exact_up_to_255_characters() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let longest = "🦀".repeat(255);
        let created = create(&api, &kind, json!({"external_id": longest})).await;
        assert_eq!(created["external_id"], json!(longest), "{kind}");
        let too_long = "x".repeat(256);
        let problems = api
            .post(&kind.path(), kind.body(&json!({"external_id": too_long})))
            .await
            .problems();
        assert_eq!(
            problems,
            [("#/external_id".to_owned(), "too_long".to_owned())],
            "{kind}"
        );
        for id in ["e\u{301}", "é", " é", "É", "a/b#c?d%e", " ", "0"] {
            assert_eq!(
                create(&api, &kind, json!({"external_id": id})).await["external_id"],
                json!(id),
                "{kind}"
            );
        }
    }
}

#[tokio::test]
async fn ids_of_nothing_and_of_others_are_not_found() {
    let api = Api::start().await;
    let foreign = api.foreign_key().await;
    for kind in kinds(&api).await {
        let record = create(&api, &kind, json!({"external_id": "mine"})).await;
        let path = path_of(&kind, &record);
        api.call_as(&foreign, Method::GET, &path, &Value::Null)
            .await
            .problem(404, "not_found");
        api.call_as(&foreign, Method::PUT, &path, &json!({"name": "x"}))
            .await
            .problem(404, "not_found");
        for id in [
            "00000000-0000-7000-8000-000000000000",
            "nil",
            "1",
            "00000000-0000-0000-0000-000000000000",
            "a%252Fb",
        ] {
            let path = format!("{}/{id}", kind.path());
            api.get(&path).await.problem(404, "not_found");
            api.put(&path, json!({"name": "x"}))
                .await
                .problem(404, "not_found");
            api.put(&path, json!({"name": ""}))
                .await
                .problem(422, "validation_failed");
        }
        let listed = api
            .call_as(&foreign, Method::GET, &kind.path(), &Value::Null)
            .await
            .expect(200);
        assert_eq!(listed["data"], json!([]), "{kind}");
        let other = api
            .call_as(
                &foreign,
                Method::GET,
                &format!("{}?external_id=mine", kind.path()),
                &Value::Null,
            )
            .await;
        assert_eq!(other.expect(200)["meta"]["total"], json!(0), "{kind}");
    }
}

#[tokio::test]
async fn a_failed_record_is_named_as_it_was_sent() {
    let api = Api::start().await;
    let named = [
        json!({"external_id": 1001, "id": 7}),
        json!({"external_id": 1.50, "id": true}),
        json!({"external_id": ["a"], "id": {"b": -2}}),
        json!({"external_id": "\u{7}", "id": "x"}),
    ];
    let fails = async |method: Method, path: String| {
        let reply = api.call(method, &path, &json!({"records": named})).await;
        let rows = reply.expect(200)["data"].clone();
        for (row, sent) in rows.as_array().unwrap().iter().zip(&named) {
            assert_eq!(row["status"], json!("failed"), "{path}: {row}");
            for field in ["id", "external_id"] {
                let (found, sent) = (row[field].to_string(), sent[field].to_string());
                assert_eq!(found, sent, "{path} {field}");
            }
        }
    };
    for kind in kinds(&api).await {
        fails(Method::POST, batch(&kind)).await;
        fails(Method::PUT, batch(&kind)).await;
        fails(Method::POST, upsert(&kind)).await;
    }
    fails(Method::POST, "/api/v1/revenues/batch".to_owned()).await;
}
