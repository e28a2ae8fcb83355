//! Creating and reading records of every kind: defaults, values and problems.

use serde_json::{Value, json};

use crate::fixture::{all_kinds, as_listed, assert_has, create, create_full, path_of};
use crate::harness::Api;

/// The fields that every record has and that a body does not set.
const OWN_FIELDS: [&str; 4] = ["id", "version", "created_at", "updated_at"];

#[tokio::test]
async fn a_minimal_record_has_the_defaults() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await {
        let name = &kind.name;
        let reply = api.post(&kind.path(), kind.minimal.clone().into()).await;
        let location = reply.header("location").to_owned();
        let created = reply.expect(201)["data"].clone();
        assert_eq!(location, path_of(&kind, &created), "{name}");
        let created_at = created["created_at"].as_str().unwrap();
        assert!(
            created_at.ends_with("+00:00"),
            "{kind}: {name}: {created_at}"
        );
        if kind.updatable {
            assert_eq!(created["version"], json!(1), "{name}");
            assert_eq!(created["updated_at"], created["created_at"], "{name}");
        }
        let mut fields = created.as_object().unwrap().clone();
        fields.retain(|field, _| !OWN_FIELDS.contains(&field.as_str()));
        assert_eq!(fields, kind.minimal_reads, "{name}");
    }
}

#[tokio::test]
async fn a_full_record_reads_back_as_it_was_sent() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await {
        let created = create_full(&api, &kind).await;
        let mut expected = kind.full.clone();
        expected.extend(kind.full_reads.clone());
        assert_has(&kind, &created, &expected);
        let reply = api.get(&path_of(&kind, &created)).await;
        let tag = if kind.updatable { "\"1\"" } else { "" };
        assert_eq!(reply.header("etag"), tag, "{kind}");
        let read = reply.expect(200)["data"].clone();
        assert_eq!(as_listed(read), created, "{kind}");
    }
}

#[tokio::test]
async fn a_full_body_has_every_field() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await {
        let mut described: Vec<&String> = kind.nullable.iter().chain(&kind.not_nullable).collect();
        described.sort();
        let mut fields: Vec<&String> = kind.full.keys().collect();
        fields.sort();
        assert_eq!(described, fields, "{kind}");
    }
}

#[tokio::test]
async fn fields_that_may_be_null_are_read_back_as_null() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await {
        let mut body = kind.minimal.clone();
        body.extend(kind.nullable.iter().map(|name| (name.clone(), Value::Null)));
        let created = api.post(&kind.path(), body.into()).await.expect(201);
        for field in &kind.nullable {
            let value = &created["data"][field];
            assert_eq!(value, &Value::Null, "{field} of {kind}");
        }
        for field in &kind.not_nullable {
            let body = kind.body(&json!({ field: null }));
            let problems = api.post(&kind.path(), body).await.problems();
            let expected = [(format!("#/{field}"), "not_nullable".to_owned())];
            assert_eq!(problems, expected, "{field} of {kind}");
        }
    }
}

#[tokio::test]
async fn invalid_fields_are_named_and_create_nothing() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await {
        let total = async || api.get(&kind.path()).await.expect(200)["meta"]["total"].clone();
        let before = total().await;
        for case in &kind.invalid {
            let fields = Value::Object(case.fields.clone());
            let mut problems = api.post(&kind.path(), kind.body(&fields)).await.problems();
            problems.sort();
            let mut expected = case.problems.clone();
            expected.sort();
            assert_eq!(problems, expected, "{kind} {fields}");
        }
        assert_eq!(total().await, before, "{kind}");
    }
}

#[tokio::test]
async fn valid_fields_are_read_back_in_one_form() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await {
        for case in &kind.valid {
            let created = create(&api, &kind, case.fields.clone().into()).await;
            assert_has(&kind, &created, &case.reads);
            let read = api.get(&path_of(&kind, &created)).await.expect(200);
            assert_has(&kind, &read["data"], &case.reads);
        }
    }
}

#[tokio::test]
async fn required_fields_are_named_when_absent() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await {
        let reply = api.post(&kind.path(), json!({"unknown": 1})).await;
        let problems = reply.problems();
        for field in kind.minimal.keys() {
            let problem = (format!("#/{field}"), "required".to_owned());
            assert!(problems.contains(&problem), "{kind} {field}");
        }
        let unknown = ("#/unknown".to_owned(), "unknown_field".to_owned());
        assert!(problems.contains(&unknown), "{kind}");
        for body in [json!([]), json!("text"), json!(7)] {
            let problems = api.post(&kind.path(), body.clone()).await.problems();
            let expected = [("#".to_owned(), "invalid_type".to_owned())];
            assert_eq!(problems, expected, "{kind} {body}");
        }
    }
}
