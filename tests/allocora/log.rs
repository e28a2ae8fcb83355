//! The log: one line for each request, with its metrics, and nothing that is not for the log.

pub use crate::captured_log::Log;
use crate::harness::{Api, request};
use crate::set_aside::spoil_counter;
use crate::wire::Fault;
use domain::counting::counter;
use http::Method;
use serde_json::{Value, json};
use shared::cloudwatch::metrics as known_metrics;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// The names of the metrics that a line declares.
fn metrics(line: &Value) -> BTreeSet<&str> {
    let declared = line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
        .as_array()
        .unwrap();
    declared
        .iter()
        .map(|metric| metric["Name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_request_is_one_line() {
    let api = Api::start_here().await;
    let log = Log::at("info");
    let mut request = request(
        &api.key,
        Method::POST,
        "/api/v1/payees?x=1",
        &json!({"name": "Ada"}),
    );
    request
        .headers_mut()
        .insert("x-request-id", "job-7".parse().unwrap());
    api.send(request).await.problem(400, "malformed_query");
    let lines = log.take();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0]["client_request_id"], "job-7");

    let payee = api.payee().await;
    log.take();
    let reply = api.get(&format!("/api/v1/payees/{payee}")).await;
    let (request_id, line) = (reply.header("x-request-id").to_owned(), log.request());
    let expected = json!({
        "level": "INFO", "message": "request", "method": "GET", "route": "/api/v1/payees/{id}", "status": 200,
        "request_id": request_id, "workspace": api.workspace.config.id, "key_id": api.key[9..41], "cold_start": false,
        "dynamodb_calls": 1, "read_units": 1.0, "write_units": 0.0, "function": "allocora-test-payees",
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&line[field], value, "{field} of {line:#}");
    }
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0);
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], "Allocora");
    assert_eq!(directive["Dimensions"], json!([["function"]]));
    assert_eq!(
        directive["Metrics"],
        json!([{"Name": "duration_ms", "Unit": "Milliseconds"}])
    );
    assert!(line["_aws"]["Timestamp"].as_u64().unwrap() > 1_700_000_000_000);
}

#[tokio::test]
async fn the_first_request_of_a_process_is_its_cold_start() {
    let api = Api::start_here().await;
    let log = Log::at("info");
    let other = api.restarted().await;
    assert_eq!(log.request()["cold_start"], true);
    other.get("/api/allocora/ping").await.expect(200);
    assert_eq!(log.request()["cold_start"], false);
}

#[tokio::test]
async fn every_metric_is_counted_where_it_happens() {
    let api = Api::start_here().await;
    let log = Log::at("info");
    let mut seen = BTreeSet::new();
    let mut expect = |fields: Value| {
        let line = log.request();
        for (field, value) in fields.as_object().unwrap() {
            assert_eq!(&line[field], value, "{field} of {line:#}");
        }
        let declared = metrics(&line);
        let counted = known_metrics()
            .map(|(name, _)| name)
            .filter(|name| !line[name].is_null());
        assert_eq!(
            declared,
            counted.collect(),
            "every metric is a field, and the reverse"
        );
        seen.extend(declared.into_iter().map(str::to_owned));
    };
    let record = |id: &str, name: &str| json!({"external_id": id, "name": name});
    let product = api
        .post("/api/v1/products", record("a", "A"))
        .await
        .expect(201)["data"]["id"]
        .clone();
    expect(json!({"created": 1}));
    let rows =
        json!({"records": [record("a", "A"), record("b", "B"), record("c", ""), record("a", "C")]});
    api.post("/api/v1/products/upsert", rows).await.expect(200);
    expect(
        json!({"created": 1, "unchanged": 1, "updated": 1, "failed": 1, "route": "/api/v1/products/upsert"}),
    );
    let path = format!("/api/v1/products/{}", product.as_str().unwrap());
    api.put(&path, json!({"name": "D", "version": 9}))
        .await
        .problem(409, "version_conflict");
    expect(json!({"failed": 1, "version_conflicts": 1}));
    let mut stale = request(&api.key, Method::PUT, &path, &json!({"name": "D"}));
    let headers = stale.headers_mut();
    headers.insert("if-match", "\"9\"".parse().unwrap());
    api.send(stale).await.problem(412, "precondition_failed");
    expect(json!({"failed": 1, "version_conflicts": 1}));
    api.delete(
        "/api/v1/products/batch",
        json!({"records": [{"external_id": "b"}]}),
    )
    .await
    .expect(200);
    expect(json!({"archived": 1}));

    let revenue = |amount| json!({"external_id": "r", "type": "sale", "amount": amount, "currency": "EUR", "occurred_at": "2026-01-01"});
    api.post(
        "/api/v1/revenues/batch",
        json!({"records": [revenue(1), revenue(1), revenue(2)]}),
    )
    .await
    .expect(200);
    expect(
        json!({"created": 1, "skipped_duplicate": 2, "duplicate_conflicts": 1, "write_units": api.reported_of_insertions(2.0)}),
    );
    api.wire.next(Fault::Throttled, 2);
    api.get("/api/v1/payees").await.expect(200);
    expect(json!({"throttles": 2, "dynamodb_calls": 1}));
    api.wire.next(Fault::ThrottledStatements, 2);
    let throttled = json!({"records": [revenue(1)]});
    api.post("/api/v1/revenues/batch", throttled)
        .await
        .expect(200);
    expect(json!({"throttles": 2, "dynamodb_calls": 4, "skipped_duplicate": 1}));
    api.wire.next(Fault::ThrottledTransaction, 2);
    let payee = json!({"name": "A", "external_id": "throttled"});
    api.post("/api/v1/payees", payee).await.expect(201);
    expect(json!({"throttles": 2, "created": 1}));
    api.wire.next(Fault::LostAnswer, 1_000);
    api.post("/api/v1/revenues", revenue(3))
        .await
        .problem(503, "outcome_unknown");
    expect(json!({"outcome_unknown": 1}));
    api.wire.next(Fault::LostAnswer, 0);
    api.call_as("junk", Method::GET, "/api/v1/payees", &Value::Null)
        .await
        .problem(401, "unauthenticated");
    expect(json!({"unauthenticated": 1, "dynamodb_calls": 0, "workspace": null}));
    let of_totals = ["counted", "uncounted", "set_aside"];
    let expected = known_metrics()
        .map(|(name, _)| name)
        .filter(|name| !of_totals.contains(name));
    assert_eq!(seen, expected.map(str::to_owned).collect(), "all were seen");
}

