//! What holds for every kind of record: single writes and reads.

use http::Method;
use serde_json::{Map, Value, json};

use crate::fixture::{Kind, kinds};
use crate::harness::{Api, request};

/// The fields with which a record differs from what it was expected to have.
#[track_caller]
fn assert_has(record: &Value, expected: &Map<String, Value>) {
    for (field, value) in expected {
        assert_eq!(&record[field], value, "{field} of {record:#}");
    }
}

pub async fn create(api: &Api, kind: &Kind, fields: Value) -> Value {
    api.post(&kind.path(), kind.body(&fields)).await.expect(201)["data"].clone()
}

pub fn path_of(kind: &Kind, record: &Value) -> String {
    format!("{}/{}", kind.path(), record["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_minimal_record_has_the_defaults() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let reply = api.post(&kind.path(), kind.minimal.clone().into()).await;
        let location = reply.header("location").to_owned();
        let created = reply.expect(201)["data"].clone();
        assert_eq!(location, path_of(&kind, &created));
        assert_eq!(created["version"], json!(1));
        assert_eq!(created["created_at"], created["updated_at"]);
        assert!(created["created_at"].as_str().unwrap().ends_with("+00:00"));
        let mut fields = created.as_object().unwrap().clone();
        fields.retain(|name, _| {
            !["id", "version", "created_at", "updated_at"].contains(&name.as_str())
        });
        assert_eq!(fields, kind.minimal_reads, "{}", kind.name);
    }
}

#[tokio::test]
async fn a_full_record_reads_back_as_it_was_sent() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let created = api
            .post(&kind.path(), kind.full.clone().into())
            .await
            .expect(201)["data"]
            .clone();
        let mut expected = kind.full.clone();
        expected.extend(kind.full_reads.clone());
        assert_has(&created, &expected);
        let reply = api.get(&path_of(&kind, &created)).await;
        assert_eq!(reply.header("etag"), "\"1\"");
        let mut read = reply.expect(200)["data"].clone();
        read.as_object_mut().unwrap().remove("revenue_count");
        assert_eq!(read, created);
    }
}

#[tokio::test]
async fn what_is_read_can_be_sent_back() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let created = api
            .post(&kind.path(), kind.full.clone().into())
            .await
            .expect(201)["data"]
            .clone();
        let path = path_of(&kind, &created);
        let read = api.get(&path).await.expect(200)["data"].clone();
        assert_eq!(
            api.put(&path, read.clone()).await.expect(200)["data"],
            created,
            "unchanged"
        );
        let mut copy = read;
        copy["external_id"] = json!("another");
        let copied = api.post(&kind.path(), copy).await.expect(201)["data"].clone();
        assert_ne!(copied["id"], created["id"]);
        assert_eq!(copied["version"], json!(1));
    }
}

#[tokio::test]
async fn bad_fields_are_named_in_creates_and_updates() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let path = path_of(&kind, &create(&api, &kind, json!({})).await);
        for case in &kind.invalid {
            let fields = Value::Object(case.fields.clone());
            let mut expected = case.problems.clone();
            expected.sort();
            let created = api.post(&kind.path(), kind.body(&fields)).await.problems();
            let updated = api.put(&path, fields.clone()).await.problems();
            for mut problems in [created, updated] {
                problems.sort();
                assert_eq!(problems, expected, "{} {fields}", kind.name);
            }
        }
        assert_eq!(
            api.get(&path).await.expect(200)["data"]["version"],
            json!(1)
        );
        assert_eq!(
            api.get(&kind.path()).await.expect(200)["meta"]["total"].as_u64(),
            Some(if kind.name == "payees" { 3 } else { 1 })
        );
    }
}

#[tokio::test]
async fn good_fields_are_read_back_in_one_form() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let path = path_of(&kind, &create(&api, &kind, json!({})).await);
        for case in &kind.valid {
            let fields = Value::Object(case.fields.clone());
            assert_has(
                &api.put(&path, fields.clone()).await.expect(200)["data"],
                &case.reads,
            );
            api.put(&path, json!({"external_id": null}))
                .await
                .expect(200);
            assert_has(&create(&api, &kind, fields).await, &case.reads);
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
                "{} {fields}",
                kind.name
            );
            assert_eq!(
                statuses().await,
                (json!("unchanged"), json!("unchanged")),
                "{} {fields}",
                kind.name
            );
        }
    }
}

