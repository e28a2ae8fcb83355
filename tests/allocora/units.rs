//! The read and write units that operations consume, as documented.

use crate::harness::Api;
use crate::log::Log;
use http::Method;
use serde_json::{Value, json};

/// Capacity as the engine reports it and the log repeats it, for records below 1 KB, as
/// docs/performance.md lists it.
#[tokio::test]
async fn operations_take_the_units_that_are_documented() {
    let api = Api::start_here().await;
    let log = Log::at("info");
    let units = async |method: Method, path: &str, body: Value| {
        let reply = api.call(method, path, &body).await;
        assert!(reply.status < 300, "{:#}", reply.body);
        let line = log.request();
        let id = reply.body["data"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (
            id,
            line["read_units"].as_f64().unwrap(),
            line["write_units"].as_f64().unwrap(),
        )
    };
    let taken = async |method: Method, path: &str, body: Value| {
        let (_, read, written) = units(method, path, body).await;
        (read, written)
    };
    let payee = |external_id: &str| json!({"external_id": external_id, "name": "Ada"});
    let (id, read, written) = units(Method::POST, "/api/v1/payees", payee("a")).await;
    assert_eq!(
        (read, written),
        (0.0, 4.0),
        "a record and its claim in a transaction"
    );
    assert_eq!(
        taken(Method::POST, "/api/v1/payees", json!({"name": "Bea"})).await,
        (0.0, 1.0)
    );
    let path = format!("/api/v1/payees/{id}");
    assert_eq!(taken(Method::GET, &path, Value::Null).await, (1.0, 0.0));
    assert_eq!(
        taken(Method::PUT, &path, json!({"name": "New"})).await,
        (1.0, 1.0)
    );
    assert_eq!(
        taken(Method::PUT, &path, json!({"name": "New"})).await,
        (1.0, 0.0),
        "unchanged"
    );
    let upsert = |name: &str| json!({"records": [{"external_id": "a", "name": name}]});
    assert_eq!(
        taken(Method::POST, "/api/v1/payees/upsert", upsert("Newer")).await,
        (1.0, 1.0)
    );
    assert_eq!(
        taken(Method::POST, "/api/v1/payees/upsert", upsert("Newer")).await,
        (1.0, 0.0),
        "unchanged"
    );

    let rule = json!({"name": "Share", "allocations": [{"payee_id": id, "percentage": 20}]});
    let (rule, read, written) = units(Method::POST, "/api/v1/rules", rule).await;
    assert_eq!((read, written), (1.0, 1.0), "its payee is looked up");
    let path = format!("/api/v1/rules/{rule}");
    assert_eq!(
        taken(Method::GET, &path, Value::Null).await,
        (2.0, 0.0),
        "a rule and its payee"
    );
    let named = json!({"allocations": [{"payee_external_id": "a", "percentage": 20}]});
    assert_eq!(
        taken(Method::PUT, &path, named).await,
        (2.0, 0.0),
        "unchanged: a rule and the claim of its payee"
    );
    let renamed = taken(Method::PUT, &path, json!({"name": "Other"})).await;
    assert_eq!(
        renamed,
        (1.0, 4.0),
        "the rule and its saved version in a transaction"
    );

    let revenue = |external_id: &str| json!({"external_id": external_id, "type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-01-01"});
    let (id, read, written) = units(Method::POST, "/api/v1/revenues", revenue("r")).await;
    assert_eq!(
        (read, written),
        (0.0, api.reported_of_insertions(2.0)),
        "the revenue and its place in the list"
    );
    assert_eq!(
        taken(Method::GET, &format!("/api/v1/revenues/{id}"), Value::Null).await,
        (1.0, 0.0)
    );
    assert_eq!(
        taken(Method::POST, "/api/v1/revenues", revenue("r")).await,
        (1.0, 0.0),
        "a known one is read; the unit of the failed insertion is not reported"
    );
    let batch: Vec<Value> = (0..100)
        .map(|index| revenue(&format!("r{index}")))
        .collect();
    assert_eq!(
        taken(
            Method::POST,
            "/api/v1/revenues/batch",
            json!({"records": batch})
        )
        .await,
        (0.0, api.reported_of_insertions(200.0))
    );
    let (read, _) = taken(Method::GET, "/api/v1/revenues?per_page=100", Value::Null).await;
    assert!(
        (5.0..8.0).contains(&read),
        "101 revenues of about 500 bytes, at half a unit for 4 KB: {read}"
    );
    let range = read;
    for (query, again) in [
        ("page=1", 0.0),
        ("page=9", 0.0),
        ("page=9&type=sale", 0.5),
        ("page=9&search=r", 0.5),
    ] {
        let path = format!("/api/v1/revenues?per_page=5&{query}");
        let (read, _) = taken(Method::GET, &path, Value::Null).await;
        // Up to three calls, of which each is rounded up to half a unit.
        let rounded = 2.0 * 0.5;
        assert!(
            (range - 0.5..=range + rounded + again).contains(&read),
            "{path}: {read} instead of {range}"
        );
    }
}
