//! The document of the API follows from the code.

use std::fs;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use serde_json::Value;

use crate::examples::add_examples;
use crate::harness::Api;
use crate::house::root;

/// Rewrites the committed document if it is set.
const WRITE_VARIABLE: &str = "WRITE_OPENAPI";

#[tokio::test]
async fn the_committed_document_is_what_the_code_says() {
    let mut document = registry::openapi();
    add_examples(&mut document).await;
    let mut text = serde_json::to_string_pretty(&document).unwrap();
    text.push('\n');
    let path = root().join("docs/openapi.json");
    if std::env::var_os(WRITE_VARIABLE).is_some() {
        fs::write(&path, &text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    let places = committed.lines().zip(text.lines()).enumerate();
    let mut differing = places.filter(|(_, (committed, now))| committed != now);
    assert!(
        committed == text,
        "docs/openapi.json differs: {WRITE_VARIABLE}=1 cargo test -p tests the_committed_document: {:?}",
        differing.next()
    );
}

#[tokio::test]
async fn every_operation_has_examples_of_a_request_and_of_an_answer() {
    let mut document = registry::openapi();
    add_examples(&mut document).await;
    let items = document["paths"].as_object().unwrap().values();
    for operation in items.flat_map(|item| item.as_object().unwrap().values()) {
        let id = &operation["operationId"];
        if id == "get_openapi" || id == "get_errors" {
            continue;
        }
        let has_example = |content: &Value| {
            let media_types = content
                .as_object()
                .into_iter()
                .flat_map(|types| types.values());
            media_types
                .into_iter()
                .any(|one| one["examples"].is_object())
        };
        let body = &operation["requestBody"];
        let is_shown = body["required"] != true || has_example(&body["content"]);
        assert!(is_shown, "{id} has an example of a body");
        let successes = operation["responses"].as_object().unwrap().iter();
        for (status, response) in successes.filter(|(status, _)| status.starts_with('2')) {
            assert!(
                has_example(&response["content"]),
                "{id} has an example of {status}"
            );
        }
    }
}

#[tokio::test]
async fn the_pages_that_describe_the_api_take_no_key() {
    let api = Api::start().await;
    let described = registry::openapi();
    let read = async |path: &str| {
        let request = Request::builder().uri(path).body(Body::empty());
        let response = api.gateway.answer(request.unwrap()).await;
        assert_eq!(response.status(), 200, "{path}");
        let content_type = response.headers()["content-type"].to_str().unwrap();
        let content_type = content_type.to_owned();
        let content = &described["paths"][path]["get"]["responses"]["200"]["content"];
        let media_type = content_type.split(';').next().unwrap();
        assert!(content[media_type].is_object(), "{path}: {content_type}");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (content_type, String::from_utf8(bytes.to_vec()).unwrap())
    };
    let (content_type, root_page) = read("/").await;
    assert_eq!(content_type, "application/json");
    let begin: Value = serde_json::from_str(&root_page).unwrap();
    let path = |name: &str| begin[name].as_str().unwrap().to_owned();
    let (content_type, document) = read(&path("openapi")).await;
    assert_eq!(content_type, "application/json");
    let committed = fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    assert_eq!(document, committed);
    let (content_type, errors) = read(&path("errors")).await;
    assert_eq!(content_type, "text/plain; charset=utf-8");
    let problem = api.get("/api/v1/nothing").await.problem(404, "not_found");
    let (page, anchor) = problem["type"].as_str().unwrap().split_once('#').unwrap();
    assert_eq!(page, path("errors"), "the type of a problem can be read");
    assert!(errors.contains(&format!("\n## {anchor}\n")));
    api.get(&path("ping")).await.expect(200);
    assert!(api.wire.take().is_empty(), "nothing is read from the table");
}
