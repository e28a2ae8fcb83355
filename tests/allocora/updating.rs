//! Updating records of every kind: what is kept, what is cleared, and preconditions.

use http::Method;
use serde_json::{Value, json};

use crate::fixture::{assert_has, create, create_full, kinds, path_of};
use crate::harness::{Api, request};

#[tokio::test]
async fn what_is_read_can_be_sent_back() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let created = create_full(&api, &kind).await;
        let path = path_of(&kind, &created);
        let read = api.get(&path).await.expect(200)["data"].clone();
        assert_eq!(
            api.put(&path, read.clone()).await.expect(200)["data"],
            created,
            "{kind}: unchanged"
        );
        let mut copy = read;
        copy["external_id"] = json!("another");
        let copied = api.post(&kind.path(), copy).await.expect(201)["data"].clone();
        assert_ne!(copied["id"], created["id"], "{kind}");
        assert_eq!(copied["version"], json!(1), "{kind}");
    }
}

#[tokio::test]
async fn invalid_fields_are_named_and_change_nothing() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let path = path_of(&kind, &create(&api, &kind, json!({})).await);
        for case in &kind.invalid {
            let fields = Value::Object(case.fields.clone());
            let mut problems = api.put(&path, fields.clone()).await.problems();
            problems.sort();
            let mut expected = case.problems.clone();
            expected.sort();
            assert_eq!(problems, expected, "{kind} {fields}");
        }
        let read = api.get(&path).await.expect(200);
        assert_eq!(read["data"]["version"], json!(1), "{kind}");
    }
}

#[tokio::test]
async fn valid_fields_are_read_back_in_one_form() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let path = path_of(&kind, &create(&api, &kind, json!({})).await);
        for case in &kind.valid {
            let updated = api.put(&path, case.fields.clone().into()).await;
            assert_has(&kind, &updated.expect(200)["data"], &case.reads);
        }
    }
}

#[tokio::test]
async fn what_was_sent_changes_nothing_when_it_is_sent_again() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let valid = kind
            .valid
            .iter()
            .map(|case| Value::Object(case.fields.clone()));
        for (index, fields) in valid.chain([Value::Object(kind.full.clone())]).enumerate() {
            let mut record = kind.body(&fields);
            record["external_id"] = json!(format!("again-{index}"));
            let upsert = format!("{}/upsert", kind.path());
            let body = json!({"records": [record, record]});
            let statuses = async || {
                let reply = api
                    .restarted()
                    .await
                    .post(&upsert, body.clone())
                    .await
                    .expect(200);
                (
                    reply["data"][0]["status"].clone(),
                    reply["data"][1]["status"].clone(),
                )
            };
            assert_eq!(
                statuses().await,
                (json!("created"), json!("unchanged")),
                "{kind} {fields}"
            );
            assert_eq!(
                statuses().await,
                (json!("unchanged"), json!("unchanged")),
                "{kind} {fields}"
            );
        }
    }
}

#[tokio::test]
async fn an_update_keeps_what_is_absent_and_null_clears() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let created = create_full(&api, &kind).await;
        let path = path_of(&kind, &created);
        let renamed = api
            .put(&path, json!({"name": "New name"}))
            .await
            .expect(200)["data"]
            .clone();
        let mut expected = created.clone();
        expected["name"] = json!("New name");
        expected["version"] = json!(2);
        expected["updated_at"] = renamed["updated_at"].clone();
        assert_eq!(renamed, expected, "{kind}");
        assert!(
            renamed["updated_at"].as_str() > created["updated_at"].as_str(),
            "{kind}"
        );
        for (done, field) in kind.nullable.iter().enumerate() {
            let cleared = api.put(&path, json!({field: null})).await.expect(200)["data"].clone();
            assert_eq!(cleared[field], Value::Null, "{kind}");
            assert_eq!(cleared["version"], json!(done + 3), "{kind}");
        }
        for field in &kind.not_nullable {
            let problems = api.put(&path, json!({field: null})).await.problems();
            assert_eq!(
                problems,
                [(format!("#/{field}"), "not_nullable".to_owned())],
                "{kind}"
            );
        }
    }
}

#[tokio::test]
async fn an_update_that_changes_nothing_writes_nothing() {
    let api = Api::start_here().await;
    for kind in kinds(&api).await {
        let created = create_full(&api, &kind).await;
        let path = path_of(&kind, &created);
        api.wire.take();
        for body in [
            json!({}),
            Value::Object(kind.full.clone()),
            json!({"version": 1}),
        ] {
            assert_eq!(
                api.put(&path, body).await.expect(200)["data"],
                created,
                "{kind}"
            );
        }
        assert_eq!(
            api.wire.count().into_keys().collect::<Vec<_>>(),
            ["BatchGetItem"],
            "{kind}"
        );
    }
}

#[tokio::test]
async fn versions_and_entity_tags_are_preconditions() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let path = path_of(&kind, &create(&api, &kind, json!({})).await);
        let put = async |tag: &str, body: Value| {
            let mut request = request(&api.key, Method::PUT, &path, &body);
            request
                .headers_mut()
                .insert("if-match", tag.parse().unwrap());
            api.send(request).await
        };
        assert_eq!(
            put("\"1\"", json!({"name": "b"})).await.header("etag"),
            "\"2\"",
            "{kind}"
        );
        put("\"1\"", json!({"name": "c"}))
            .await
            .problem(412, "precondition_failed");
        put("W/\"2\"", json!({"name": "c"}))
            .await
            .problem(412, "precondition_failed");
        put("\"1\", \"2\"", json!({"name": "c"})).await.expect(200);
        put("*", json!({"name": "d"})).await.expect(200);
        put("\"9\"", json!({"name": ""}))
            .await
            .problem(422, "validation_failed");
        api.put(&path, json!({"name": "e", "version": 4}))
            .await
            .expect(200);
        api.put(&path, json!({"name": "f", "version": 4}))
            .await
            .problem(409, "version_conflict");
        api.put(&path, json!({"version": 4}))
            .await
            .problem(409, "version_conflict");
        for version in [json!(0), json!("5"), json!(5.5), Value::Null] {
            let problems = api.put(&path, json!({"version": version})).await.problems();
            assert_eq!(
                problems,
                [("#/version".to_owned(), "invalid_type".to_owned())],
                "{kind}"
            );
        }
        assert_eq!(
            api.get(&path).await.expect(200)["data"]["version"],
            json!(5),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn an_unquoted_if_match_says_that_the_quotes_are_missing() {
    let api = Api::start().await;
    let path = format!("/api/v1/payees/{}", api.payee().await);
    let put = async |tag: &str| {
        let body = json!({"name": "Bea"});
        let mut request = request(&api.key, Method::PUT, &path, &body);
        request
            .headers_mut()
            .insert("if-match", tag.parse().unwrap());
        api.send(request).await
    };
    let problem = put("1").await.problem(412, "precondition_failed");
    assert!(
        problem["detail"].as_str().unwrap().contains("quotes"),
        "{problem}"
    );
    let problem = put("\"7\"").await.problem(412, "precondition_failed");
    assert!(
        problem["detail"].as_str().unwrap().contains("version 1"),
        "{problem}"
    );
    put("\"1\"").await.expect(200);
}
