//! The policies of the template against the calls of the functions: each may do what it does, and
//! no more.

use crate::fixture::{Kind, kinds};
use crate::harness::Api;
use crate::house::root;
use crate::iam::{Grant, INDEX, Statement, TABLE, Use, policy};
use crate::set_aside::spoil_counter;
use crate::wire::{Call, inserted};
use admin::template::Template;
use domain::counting::counter;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::key;

/// What a call did.
fn done(call: &Call) -> Vec<Use> {
    let grant = |action: &str, resource, partition: &Value| Use {
        grant: Grant {
            action: format!("dynamodb:{action}"),
            resource,
        },
        partition: partition.as_str().unwrap().to_owned(),
        attributes: Vec::new(),
    };
    let body = &call.body;
    match call.operation.as_str() {
        "PutItem" => vec![grant("PutItem", TABLE, &body["Item"]["PK"]["S"])],
        "UpdateItem" => {
            let key = body["Key"].as_object().unwrap().keys().cloned();
            let names = body["ExpressionAttributeNames"].as_object().unwrap();
            let names = names.values().map(|name| name.as_str().unwrap().to_owned());
            vec![Use {
                attributes: key.chain(names).collect(),
                ..grant("UpdateItem", TABLE, &body["Key"]["PK"]["S"])
            }]
        }
        "Query" => {
            let resource = if body["IndexName"] == "GSI1" {
                INDEX
            } else {
                TABLE
            };
            vec![grant(
                "Query",
                resource,
                &body["ExpressionAttributeValues"][":p"]["S"],
            )]
        }
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().unwrap().values();
            let keys = tables.flat_map(|table| table["Keys"].as_array().unwrap());
            keys.map(|key| grant("BatchGetItem", TABLE, &key["PK"]["S"]))
                .collect()
        }
        // For a batch of statements IAM asks for each of them.
        "BatchExecuteStatement" => {
            let items = inserted(call).into_iter();
            items
                .map(|item| grant("PartiQLInsert", TABLE, &item["PK"]["S"]))
                .collect()
        }
        // For a transaction IAM asks for each of its parts.
        "TransactWriteItems" => {
            let parts = body["TransactItems"].as_array().unwrap().iter();
            parts
                .map(|part| match (&part["Put"], &part["Delete"]) {
                    (Value::Object(put), Value::Null) => {
                        grant("PutItem", TABLE, &put["Item"]["PK"]["S"])
                    }
                    (Value::Null, Value::Object(delete)) => {
                        grant("DeleteItem", TABLE, &delete["Key"]["PK"]["S"])
                    }
                    _ => panic!("no grant is known for {part}"),
                })
                .collect()
        }
        other => panic!("no grant is known for {other}"),
    }
}

