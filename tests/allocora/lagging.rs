//! Counters that lag behind the list, a list that lags behind its counters, and counters that
//! contradict each other: pages are right as far as they can be, and never endless.

use crate::harness::{Api, Reply};
use crate::rebuilds::tamper;
use domain::counting::counter;
use domain::revenue::Revenue;
use serde_json::{Value, json};
use shared::lists::ReadLimits;
use store::key;

const REVENUES: &str = "/api/v1/revenues";
/// The 31st of May, twice: the later rows come first.
const LATE: &str = "2026-05-31T12:05:00Z";
const EARLY: &str = "2026-05-31T10:05:00Z";
const DAY_BEFORE: &str = "2026-05-30T10:05:00Z";

/// An API that reads few rows, and counts when it is asked to.
async fn start(walked_rows_max: u64, searched_rows_max: u64) -> Api {
    let limits = ReadLimits {
        walked_rows_max,
        searched_rows_max,
        ..ReadLimits::default()
    };
    Api::start_limited(limits).await
}

/// Sends `count` sales, or refunds, of one instant.
async fn send(api: &Api, kind: &str, occurred_at: &str, count: usize) {
    let amount = if kind == "refund" { -1 } else { 1 };
    let row =
        json!({"type": kind, "amount": amount, "currency": "EUR", "occurred_at": occurred_at});
    let body = json!({"records": vec![row; count]});
    let made = api
        .post(&format!("{REVENUES}/batch"), body)
        .await
        .expect(200);
    assert_eq!(made["meta"]["created"], count);
}

async fn list(api: &Api, query: &str) -> Reply {
    api.get(&format!("{REVENUES}?{query}")).await
}

/// The instants of the rows of a page.
fn instants(listed: &Value) -> Vec<&str> {
    let rows = listed["data"].as_array().unwrap();
    rows.iter()
        .map(|row| row["occurred_at"].as_str().unwrap())
        .collect()
}

fn sales(api: &Api) -> String {
    format!("sale#EUR#{}", api.workspace.config.default_source)
}

#[tokio::test]
async fn a_list_with_far_more_rows_than_are_counted_is_unavailable() {
    let api = start(5, 10).await;
    send(&api, "sale", EARLY, 10).await;
    let first = list(&api, "per_page=4").await.expect(200);
    assert_eq!(first["meta"]["total"], 10, "read as a whole");
    send(&api, "sale", DAY_BEFORE, 1).await;
    let paths = [
        "",
        "?search=x",
        "?type=refund",
        "/digest",
        "/digest?bucket=day",
    ];
    for path in paths {
        let reply = api.get(&format!("{REVENUES}{path}")).await;
        assert!(!reply.header("retry-after").is_empty(), "{path}");
        reply.problem(503, "unavailable");
    }
    let cursor = first["meta"]["next_cursor"].as_str().unwrap();
    let second = list(&api, &format!("cursor={cursor}")).await.expect(200);
    assert_eq!(instants(&second).len(), 7, "a cursor needs no counters");

    api.count().await;
    assert_eq!(list(&api, "").await.expect(200)["meta"]["total"], 11);
    let digest = api.get(&format!("{REVENUES}/digest")).await.expect(200);
    assert_eq!(digest["meta"]["count"], 11);
    let problem = list(&api, "search=x")
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["parameter"], "search");
}

#[tokio::test]
async fn a_page_after_a_cursor_reads_a_limited_number_of_rows() {
    let read_rows_max = 10;
    let limits = ReadLimits {
        read_rows_max,
        ..ReadLimits::default()
    };
    let api = Api::start_limited(limits).await;
    let name = |index: usize| {
        if index.is_multiple_of(24) {
            "Rare"
        } else {
            "Frequent"
        }
    };
    let records: Vec<Value> = (0..25).map(|index| json!({"name": name(index)})).collect();
    let batch = json!({"records": records});
    api.post("/api/v1/payees/batch", batch).await.expect(200);
    let path = "/api/v1/payees?search=rare&per_page=1";
    let first = api.get(path).await.expect(200);
    assert_eq!(first["meta"]["total"], 2);
    let (mut rows, mut next) = (Vec::new(), first["meta"]["next_cursor"].clone());
    while let Some(cursor) = next.as_str() {
        let page = api
            .get(&format!("{path}&cursor={cursor}"))
            .await
            .expect(200);
        rows.push(page["data"].as_array().unwrap().len());
        next = page["meta"]["next_cursor"].clone();
    }
    // The row of the cursor is read again each time.
    assert_eq!(rows, [0, 0, 1], "9 rows at a time");
}

#[tokio::test]
async fn a_list_that_lags_behind_its_counters_leaves_no_page_short() {
    let api = start(20, 100).await;
    send(&api, "sale", EARLY, 30).await;
    send(&api, "sale", DAY_BEFORE, 30).await;
    api.count().await;
    // One that is counted and not in the list yet.
    let listed = list(&api, "per_page=1").await.expect(200);
    let mut ghost = listed["data"][0].clone();
    ghost["id"] = json!(uuid::Uuid::nil());
    let ghost: Revenue = serde_json::from_value(ghost).unwrap();
    let counters = key::counters(api.workspace.config.id, 1);
    totals::replay(&api.app.table, &counters, &[ghost], api.app.now())
        .await
        .unwrap();

    let page = list(&api, "per_page=31").await.expect(200);
    assert_eq!(page["meta"]["total"], 61);
    assert_eq!(instants(&page).len(), 31);
    assert_eq!(instants(&page)[30], "2026-05-30T10:05:00+00:00");
}

#[tokio::test]
async fn a_total_is_never_less_than_its_page_proves() {
    let api = start(5, 100).await;
    send(&api, "sale", EARLY, 10).await;
    send(&api, "refund", EARLY, 3).await;
    api.count().await;
    send(&api, "refund", EARLY, 2).await;
    let page = list(&api, "type=refund&per_page=10").await.expect(200);
    assert_eq!(instants(&page).len(), 5);
    assert_eq!(page["meta"]["total"], 5, "though 3 are counted");
}

#[tokio::test]
async fn counters_of_a_day_that_contradict_each_other_are_not_used_for_its_parts() {
    let api = start(30, 100).await;
    send(&api, "sale", LATE, 10).await;
    send(&api, "sale", EARLY, 10).await;
    send(&api, "sale", DAY_BEFORE, 20).await;
    api.count().await;
    let second = "per_page=10&page=2";
    let truth = list(&api, second).await.expect(200);
    assert_eq!(instants(&truth), ["2026-05-31T10:05:00+00:00"; 10]);

    let day = counter::day("2026-05-31", "*");
    let counters = key::counters(api.workspace.config.id, 1);
    let segments = api.app.table.counter(&counters.key(&day)).await.unwrap();
    let (latest, count) = segments.last_key_value().unwrap();
    assert_eq!(*count, 10);
    tamper(&api, day, latest, -5).await;
    let page = list(&api, second).await.expect(200);
    assert_eq!(page["data"], truth["data"], "the day is read as a whole");
}

#[tokio::test]
async fn a_group_may_be_counted_before_everything_is() {
    let api = start(40, 100).await;
    send(&api, "sale", EARLY, 30).await;
    tamper(&api, counter::year("*", "2020"), "0101", 50).await;
    let year = counter::year(&sales(&api), "2026");
    tamper(&api, year, "0531", 30).await;
    let page = list(&api, "type=sale&per_page=10").await.expect(200);
    assert_eq!(
        (instants(&page).len(), &page["meta"]["total"]),
        (10, &json!(30))
    );
}