#[tokio::test]
async fn a_batch_of_the_stream_is_one_line() {
    let api = Api::start_uncounted().await;
    let log = Log::at("info");
    let mut event: Value =
        serde_json::from_str(include_str!("../events/count-revenues.json")).unwrap();
    // One of a workspace that is there, one of another, and one that is broken.
    let mut own = event["Records"][0].clone();
    let partition = format!("W#{}#R#{}", api.workspace.config.id, uuid::Uuid::nil());
    own["dynamodb"]["Keys"]["PK"]["S"] = json!(partition);
    event["Records"].as_array_mut().unwrap().push(own);
    let mut broken = event["Records"][0].clone();
    broken["dynamodb"]["NewImage"]["amount"] = json!({"S": "much"});
    event["Records"].as_array_mut().unwrap().push(broken);
    let later = || Instant::now() + Duration::from_secs(5);
    totals::handle_event(&api.app, event.clone(), later())
        .await
        .unwrap();
    let lines = log.take();
    let [cause, line] = &lines[..] else {
        panic!("{lines:#?}")
    };
    assert_eq!(
        (&cause["level"], &cause["message"]),
        (
            &json!("ERROR"),
            &json!("a stream record cannot be counted as a revenue")
        )
    );
    assert!(!cause.to_string().contains("much"), "{cause}");
    assert_eq!(
        (&line["message"], &line["counted"], &line["uncounted"]),
        (&json!("totals"), &json!(1), &json!(1))
    );
    assert_eq!(
        metrics(line),
        BTreeSet::from(["duration_ms", "counted", "uncounted"])
    );

    spoil_counter(&api, &counter::year("*", "2026"), "0531").await;
    let next = &mut event["Records"][1]["dynamodb"];
    next["SequenceNumber"] = json!("999000000000001234567890123");
    totals::handle_event(&api.app, event, later())
        .await
        .unwrap();
    let lines = log.take();
    let set_aside = &lines[1];
    assert_eq!(set_aside["level"], "ERROR");
    assert_eq!(set_aside["workspace"], json!(api.workspace.config.id));
    assert_eq!(lines[2]["set_aside"], 1, "{lines:#?}");
    assert!(metrics(&lines[2]).contains("set_aside"), "{lines:#?}");

    let end = json!({"shardId": "s", "state": {}, "isFinalInvokeForWindow": true});
    assert_eq!(
        totals::handle_event(&api.app, end, later()).await.unwrap(),
        json!({"state": {}})
    );
    assert!(
        log.take().is_empty(),
        "the end of a window is not worth a line"
    );
    assert!(
        totals::handle_event(&api.app, json!({"Records": []}), later())
            .await
            .is_err(),
        "it names no shard"
    );
    assert!(log.take()[0]["error"].as_str().unwrap().contains("shardId"));
}

#[tokio::test]
async fn the_cause_of_a_failure_is_logged_with_the_id_of_its_request() {
    let api = Api::start_here().await;
    let log = Log::at("info");
    api.wire.next(Fault::Throttled, 1_000);
    let reply = api.get("/api/v1/payees").await;
    let lines = log.take();
    let [cause, line] = &lines[..] else {
        panic!("{lines:#?}")
    };
    assert_eq!(
        (&cause["level"], &cause["message"]),
        (&json!("WARN"), &json!("the store refused"))
    );
    assert_eq!(
        cause["error"], "DynamoDB refused Query: ProvisionedThroughputExceededException: slow down",
        "its own words, and nothing else of its answer"
    );
    assert_eq!(cause["span"]["request_id"], line["request_id"]);
    assert_eq!(line["request_id"], reply.header("apigw-requestid"));
}

#[tokio::test]
async fn the_libraries_are_quiet() {
    let api = Api::start_here().await;
    let log = Log::at("debug");
    api.payee().await;
    let lines = log.take();
    assert!(
        lines
            .iter()
            .all(|line| line["target"].as_str().unwrap().starts_with("shared")),
        "{lines:#?}"
    );
    for filter in ["info", "debug", "shared=debug,aws_smithy_runtime=debug"] {
        assert!(shared::cloudwatch::targets(filter).is_ok(), "{filter}");
    }
    assert!(shared::cloudwatch::targets("shared=loud").is_err());
}
