//! A table that one only looks at, such as a restored one.

use std::sync::Arc;

use admin::template::Template;
use http::Method;
use local::gateway::Gateway;
use local::setup::{DynamoDb, Setup};
use serde_json::Value;
use shared::app::App;
use store::table::Connection;

use crate::harness::{Api, request};

/// The calls that change a table.
const WRITES: [&str; 6] = [
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

#[tokio::test]
async fn a_table_that_is_only_read_stays_as_it_is() {
    let api = Api::start_here().await;
    let payee = api.payee().await;
    let key = api.key_with(&["read:payees", "read:revenues"]).await;
    let setup = |table: &str| Setup {
        dynamodb: DynamoDb::At(api.wire.endpoint.clone()),
        table: table.to_owned(),
        functions: None,
        is_read_only: true,
    };
    api.wire.take();
    let absent = setup("absent").start().await.err().unwrap().sentence();
    let named = ["\"absent\"", "--read-only"];
    assert!(named.iter().all(|name| absent.contains(name)), "{absent}");

    let local = setup(&api.table).start().await.unwrap();
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
    let calls = api.wire.count();
    assert!(
        calls.contains_key("GetItem") || calls.contains_key("BatchGetItem"),
        "{calls:?}"
    );
    for write in WRITES {
        assert!(!calls.contains_key(write), "{calls:?}");
    }

    // A check of the test: who may write notes that the key was used.
    let connection = Connection::emulated(&api.table, api.wire.endpoint.clone());
    let app = Arc::new(App::new(connection.open().await));
    let writing = Gateway::new(app, Template::included()).unwrap();
    assert_eq!(status(&writing, &key, Method::GET, &payee).await, 200);
    assert_eq!(api.wire.count()["UpdateItem"], 1);
}
