//! Counters that are absent, and searches of too many rows, and the lists that they count.

use crate::hand_clock::HandClock;
use crate::harness::Api;
use crate::operator::admin;
use crate::rebuilds::tamper;
use crate::wire::inserted;
use domain::counting::counter;
use serde_json::{Value, json};
use shared::lists::ReadLimits;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const REVENUES: &str = "/api/v1/revenues";

pub fn revenue(external_id: &str) -> Value {
    json!({"external_id": external_id, "type": "sale", "amount": "2.5", "currency": "EUR",
        "occurred_at": "2026-05-31T10:00:00Z", "external_product_identifier": "p"})
}

#[tokio::test]
async fn a_search_among_too_many_rows_says_how_to_narrow_it() {
    let api = Api::start().await;
    api.post(REVENUES, revenue("one")).await.expect(201);
    tamper(
        &api,
        counter::year("*", "2025"),
        "0101",
        i128::from(ReadLimits::default().searched_rows_max),
    )
    .await;
    let problem = api
        .get(&format!("{REVENUES}?search=ne"))
        .await
        .problem(422, "validation_failed");
    assert_eq!(
        (
            &problem["errors"][0]["parameter"],
            &problem["errors"][0]["code"]
        ),
        (&json!("search"), &json!("out_of_range"))
    );
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(
        detail.contains("50000") && detail.contains("50001") && detail.contains("date_from"),
        "{detail}"
    );
    let narrowed = api
        .get(&format!("{REVENUES}?search=NE&date_from=2026-01-01"))
        .await
        .expect(200);
    assert_eq!(narrowed["meta"]["total"], 1);
    let named = api
        .get(&format!("{REVENUES}?external_id=one&search=NE"))
        .await
        .expect(200);
    assert_eq!(
        named["meta"]["total"], 1,
        "a whole external id needs no search"
    );
}

#[tokio::test]
async fn a_workspace_that_was_never_counted_is_read_as_it_is() {
    let api = Api::start_uncounted().await;
    let workspace = api.workspace.config.id;
    let without = json!({"counting": []});
    api.configure(&without).await;
    let api = api.restarted().await;
    api.post(REVENUES, revenue("one")).await.expect(201);
    api.count().await;
    assert_eq!(api.get(REVENUES).await.expect(200)["meta"]["total"], 1);
    let product = api
        .post("/api/v1/products", json!({"external_id": "p", "name": "P"}))
        .await
        .expect(201)["data"]["id"]
        .clone();
    let path = format!("/api/v1/products/{}", product.as_str().unwrap());
    assert_eq!(api.get(&path).await.expect(200)["data"]["revenue_count"], 1);
    let digest = api.get(&format!("{REVENUES}/digest")).await.expect(200);
    assert_eq!(digest["meta"]["count"], 1);
    let refused = admin(&api, &format!("totals verify --workspace {workspace}"))
        .await
        .unwrap_err();
    assert!(refused.contains("totals rebuild"), "{refused}");
    let shown = admin(&api, &format!("workspace show --workspace {workspace}"))
        .await
        .unwrap();
    assert_eq!(shown["totals"], Value::Null);
    admin(
        &api,
        &format!("totals rebuild --workspace {workspace} --wait 0s"),
    )
    .await
    .unwrap();
    let api = api.restarted().await;
    assert_eq!(api.get(&path).await.expect(200)["data"]["revenue_count"], 1);
    assert!(
        admin(&api, &format!("workspace show --workspace {workspace}"))
            .await
            .unwrap()["totals"]
            .is_u64()
    );
}

#[tokio::test]
async fn shards_are_raised_and_never_lowered() {
    let api = Api::start_here().await;
    let workspace = api.workspace.config.id;
    let raised = admin(
        &api,
        &format!("workspace shards --workspace {workspace} --shards 4"),
    )
    .await
    .unwrap();
    assert_eq!(raised["shards"], 4);
    for count in [3, 33] {
        let refused = admin(
            &api,
            &format!("workspace shards --workspace {workspace} --shards {count}"),
        )
        .await
        .unwrap_err();
        assert!(
            refused.contains("from 4") && refused.contains("32"),
            "{refused}"
        );
    }
    // They are read at once, and written to when everyone reads them.
    let api = api.restarted().await;
    api.post(REVENUES, revenue("one")).await.expect(201);
    let sent = inserted(&api.wire.take()[0]).remove(0);
    assert!(
        sent["GSI1PK"]["S"].as_str().unwrap().ends_with("#L#0"),
        "{sent}"
    );
    api.get(REVENUES).await.expect(200);
    let lists: BTreeSet<String> = api
        .wire
        .take()
        .iter()
        .map(|call| call.body["ExpressionAttributeValues"][":p"]["S"].to_string())
        .collect();
    assert!(
        (0..4).all(|list| lists
            .iter()
            .any(|found| found.ends_with(&format!("#L#{list}\"")))),
        "{lists:?}"
    );
}

#[tokio::test]
async fn new_revenues_are_written_to_all_shards_a_minute_after_they_are_raised() {
    let clock = HandClock::new();
    let api = Api::start_at(&clock).await;
    let workspace = api.workspace.config.id;
    admin::workspaces::spread(&api.app, workspace, 4)
        .await
        .unwrap();
    let written = async |first: usize| {
        let rows: Vec<Value> = (first..first + 100)
            .map(|row| revenue(&row.to_string()))
            .collect();
        api.wire.take();
        let path = format!("{REVENUES}/batch");
        api.post(&path, json!({"records": rows})).await.expect(200);
        let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for item in api.wire.take().iter().flat_map(inserted) {
            let text = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
            let ids = written.entry(text("GSI1PK")).or_default();
            ids.insert(text("PK"));
        }
        written.values().map(BTreeSet::len).collect::<Vec<_>>()
    };
    clock.forward(Duration::from_millis(59_999));
    assert_eq!(
        written(0).await,
        [100],
        "not everyone reads the new ones yet"
    );
    clock.forward(Duration::from_millis(1));
    let spread = written(100).await;
    assert_eq!(spread.len(), 4, "{spread:?}");
    assert!(spread.iter().all(|count| *count >= 10), "{spread:?}");
}
