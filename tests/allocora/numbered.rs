//! Pages by number: what they read, and that they are those of a walk by cursor.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::fixture::{Kind, all_kinds};
use crate::harness::Api;
use crate::pages::spread;
use crate::watch::{Transferred, Watched};
use crate::wire::Wire;

const PAYEES: &str = "/api/v1/payees";
const REVENUES: &str = "/api/v1/revenues";

fn ids(listed: &Value) -> Vec<String> {
    let rows = listed["data"].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

/// A hundred payees, of which every other one is pending.
async fn add_payees(api: &Api) -> Vec<String> {
    let status = |index| if index % 2 == 0 { "active" } else { "pending" };
    let payee = |index| json!({"name": format!("Payee {index}"), "status": status(index)});
    let records: Vec<Value> = (0..100).map(payee).collect();
    let path = format!("{PAYEES}/batch");
    let made = api.post(&path, json!({"records": records})).await;
    ids(&made.expect(200))
}

/// A hundred revenues, a minute after each other, of which every other one is a refund.
async fn add_revenues(api: &Api) {
    let revenue = |index: usize| {
        let is_sale = index.is_multiple_of(2);
        json!({"external_id": format!("order-{index}"), "type": if is_sale { "sale" } else { "refund" },
            "amount": if is_sale { 1 } else { -1 }, "currency": "EUR",
            "occurred_at": format!("2026-05-01T{:02}:{:02}:00Z", index / 60, index % 60)})
    };
    let records: Vec<Value> = (0..100).map(revenue).collect();
    let path = format!("{REVENUES}/batch");
    let made = api.post(&path, json!({"records": records})).await;
    assert_eq!(made.expect(200)["meta"]["created"], 100);
}

fn fields(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Of the first rows, a filter reads all fields: so that a short list is read once.
const FIRST: usize = 4 * (5 + 2);

#[tokio::test]
async fn rows_that_are_not_shown_are_not_transferred() {
    let api = Api::start_uncounted().await;
    let payees = add_payees(&api).await;
    add_revenues(&api).await;
    let watched = Watched::over(&api).await;
    for (path, sort) in [(PAYEES, "SK"), (REVENUES, "GSI1SK")] {
        let (listed, of_page) = watched.get(&format!("{path}?per_page=5&page=11")).await;
        assert_eq!(listed["meta"]["total"], 100, "{path}");
        let expected = Transferred {
            whole: 6,
            counted: 94,
            ..Transferred::default()
        };
        assert_eq!(of_page, expected, "{path}: a page, and one more row");

        let filter = if path == PAYEES {
            "status=active"
        } else {
            "type=sale"
        };
        let field = filter.split('=').next().unwrap();
        for (page, expected) in [
            // All that is wanted is among the first rows: the rest is counted.
            (
                2,
                Transferred {
                    whole: FIRST / 2,
                    counted: 50 - FIRST as u64 / 2,
                    ..Transferred::default()
                },
            ),
            (
                7,
                Transferred {
                    whole: FIRST / 2 + 5,
                    partial: 50 - FIRST / 2,
                    fields: fields(&[sort, field]),
                    counted: 0,
                },
            ),
        ] {
            let of_page = format!("{path}?{filter}&per_page=5&page={page}");
            let (listed, transferred) = watched.get(&of_page).await;
            assert_eq!(listed["meta"]["total"], 50, "{of_page}");
            assert_eq!(transferred, expected, "{of_page}: of every other row");
        }
    }
    let search = format!("{PAYEES}?search=payee%209&per_page=5&page=2");
    let (listed, of_page) = watched.get(&search).await;
    assert_eq!(ids(&listed), payees[94..99], "payees 94 to 98");
    assert_eq!(of_page.whole, FIRST + 5);
    let searched = ["SK", "name", "external_id", "contact_email"];
    assert!(of_page.fields.is_subset(&fields(&searched)));
}

#[tokio::test]
async fn rows_that_are_far_apart_are_read_by_their_keys() {
    let api = Api::start_uncounted().await;
    let payees = add_payees(&api).await;
    let watched = Watched::over(&api).await;
    // Payees 6, 16, 26 and so on: the first three are among the first rows.
    let path = format!("{PAYEES}?search=6&per_page=5&page=2");
    let (listed, of_page) = watched.get(&path).await;
    let found = (0..100).filter(|index| format!("{index}").contains('6'));
    let expected: Vec<&String> = found.skip(5).take(5).map(|index| &payees[index]).collect();
    assert_eq!(ids(&listed).iter().collect::<Vec<_>>(), expected);
    assert_eq!(
        of_page.whole,
        FIRST + 8,
        "payees 56 to 63 are read together"
    );

    let named = |index: usize| json!({"id": payees[index], "name": "Rare"});
    let records: Vec<Value> = [40, 60, 99].map(named).into();
    let path = format!("{PAYEES}/batch");
    api.put(&path, json!({"records": records}))
        .await
        .expect(200);
    watched.api.wire.take();
    let path = format!("{PAYEES}?search=rare&per_page=5");
    let (listed, of_page) = watched.get(&path).await;
    assert_eq!(
        ids(&listed),
        [40, 60, 99].map(|index| payees[index].clone())
    );
    assert_eq!(of_page.whole, FIRST);
    assert_eq!(watched.api.wire.count()["BatchGetItem"], 1);
}

#[tokio::test]
async fn a_row_that_changed_meanwhile_gives_its_place_to_the_next() {
    let api = Api::start_uncounted().await;
    let payees = add_payees(&api).await;
    let watched = Watched::over(&api).await;
    watched.alter(|rows| {
        // The first row of the page, if it was not read alone to fill its place.
        if rows.len() > 1 {
            rows[0]["status"] = json!({"S": "inactive"});
        }
    });
    let path = format!("{PAYEES}?status=active&per_page=5&page=7");
    let (listed, _) = watched.get(&path).await;
    let next: Vec<&String> = payees.iter().step_by(2).skip(31).take(5).collect();
    assert_eq!(ids(&listed).iter().collect::<Vec<_>>(), next);
    assert_eq!(listed["meta"]["total"], 49);
}

#[tokio::test]
async fn a_row_that_the_index_does_not_show_again_is_read_from_the_table() {
    let api = Api::start_uncounted().await;
    add_revenues(&api).await;
    let path = format!("{REVENUES}?type=sale&per_page=5&page=7");
    let expected = api.get(&path).await.expect(200);
    let watched = Watched::over(&api).await;
    watched.alter(|rows| drop(rows.remove(0)));
    let (listed, _) = watched.get(&path).await;
    assert_eq!(listed, expected);
    assert_eq!(watched.api.wire.count()["BatchGetItem"], 1);
}

/// Records that each filter finds and that it does not find, several of each.
async fn fill(api: &Api, kind: &Kind) {
    let mut records = Vec::new();
    for round in 0..4 {
        for filter in &kind.filters {
            for fields in [&filter.matches, &filter.misses] {
                let mut body = kind.body(&Value::Object(fields.clone()));
                // The external id that a filter names can be taken once.
                if round > 0
                    && let Some(external_id) = body["external_id"].as_str()
                {
                    body["external_id"] = json!(format!("{external_id}-{round}"));
                }
                records.push(body);
            }
        }
    }
    for records in records.chunks(100) {
        let path = format!("{}/batch", kind.path());
        let made = api.post(&path, json!({"records": records})).await;
        assert_eq!(made.expect(200)["meta"]["failed"], 0, "{kind}");
    }
}

/// The ids of a walk by cursor, after a first page by number.
async fn by_cursor(api: &Api, path: &str) -> Vec<String> {
    let mut listed = api.get(&format!("{path}&per_page=7")).await.expect(200);
    let mut all = ids(&listed);
    while let Some(cursor) = listed["meta"]["next_cursor"].as_str() {
        let next = format!("{path}&per_page=7&cursor={cursor}");
        listed = api.get(&next).await.expect(200);
        all.extend(ids(&listed));
    }
    all
}

/// Compares pages of one row and of three, at the borders, in the middle and beyond the end, with
/// what a walk by cursor found.
async fn compare(api: &Api, path: &str, expected: &[String]) {
    for per_page in [1, 3] {
        let last = expected.len().div_ceil(per_page).max(1);
        for page in BTreeSet::from([1, 2, last / 2 + 1, last, last + 1]) {
            let of_page = format!("{path}&per_page={per_page}&page={page}");
            let listed = api.get(&of_page).await.expect(200);
            let rows = expected.iter().skip((page - 1) * per_page).take(per_page);
            let name = format!("page {page} of {per_page} of {path}");
            assert_eq!(ids(&listed), rows.cloned().collect::<Vec<_>>(), "{name}");
            assert_eq!(listed["meta"]["total"], expected.len(), "{name}");
            let has_next = !listed["meta"]["next_cursor"].is_null();
            assert_eq!(has_next, page < last, "{name}");
        }
    }
}

#[tokio::test]
async fn numbered_pages_of_every_filter_are_those_of_a_walk_by_cursor() {
    let api = Api::start_uncounted().await;
    // Revenues are in several shards.
    let api = spread(&api, 3).await;
    for kind in all_kinds(&api).await {
        fill(&api, &kind).await;
        let mut queries = vec![String::new()];
        queries.extend(kind.filters.iter().map(|filter| filter.query.clone()));
        if kind.updatable {
            let all = by_cursor(&api, &format!("{}?", kind.path())).await;
            let path = format!("{}/{}", kind.path(), all[all.len() / 2]);
            let middle = api.get(&path).await.expect(200);
            let since = middle["data"]["updated_at"].as_str().unwrap();
            queries.push(format!("updated_since={}", since.replace('+', "%2B")));
        }
        for query in queries {
            let path = format!("{}?{query}", kind.path());
            let found = by_cursor(&api, &path).await;
            assert!(!found.is_empty(), "{path} finds nothing");
            compare(&api, &path, &found).await;
        }
    }
}

/// A page of a query ends at 1 MB, wherever that is.
#[tokio::test]
async fn numbered_pages_continue_where_a_query_ended() {
    let api = Api::start_uncounted().await;
    add_payees(&api).await;
    add_revenues(&api).await;
    let wire = Wire::before(&api.endpoint).await;
    wire.shorten_pages();
    let other = api.over(wire).await;
    for path in [
        format!("{PAYEES}?"),
        format!("{PAYEES}?status=pending"),
        format!("{REVENUES}?search=order-9"),
    ] {
        let expected = by_cursor(&api, &path).await;
        for page in [1, 8, 34] {
            let page_path = format!("{path}&per_page=3&page={page}");
            let whole = api.get(&page_path).await.expect(200);
            assert_eq!(other.get(&page_path).await.expect(200), whole);
            let rows = expected.iter().skip((page - 1) * 3).take(3);
            assert_eq!(ids(&whole), rows.cloned().collect::<Vec<_>>());
        }
    }
}
