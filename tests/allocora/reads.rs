//! Reads of the table: whole, consistent, and within their deadline.

use crate::harness::Api;
use crate::rebuilds::tamper;
use crate::wire::{Fault, Wire};
use domain::counting::counter;
use serde_json::{Value, json};
use shared::error::chain;
use std::time::Duration;
use store::key;
use store::table::{Connection, Query, ReadSource};
use tokio::time::Instant;

const PAYEES: &str = "/api/v1/payees";
const REVENUES: &str = "/api/v1/revenues";

/// Another process, which gets one item with each page of a query.
async fn with_short_pages(api: &Api) -> Api {
    let wire = Wire::before(&api.endpoint).await;
    wire.shorten_pages();
    api.over(wire).await
}

#[tokio::test]
async fn keys_that_were_left_unprocessed_are_asked_for_again() {
    let api = Api::start_here().await;
    let path = format!("{PAYEES}/{}", api.payee().await);
    api.wire.take();
    api.wire.next(Fault::Unprocessed, 2);
    api.get(&path).await.expect(200);
    assert_eq!(api.wire.count()["BatchGetItem"], 3);
    api.wire.next(Fault::Unprocessed, usize::MAX);
    api.get(&path).await.problem(503, "unavailable");
}

#[tokio::test]
async fn items_that_were_left_unprocessed_are_deleted_again() {
    let api = Api::start_uncounted().await;
    for year in ["2025", "2026"] {
        tamper(&api, counter::year("*", year), "0101", 1).await;
    }
    let counters = Query::all(key::counters(api.workspace.config.id, 1));
    assert_eq!(api.app.table.counters(&counters).await.unwrap().len(), 2);
    api.wire.take();
    api.wire.only("BatchWriteItem");
    api.wire.next(Fault::Unprocessed, 2);
    api.app.table.clear(&counters).await.unwrap();
    assert_eq!(api.wire.count()["BatchWriteItem"], 3);
    assert_eq!(api.app.table.counters(&counters).await.unwrap(), []);
}

#[tokio::test]
async fn every_query_continues_to_its_last_page() {
    let api = Api::start_here().await;
    let workspace = api.workspace.config.id;
    for name in ["Shop", "Market"] {
        admin::sources::create(&api.app, workspace, name)
            .await
            .unwrap();
    }
    let other = with_short_pages(&api).await;
    let sources = other.get("/api/v1/revenue-sources").await.expect(200);
    let sources = sources["data"].as_array().unwrap();
    assert_eq!(sources.len(), 3, "all sources of the workspace");
    let row = |index: usize| {
        json!({"type": "sale", "amount": "1", "currency": "EUR", "external_product_identifier": "p",
            "occurred_at": format!("202{index}-01-01"), "revenue_source_id": sources[index % 3]["id"]})
    };
    let rows: Vec<Value> = (0..6).map(row).collect();
    let made = other
        .post(&format!("{REVENUES}/batch"), json!({"records": rows}))
        .await;
    assert_eq!(made.expect(200)["meta"]["created"], 6);
    api.counted().await;
    let listed = other.get(REVENUES).await.expect(200);
    assert_eq!(listed["meta"]["total"], 6);
    assert_eq!(listed["data"].as_array().unwrap().len(), 6);
    let digest = other.get(&format!("{REVENUES}/digest")).await.expect(200);
    assert_eq!(digest["meta"]["count"], 6);

    let counters = Query::all(key::counters(workspace, 1));
    let (whole, paged) = futures::join!(
        api.app.table.counters(&counters),
        other.app.table.counters(&counters)
    );
    assert_eq!(whole.unwrap(), paged.unwrap());
    let of_product = vec![("external_product_identifier", "p".to_owned())];
    let list = Query::all(key::revenue_list(workspace, 0)).through(ReadSource::Index);
    let count = other.app.table.count(&list.having(of_product)).await;
    assert_eq!(count.unwrap(), 6);
    let keys = admin::keys::list(&other.app, workspace).await.unwrap();
    api.key_with(&["read:payees"]).await;
    let again = admin::keys::list(&other.app, workspace).await.unwrap();
    assert_eq!(again.len(), keys.len() + 1);
}

#[tokio::test]
async fn all_but_lists_and_totals_of_revenues_is_read_consistently() {
    let api = Api::start_here().await;
    let path = format!("{PAYEES}/{}", api.payee().await);
    let cold = api.over(Wire::before(&api.endpoint).await).await;
    for path in [PAYEES, &path, "/api/v1/revenue-sources", "/api/v1/rules"] {
        cold.get(path).await.expect(200);
    }
    let mut reads = 0;
    for call in cold.wire.take() {
        let consistent = match call.operation.as_str() {
            "Query" => &call.body["ConsistentRead"],
            "BatchGetItem" => &call.body["RequestItems"][&api.table]["ConsistentRead"],
            _ => continue,
        };
        assert_eq!(consistent, &json!(true), "{call:#?}");
        reads += 1;
    }
    assert!(
        reads >= 6,
        "the key, its workspace, and one for each path: {reads}"
    );
}

#[tokio::test]
async fn of_two_deadlines_the_earlier_one_holds() {
    let table = Connection::emulated("none", "http://127.0.0.1:1".to_owned());
    let (table, now) = (table.open().await, Instant::now());
    let later = now + Duration::from_secs(60);
    for table in [table.until(now).until(later), table.until(later).until(now)] {
        let error = table.existing(&[key::warm_up_key()]).await.unwrap_err();
        assert!(
            chain(&error).contains("before the call"),
            "{}",
            chain(&error)
        );
    }
}