/// What a function sends to DynamoDB when it does all that it can, with a key that was not used
/// before.
async fn calls_of(function: &str) -> Vec<Call> {
    let mut api = Api::start().await;
    let kind = kinds(&api)
        .await
        .into_iter()
        .find(|kind| kind.name == function);
    let permissions = registry::permissions();
    api.key = api
        .key_with(&permissions.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    api.wire.take();
    match (function, kind) {
        ("ping", None) => _ = api.get("/api/allocora/ping").await.expect(200),
        ("totals", None) => count_revenues(&api).await,
        ("payouts", None) => compute_payouts(&api).await,
        ("revenues", None) => write_and_read_revenues(&api).await,
        (_, kind) => write_and_read_records(&api, &kind.unwrap()).await,
    }
    api.wire.take()
}

async fn write_and_read_revenues(api: &Api) {
    let revenue = json!({"external_id": "r", "type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-01-01"});
    let created = api
        .post("/api/v1/revenues", revenue.clone())
        .await
        .expect(201);
    api.post("/api/v1/revenues/batch", json!({"records": [revenue]}))
        .await
        .expect(200);
    api.get(&format!(
        "/api/v1/revenues/{}",
        created["data"]["id"].as_str().unwrap()
    ))
    .await
    .expect(200);
    for path in [
        "/api/v1/revenues",
        "/api/v1/revenues?external_id=r",
        "/api/v1/revenue-sources",
    ] {
        api.get(path).await.expect(200);
    }
}

/// Both operations; the revenue to explain is written by another function.
async fn compute_payouts(api: &Api) {
    let period = json!({"from": "2026-05-01", "to": "2026-05-31"});
    api.post("/api/v1/payouts/preview", period)
        .await
        .expect(200);
    let calls = api.wire.take();
    let revenue = json!({"external_id": "r", "type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-05-01"});
    api.post("/api/v1/revenues", revenue).await.expect(201);
    api.wire.take();
    api.wire.extend(calls);
    api.get("/api/v1/payouts/explain?external_id=r")
        .await
        .expect(200);
}

/// As the function does: it opens the connection, takes an event, and sets counters aside.
async fn count_revenues(api: &Api) {
    api.app.table.existing(&[key::warm_up_key()]).await.unwrap();
    let mut event: Value = serde_json::from_str(
        &std::fs::read_to_string(root().join("tests/events/count-revenues.json")).unwrap(),
    )
    .unwrap();
    let workspace = api.workspace.config.id;
    event["Records"][0]["dynamodb"]["Keys"]["PK"]["S"] =
        json!(format!("W#{workspace}#R#{}", uuid::Uuid::nil()));
    let later = || tokio::time::Instant::now() + std::time::Duration::from_secs(5);
    for _ in 0..2 {
        let counted = totals::handle_event(&api.app, event.clone(), later()).await;
        assert_eq!(counted.unwrap(), json!({"state": {}}));
        let calls = api.wire.take();
        spoil_counter(api, &counter::year("*", "2026"), "0531").await;
        api.wire.take();
        api.wire.extend(calls);
        event["Records"][0]["dynamodb"]["SequenceNumber"] = json!("521000000000001234567890123");
    }
}

async fn write_and_read_records(api: &Api, kind: &Kind) {
    let record = kind.body(&json!({"external_id": "a"}));
    let created = api.post(&kind.path(), record.clone()).await.expect(201);
    let path = format!(
        "{}/{}",
        kind.path(),
        created["data"]["id"].as_str().unwrap()
    );
    api.get(&path).await.expect(200);
    api.put(&path, json!({"name": "New", "external_id": "b"}))
        .await
        .expect(200);
    api.post(
        &format!("{}/batch", kind.path()),
        json!({"records": [record]}),
    )
    .await
    .expect(200);
    let upsert = json!({"records": [{"external_id": "b", "name": "Newer"}]});
    api.post(&format!("{}/upsert", kind.path()), upsert)
        .await
        .expect(200);
    api.get(&kind.path()).await.expect(200);
    api.get(&format!("{}?external_id=b", kind.path()))
        .await
        .expect(200);
    if kind.name == "rules" {
        let payee = json!({"external_id": "p", "name": "P"});
        let calls = api.wire.take();
        api.post("/api/v1/payees", payee).await.expect(201);
        api.wire.take();
        api.wire.extend(calls);
        let by_name = json!({"allocations": [{"payee_external_id": "p", "percentage": 1}]});
        api.put(&path, by_name).await.expect(200);
        api.get(&path).await.expect(200);
        let list = format!("{}?payee_external_id=p", kind.path());
        api.get(&list).await.expect(200);
        api.get(&format!("{path}/versions")).await.expect(200);
        api.get(&format!("{path}/versions/1")).await.expect(200);
    }
    if kind.name == "products" {
        // Of a workspace that was never counted, the revenues themselves are counted.
        let never = std::collections::BTreeMap::from([("counting", Vec::<u8>::new())]);
        let calls = api.wire.take();
        api.configure(&never).await;
        api.wire.take();
        api.wire.extend(calls);
        let mut other = api.restarted().await;
        other.key.clone_from(&api.key);
        other.get(&path).await.expect(200);
        api.wire.extend(other.wire.take());
    }
}

#[tokio::test]
async fn every_function_may_do_what_it_does_and_no_more() {
    for function in Template::included().functions() {
        let policy = policy(function);
        let mut used = BTreeSet::new();
        for done in calls_of(function).await.iter().flat_map(done) {
            let allowed = policy.iter().any(|statement| statement.allows(&done));
            let Use {
                grant,
                partition,
                attributes,
            } = done;
            assert!(
                allowed,
                "{function} needs {grant:?} in {partition} for {attributes:?}"
            );
            used.insert(grant);
        }
        let granted: BTreeSet<Grant> = policy
            .into_iter()
            .flat_map(|statement| statement.grants)
            .collect();
        assert_eq!(granted, used, "{function} is granted what it uses");
    }
}

/// The only partitions that a function writes to, besides those of API keys.
fn own_partitions(function: &str) -> &'static [&'static str] {
    match function {
        "ping" | "payouts" => &[],
        "payees" => &["W#*#PAYEE"],
        "products" => &["W#*#PRODUCT"],
        "rules" => &["W#*#RULE"],
        "revenues" => &["W#*#R#*"],
        "totals" => &["W#*#T#*", "W#????????-????-????-????-????????????"],
        other => panic!("which partitions may {other} write to?"),
    }
}

#[test]
fn writes_are_confined_to_the_partitions_of_the_function() {
    for function in Template::included().functions() {
        for Statement {
            grants, partitions, ..
        } in policy(function)
        {
            let reads = ["dynamodb:BatchGetItem", "dynamodb:Query"];
            if grants.iter().all(|grant| reads.contains(&&*grant.action)) {
                continue;
            }
            for partition in partitions.unwrap_or_else(|| panic!("{function}: {grants:?}")) {
                let is_own = own_partitions(function).contains(&&*partition);
                let is_key = partition == "K#*" && function != "totals";
                assert!(is_own || is_key, "{function} writes to {partition}");
            }
        }
    }
}
