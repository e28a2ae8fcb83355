//! A table that one only looks at, such as a restored one.

use std::sync::Arc;

use admin::template::Template;
use domain::permission::{Permission, Verb};
use http::Method;
use local::gateway::Gateway;
use local::setup::{DynamoDb, Setup};
use serde_json::{Value, json};
use shared::app::App;
use store::table::Connection;

use crate::access::path;
use crate::harness::{Api, request};

/// The calls that change a table.
const WRITES: [&str; 7] = [
    "BatchExecuteStatement",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "TransactWriteItems",
    "BatchWriteItem",
    "CreateTable",
];

async fn status(gateway: &Gateway, key: &str, method: Method, path: &str) -> u16 {
    let request = request(key, method, path, &Value::Null);
    gateway.answer(request).await.status().as_u16()
}

/// The product over the table of an API, which must exist and stay as it is.
fn only_reading(api: &Api, table: &str) -> Setup {
    Setup {
        dynamodb: DynamoDb::At(api.wire.endpoint.clone()),
        table: table.to_owned(),
        functions: None,
        is_read_only: true,
    }
}

fn assert_nothing_written(api: &Api) {
    let calls = api.wire.count();
    assert!(
        calls.contains_key("GetItem") || calls.contains_key("BatchGetItem"),
        "{calls:?}"
    );
    for write in WRITES {
        assert!(!calls.contains_key(write), "{calls:?}");
    }
}

/// Whether an operation reads is decided by its permission: a preview of payouts is a POST.
#[tokio::test]
async fn every_operation_that_needs_no_permission_to_write_is_answered() {
    let api = Api::start_here().await;
    let key = api.key_with(&["read:payees", "read:payouts"]).await;
    let local = only_reading(&api, &api.table).start().await.unwrap();
    api.wire.take();
    for operation in registry::operations() {
        let writes = |permission: &Permission| permission.verb == Verb::Write;
        let refused = operation.permissions.iter().any(writes);
        let method = operation.method.clone();
        let request = request(&api.key, method.clone(), &path(&operation), &Value::Null);
        let status = local.gateway.answer(request).await.status().as_u16();
        let name = format!("{method} {}: {status}", operation.path);
        match refused {
            true => assert!([404, 405].contains(&status), "{name}"),
            false => assert_ne!(status, 405, "{name}"),
        }
    }
    let preview = json!({"from": "2026-05-01", "to": "2026-05-31"});
    let preview = request(&key, Method::POST, "/api/v1/payouts/preview", &preview);
    assert_eq!(local.gateway.answer(preview).await.status(), 200);
    assert_nothing_written(&api);
    local.stop().await;
}

#[tokio::test]
async fn a_table_that_is_only_read_stays_as_it_is() {
    let api = Api::start_here().await;
    let payee = api.payee().await;
    let key = api.key_with(&["read:payees", "read:revenues"]).await;
    api.wire.take();
    let absent = only_reading(&api, "absent")
        .start()
        .await
        .err()
        .unwrap()
        .sentence();
    let named = ["\"absent\"", "--read-only"];
    assert!(named.iter().all(|name| absent.contains(name)), "{absent}");

    let local = only_reading(&api, &api.table).start().await.unwrap();
    let payee = format!("/api/v1/payees/{payee}");
    for path in ["/api/v1/payees", "/api/v1/revenues/digest", &payee] {
        assert_eq!(status(&local.gateway, &key, Method::GET, path).await, 200);
        assert_eq!(status(&local.gateway, &key, Method::HEAD, path).await, 200);
    }
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = local
            .gateway
            .answer(request(&key, method, &payee, &Value::Null));
        let answer = answer.await;
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.headers()["allow"], "GET, HEAD");
    }
    local.stop().await;
    assert_nothing_written(&api);

    // A check of the test: who may write notes that the key was used.
    let connection = Connection::emulated(&api.table, api.wire.endpoint.clone());
    let app = Arc::new(App::new(connection.open().await));
    let writing = Gateway::new(app, Template::included()).unwrap();
    assert_eq!(status(&writing, &key, Method::GET, &payee).await, 200);
    assert_eq!(api.wire.count()["UpdateItem"], 1);
}
