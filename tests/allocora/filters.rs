//! What holds for every kind of record: the filters of its list.

use serde_json::{Value, json};

use crate::fixture::{all_kinds, create, kinds, path_of};
use crate::harness::Api;

/// Parameters that are tested elsewhere.
const PARAMETERS_OF_EVERY_LIST: [&str; 4] = ["page", "per_page", "cursor", "updated_since"];

#[tokio::test]
async fn filters_find_what_they_name() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await {
        for filter in &kind.filters {
            let wanted = create(&api, &kind, Value::Object(filter.matches.clone())).await;
            let other = create(&api, &kind, Value::Object(filter.misses.clone())).await;
            let path = format!("{}?per_page=100&{}", kind.path(), filter.query);
            let listed = api.get(&path).await.expect(200);
            let rows = listed["data"].as_array().unwrap();
            assert!(rows.contains(&wanted), "{path} finds {wanted:#}");
            assert!(!rows.contains(&other), "{path} does not find {other:#}");
            assert_eq!(listed["meta"]["total"], json!(rows.len()), "{kind}: {path}");
        }
    }
}

#[tokio::test]
async fn updated_since_finds_what_changed() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let first = create(&api, &kind, json!({})).await;
        let second = create(&api, &kind, json!({})).await;
        let changed = api
            .put(&path_of(&kind, &first), json!({"name": "Changed"}))
            .await
            .expect(200)["data"]
            .clone();
        let since = |time: &Value| {
            format!(
                "{}?updated_since={}",
                kind.path(),
                time.as_str().unwrap().replace('+', "%2B")
            )
        };
        let listed = api.get(&since(&changed["updated_at"])).await.expect(200);
        assert_eq!(listed["data"], json!([changed]), "{kind}");
        let as_returned = format!(
            "{}?updated_since={}",
            kind.path(),
            changed["updated_at"].as_str().unwrap()
        );
        assert_eq!(
            api.get(&as_returned).await.expect(200)["data"],
            json!([changed]),
            "{kind}: a plus sign may stay one"
        );
        let listed = api.get(&since(&second["updated_at"])).await.expect(200);
        assert_eq!(listed["meta"]["total"], json!(2), "{kind}");
        api.get(&format!("{}?updated_since=yesterday", kind.path()))
            .await
            .problem(400, "malformed_query");
    }
}

#[tokio::test]
async fn every_filter_has_a_fixture() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await {
        let path = format!("{}?no_such_filter=1", kind.path());
        let problem = api.get(&path).await.problem(400, "malformed_query");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        let known = detail
            .split("Known parameters: ")
            .nth(1)
            .unwrap()
            .split(", ");
        for filter in known.filter(|name| !PARAMETERS_OF_EVERY_LIST.contains(name)) {
            let begins = |query: &str| {
                query
                    .split('&')
                    .any(|part| part.starts_with(&format!("{filter}=")))
            };
            assert!(
                kind.filters.iter().any(|fixture| begins(&fixture.query)),
                "{kind} {filter}"
            );
        }
    }
}
