//! Lists: pages, cursors and totals.

use crate::fixture::kinds;
use crate::harness::Api;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const REVENUES: &str = "/api/v1/revenues";

const PAYEES: &str = "/api/v1/payees";

fn ids(listed: &Value) -> Vec<String> {
    listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

pub async fn add_payees(api: &Api, count: usize) -> Vec<String> {
    let records: Vec<Value> = (0..count)
        .map(|index| json!({"name": format!("Payee {index}")}))
        .collect();
    ids(&api
        .post(&format!("{PAYEES}/batch"), json!({"records": records}))
        .await
        .expect(200))
}

/// Revenues on few instants, so that the id has to break ties.
async fn add_revenues(api: &Api, count: usize, day: usize) {
    let records: Vec<Value> = (0..count)
        .map(|index| {
            let at = format!("2026-05-{day:02}T00:00:{:02}Z", index % 7);
            json!({"external_id": format!("{day}-{index}"), "type": "sale", "amount": 1, "currency": "EUR", "occurred_at": at})
        })
        .collect();
    api.post(&format!("{REVENUES}/batch"), json!({"records": records}))
        .await
        .expect(200);
}

/// The ids of all pages by number.
async fn by_number(api: &Api, path: &str, per_page: usize) -> Vec<String> {
    let mut all = Vec::new();
    for page in 1.. {
        let listed = api
            .get(&format!("{path}?per_page={per_page}&page={page}"))
            .await
            .expect(200);
        assert_eq!(
            (&listed["meta"]["current_page"], &listed["meta"]["per_page"]),
            (&json!(page), &json!(per_page)),
            "page {page} of {path}"
        );
        all.extend(ids(&listed));
        if listed["meta"]["last_page"] == json!(page) {
            assert_eq!(
                listed["meta"]["next_cursor"],
                Value::Null,
                "page {page} of {path}"
            );
            return all;
        }
    }
    unreachable!("a list ends")
}

/// The ids of all pages by cursor, with something done between them.
async fn by_cursor(
    api: &Api,
    path: &str,
    query: &str,
    mut between: impl AsyncFnMut(usize),
) -> Vec<String> {
    let mut listed = api.get(&format!("{path}?{query}")).await.expect(200);
    let mut all = ids(&listed);
    for round in 0.. {
        let Some(cursor) = listed["meta"]["next_cursor"].as_str().map(str::to_owned) else {
            return all;
        };
        between(round).await;
        listed = api
            .get(&format!("{path}?{query}&cursor={cursor}"))
            .await
            .expect(200);
        let meta = listed["meta"].as_object().unwrap();
        assert_eq!(
            (&meta["current_page"], &meta["last_page"], meta.get("total")),
            (&Value::Null, &Value::Null, None),
            "page {round} of {path}"
        );
        all.extend(ids(&listed));
    }
    unreachable!("a list ends")
}

#[tokio::test]
async fn every_row_is_on_exactly_one_page() {
    let api = Api::start().await;
    let payees = add_payees(&api, 60).await;
    add_revenues(&api, 60, 1).await;
    let mut revenues = ids(&api
        .get(&format!("{REVENUES}?per_page=100"))
        .await
        .expect(200));
    assert_eq!(revenues.len(), 60);
    for per_page in [1, 7, 25, 60, 100] {
        assert_eq!(
            by_number(&api, PAYEES, per_page).await,
            payees,
            "{per_page} rows per page"
        );
        assert_eq!(
            by_number(&api, REVENUES, per_page).await,
            revenues,
            "{per_page} rows per page"
        );
        let query = format!("per_page={per_page}");
        assert_eq!(
            by_cursor(&api, PAYEES, &query, async |_| {}).await,
            payees,
            "{per_page} rows per page"
        );
        assert_eq!(
            by_cursor(&api, REVENUES, &query, async |_| {}).await,
            revenues,
            "{per_page} rows per page"
        );
    }
    let listed = api
        .get(&format!("{REVENUES}?per_page=100"))
        .await
        .expect(200);
    let order = |row: &Value| {
        (
            row["occurred_at"].as_str().unwrap().to_owned(),
            row["id"].as_str().unwrap().to_owned(),
        )
    };
    let mut keys: Vec<_> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(order)
        .collect();
    keys.sort();
    keys.reverse();
    revenues.truncate(60);
    assert_eq!(
        keys.into_iter().map(|(_, id)| id).collect::<Vec<_>>(),
        revenues,
        "occurred_at, then id, descending"
    );
}

#[tokio::test]
async fn a_walk_sees_every_row_once_while_rows_are_added() {
    let api = Api::start().await;
    for per_page in [3, 10] {
        let before: BTreeSet<String> = by_number(&api, PAYEES, 100)
            .await
            .into_iter()
            .chain(add_payees(&api, 20).await)
            .collect();
        let mut seen = Vec::new();
        for page in 1.. {
            let listed = api
                .get(&format!("{PAYEES}?per_page={per_page}&page={page}"))
                .await
                .expect(200);
            seen.extend(ids(&listed));
            if page < 6 {
                add_payees(&api, 2).await;
            }
            if listed["data"].as_array().unwrap().is_empty() {
                break;
            }
        }
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(once.len(), seen.len(), "{per_page} rows per page");
        assert!(before.is_subset(&once), "{per_page} rows per page");

        add_revenues(&api, 20, per_page).await;
        let before: BTreeSet<String> = by_number(&api, REVENUES, 100).await.into_iter().collect();
        let query = format!("per_page={per_page}");
        let seen = by_cursor(&api, REVENUES, &query, async |round| {
            add_revenues(&api, 2, 11 + round + per_page % 3).await
        })
        .await;
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(once.len(), seen.len(), "{per_page} rows per page");
        assert!(before.is_subset(&once), "{per_page} rows per page");
    }
}

#[tokio::test]
async fn a_filtered_walk_by_cursor_finds_all() {
    let api = Api::start().await;
    add_payees(&api, 30).await;
    let listed = api
        .get(&format!("{PAYEES}?search=payee%202&per_page=100"))
        .await
        .expect(200);
    assert_eq!(listed["meta"]["total"], json!(11));
    assert_eq!(
        by_cursor(&api, PAYEES, "search=payee%202&per_page=4", async |_| {}).await,
        ids(&listed)
    );
}

#[tokio::test]
async fn meta_describes_the_page() {
    let api = Api::start().await;
    let empty =
        json!({"current_page": 1, "last_page": 1, "per_page": 25, "total": 0, "next_cursor": null});
    let foreign = api.foreign_key().await;
    let kinds = kinds(&api).await.into_iter().map(|kind| kind.path());
    for path in kinds.chain([REVENUES.to_owned()]) {
        let listed = api
            .call_as(&foreign, Method::GET, &path, &Value::Null)
            .await;
        assert_eq!(listed.expect(200)["meta"], empty, "{path}");
    }
    let api = Api::start().await;
    add_payees(&api, 26).await;
    let first = api.get(PAYEES).await.expect(200);
    assert_eq!(
        (&first["meta"]["last_page"], &first["meta"]["total"]),
        (&json!(2), &json!(26))
    );
    assert_eq!(first["data"].as_array().unwrap().len(), 25);
    let beyond = api.get(&format!("{PAYEES}?page=99")).await.expect(200);
    assert_eq!(beyond["data"], json!([]));
    let meta = json!({"current_page": 99, "last_page": 2, "per_page": 25, "total": 26, "next_cursor": null});
    assert_eq!(beyond["meta"], meta);
    let greatest = api
        .get(&format!("{PAYEES}?page=18446744073709551615&per_page=100"))
        .await
        .expect(200);
    assert_eq!(greatest["data"], json!([]));
}
