//! Counters that cannot be written are set aside, and those of all other workspaces are counted.

use std::collections::BTreeMap;

use domain::counting::{TimeSegment, counter};
use domain::revenue::Revenue;
use http::Method;
use serde_json::{Value, json};
use store::key;
use store::table::{Action, Condition, Delivery, Outcome, Query};
use uuid::Uuid;

use crate::harness::Api;
use crate::operator::{admin, output};
use crate::totals::revenue;

const REVENUES: &str = "/api/v1/revenues";
/// Makes a counter impossible to add to: one of its numbers is a text.
pub async fn spoil_counter(api: &Api, sort: &str, number: &str) {
    let key = key::counters(api.workspace.config.id, 1).key(sort);
    let found = api.app.table.existing(std::slice::from_ref(&key)).await;
    let condition = match found.unwrap().is_empty() {
        true => Condition::Absent,
        false => Condition::Present,
    };
    let spoilt = json!({number: "many"});
    let spoilt = Action::put(key, condition, &spoilt).unwrap();
    let outcome = api.app.table.write(vec![spoilt], api.app.new_id()).await;
    assert!(matches!(outcome, Ok(Outcome::Applied)), "{outcome:?}");
}

/// Whether a new revenue of another workspace is counted, as a product shows.
async fn assert_is_counted(api: &Api, key: &str) {
    let product = json!({"external_id": "p", "name": "P"});
    let post = async |path: &str, body: &Value| {
        let created = api.call_as(key, Method::POST, path, body).await.expect(201);
        created["data"]["id"].as_str().unwrap().to_owned()
    };
    post(REVENUES, &revenue("foreign")).await;
    api.counted().await;
    let path = format!(
        "/api/v1/products/{}",
        post("/api/v1/products", &product).await
    );
    let read = api.call_as(key, Method::GET, &path, &Value::Null).await;
    assert_eq!(read.expect(200)["data"]["revenue_count"], 1);
}

#[tokio::test]
async fn a_counter_that_cannot_be_written_stops_nobody_and_is_rebuilt() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    spoil_counter(&api, &counter::year("*", "2026"), "0531").await;
    let other = api.foreign_key().await;
    // The other's revenues come after one that cannot be counted.
    api.post(REVENUES, revenue("own")).await.expect(201);
    assert_is_counted(&api, &other).await;

    // What was set aside is known when a process reads the workspace again.
    let api = api.restarted().await;
    api.post(REVENUES, revenue("own-2")).await.expect(201);
    api.counted().await;
    for path in [REVENUES.to_owned(), format!("{REVENUES}/digest")] {
        let read = api.get(&path).await.expect(200);
        let count = read["meta"]["count"]
            .as_u64()
            .or(read["meta"]["total"].as_u64());
        assert_eq!(count, Some(2), "{path}: {read}");
    }
    let verify = format!("totals verify --workspace {workspace} --wait 0s");
    let refused = admin(&api, &verify).await.unwrap_err();
    assert!(refused.contains("totals rebuild"), "{refused}");

    let rebuild = format!("totals rebuild --workspace {workspace} --wait 0s");
    assert_eq!(admin(&api, &rebuild).await.unwrap()["revenues"], 2);
    let api = api.restarted().await;
    api.post(REVENUES, revenue("own-3")).await.expect(201);
    api.counted().await;
    assert_eq!(output(&api, &verify).await.unwrap(), "0 counters differ");
    let digest = api.get(&format!("{REVENUES}/digest")).await.expect(200);
    assert_eq!(digest["meta"]["count"], 3, "{digest}");
}

#[tokio::test]
async fn a_workspace_that_cannot_be_read_stops_nobody() {
    let api = Api::start().await;
    let other = api.foreign_key().await;
    let broken = json!({"counting": "all"});
    api.post(REVENUES, revenue("own")).await.expect(201);
    api.configure(&broken).await;
    assert_is_counted(&api, &other).await;
}