#[tokio::test]
async fn required_fields_are_named_when_absent() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let problems = api
            .post(&kind.path(), json!({"unknown": 1}))
            .await
            .problems();
        for name in kind.minimal.keys() {
            assert!(
                problems.contains(&(format!("#/{name}"), "required".into())),
                "{name} in {problems:?}"
            );
        }
        assert!(problems.contains(&("#/unknown".into(), "unknown_field".into())));
        for body in [json!([]), json!("text"), json!(7)] {
            let problems = api.post(&kind.path(), body).await.problems();
            assert_eq!(problems, [("#".to_owned(), "invalid_type".to_owned())]);
        }
    }
}

#[tokio::test]
async fn an_update_keeps_what_is_absent_and_null_clears() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let created = api
            .post(&kind.path(), kind.full.clone().into())
            .await
            .expect(201)["data"]
            .clone();
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
        assert_eq!(renamed, expected);
        assert!(renamed["updated_at"].as_str() > created["updated_at"].as_str());
        for (done, field) in kind.nullable.iter().enumerate() {
            let cleared = api.put(&path, json!({field: null})).await.expect(200)["data"].clone();
            assert_eq!(cleared[field], Value::Null);
            assert_eq!(cleared["version"], json!(done + 3));
        }
        for field in &kind.not_nullable {
            let problems = api.put(&path, json!({field: null})).await.problems();
            assert_eq!(
                problems,
                [(format!("#/{field}"), "not_nullable".to_owned())]
            );
        }
    }
}

#[tokio::test]
async fn an_update_that_changes_nothing_writes_nothing() {
    let api = Api::start_here().await;
    for kind in kinds(&api).await {
        let created = api
            .post(&kind.path(), kind.full.clone().into())
            .await
            .expect(201)["data"]
            .clone();
        let path = path_of(&kind, &created);
        api.wire.take();
        for body in [
            json!({}),
            Value::Object(kind.full.clone()),
            json!({"version": 1}),
        ] {
            assert_eq!(api.put(&path, body).await.expect(200)["data"], created);
        }
        assert_eq!(
            api.wire.count().into_keys().collect::<Vec<_>>(),
            ["BatchGetItem"]
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
            "\"2\""
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
                [("#/version".to_owned(), "invalid_type".to_owned())]
            );
        }
        assert_eq!(
            api.get(&path).await.expect(200)["data"]["version"],
            json!(5)
        );
    }
}

#[tokio::test]
async fn an_external_id_belongs_to_one_record() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let first = create(&api, &kind, json!({"external_id": "a"})).await;
        let taken = api
            .post(&kind.path(), kind.body(&json!({"external_id": "a"})))
            .await
            .problem(409, "already_exists");
        assert_eq!(taken["existing_id"], first["id"]);
        let second = create(&api, &kind, json!({"external_id": "A"})).await;
        let taken = api
            .put(&path_of(&kind, &second), json!({"external_id": "a"}))
            .await
            .problem(409, "already_exists");
        assert_eq!(taken["existing_id"], first["id"]);

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
        assert_eq!(listed["data"][0]["id"], third["id"]);
        create(&api, &kind, json!({"external_id": "A"})).await;
    }
}

#[tokio::test]
async fn external_ids_are_exact_up_to_255_characters() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let longest = "🦀".repeat(255);
        let created = create(&api, &kind, json!({"external_id": longest})).await;
        assert_eq!(created["external_id"], json!(longest));
        let too_long = "x".repeat(256);
        let problems = api
            .post(&kind.path(), kind.body(&json!({"external_id": too_long})))
            .await
            .problems();
        assert_eq!(
            problems,
            [("#/external_id".to_owned(), "too_long".to_owned())]
        );
        for id in ["e\u{301}", "é", " é", "É", "a/b#c?d%e", " ", "0"] {
            assert_eq!(
                create(&api, &kind, json!({"external_id": id})).await["external_id"],
                json!(id)
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
            "a%2Fb",
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
        assert_eq!(listed["data"], json!([]));
        let other = api
            .call_as(
                &foreign,
                Method::GET,
                &format!("{}?external_id=mine", kind.path()),
                &Value::Null,
            )
            .await;
        assert_eq!(other.expect(200)["meta"]["total"], json!(0));
    }
}