#[tokio::test]
async fn a_counter_with_too_many_checkpoints_is_set_aside() {
    let api = Api::start_uncounted().await;
    let year = key::counters(api.workspace.config.id, 1).key(counter::year("*", "2026"));
    let moved = api.app.now().instant().as_second();
    let checkpoints = |count: usize| -> BTreeMap<String, String> {
        let checkpoint = |shard| (format!("@shard-{shard}"), format!("01{shard}!{moved}"));
        (0..count).map(checkpoint).collect()
    };
    let counted = async |sequence: &str| {
        let mut event: Value =
            serde_json::from_str(include_str!("../events/count-revenues.json")).unwrap();
        let record = &mut event["Records"][0]["dynamodb"];
        let partition = format!("W#{}#R#{}", api.workspace.config.id, Uuid::nil());
        record["Keys"]["PK"]["S"] = json!(partition);
        record["SequenceNumber"] = json!(sequence);
        let delivery = Delivery::read(event).unwrap();
        totals::count(&api.app.table, delivery, api.app.now()).await
    };
    let write = async |condition, count| {
        let full = Action::put(year.clone(), condition, &checkpoints(count)).unwrap();
        let outcome = api.app.table.write(vec![full], api.app.new_id()).await;
        assert!(matches!(outcome, Ok(Outcome::Applied)), "{outcome:?}");
    };
    write(Condition::Absent, 999).await;
    let counted_only = counted("1").await.unwrap();
    assert_eq!((counted_only.counted, counted_only.set_aside), (1, 0));
    write(Condition::Present, 1_000).await;
    let set_aside = counted("2").await.unwrap();
    assert_eq!((set_aside.counted, set_aside.set_aside), (0, 1));
    let none = counted("3").await.unwrap();
    assert_eq!(
        (none.counted, none.set_aside),
        (0, 0),
        "it is not counted into"
    );
}

/// How many revenues the next test counts; 1,000,000 take a few minutes.
const ROWS_VARIABLE: &str = "TEST_COUNTED_ROWS";
/// No counter may be larger, as JSON.
const COUNTER_BYTES_MAX: usize = 8 * 1024;

#[tokio::test]
async fn counters_stay_small_whatever_ids_a_caller_chooses() {
    const ROWS_AT_ONCE: usize = 1_000;
    let rows = std::env::var(ROWS_VARIABLE).map_or(4_000, |rows| rows.parse().unwrap());
    let api = Api::start_uncounted().await;
    let counters = key::counters(api.workspace.config.id, 1);
    let mut example = revenue("chosen");
    example["revenue_source_id"] = json!(api.workspace.config.default_source);
    example["created_at"] = json!("2026-06-01T00:00:00Z");
    // One instant, and ids whose first digits all differ.
    let id = |row: usize| Uuid::from_u128((0x01 << 120) | ((row as u128) << 96));
    let revenue_with = |id: Uuid| {
        example["id"] = json!(id);
        serde_json::from_value(example.clone()).unwrap()
    };
    let chosen: Vec<Revenue> = (0..rows).map(id).map(revenue_with).collect();
    for chunk in chosen.chunks(ROWS_AT_ONCE) {
        totals::replay(&api.app.table, &counters, chunk, api.app.now())
            .await
            .unwrap();
    }
    let stored = api
        .app
        .table
        .query_all::<Value>(&Query::all(counters))
        .await;
    let stored = stored.unwrap();
    assert_eq!(stored.len(), 6, "{stored:#?}");
    for counter in stored {
        let bytes = counter.to_string().len();
        assert!(
            bytes < COUNTER_BYTES_MAX,
            "{bytes} bytes: {}",
            counter["SK"]
        );
    }
}

#[test]
fn counters_of_earlier_versions_name_the_same_segments() {
    for (earlier, now) in [
        ("10:00#0197abc", "10:00#01"),
        ("10:00#a3", "10:00#a3"),
        ("10:10+", "10:10+"),
    ] {
        assert_eq!(
            TimeSegment::named(earlier),
            TimeSegment::named(now),
            "{earlier}"
        );
        assert_eq!(TimeSegment::named(earlier).to_string(), now);
    }
}
