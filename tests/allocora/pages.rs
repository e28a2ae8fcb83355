//! Shards of many revenues: totals and pages against a sorted vector, whatever counts and however
//! far it is.

use std::collections::{BTreeMap, BTreeSet};

use domain::workspace::Shards;
use fastrand::Rng;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::totals::WALKED_ROWS_MAX;
use store::key;

use crate::digest;
use crate::harness::Api;
use crate::operator::admin;
use crate::wire::Call;

const REVENUES: &str = "/api/v1/revenues";
/// Enough that counters are used for most ranges, and that some are still walked through.
const ROWS: usize = 5_300;

/// Over how many lists they are spread in the end.
const LISTS: u32 = 5;

/// A revenue as it was sent, with what orders it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sent {
    occurred_at: String,
    id: String,
    external_id: String,
    /// When it occurred, as it is told.
    told: String,
    kind: &'static str,
    currency: &'static str,
    source: String,
}

/// An instant: often one that many others have, or at the border of what is counted together.
fn instant(rng: &mut Rng) -> String {
    let day = |rng: &mut Rng| {
        format!(
            "20{}-{:02}-{:02}",
            24 + rng.u8(..3),
            5 * rng.u8(1..3),
            1 + 9 * rng.u8(..4)
        )
    };
    match rng.u8(..10) {
        // Dates, of which many are the same.
        0 | 1 => format!("2026-05-{:02}T00:00:00Z", 1 + rng.u8(..3)),
        // Within ten minutes, many within one second.
        2 => format!("2026-05-02T10:3{}:00.{:06}Z", rng.u8(..10), rng.u32(..3)),
        3 => "2026-05-03T10:35:00Z".to_owned(),
        // At the borders of a day, an hour, ten minutes.
        4 => {
            let borders = [
                "00:00:00.000001",
                "23:59:59.999999",
                "10:00:00",
                "10:00:00.000001",
                "10:09:59.999999",
                "10:10:00",
            ];
            format!("{}T{}Z", day(rng), borders[rng.usize(..borders.len())])
        }
        _ => format!(
            "{}T{:02}:{:02}:{:02}.{:06}Z",
            day(rng),
            rng.u8(..24),
            rng.u8(..60),
            rng.u8(..60),
            rng.u32(..1_000_000)
        ),
    }
}

/// Sends revenues and notes what they became.
async fn send(api: &Api, rng: &mut Rng, count: usize, sources: &[String], sent: &mut Vec<Sent>) {
    let weighted = |rng: &mut Rng, all: &[(&'static str, u8)]| {
        let mut left = rng.u8(..100);
        all.iter()
            .find(|(_, weight)| left.checked_sub(*weight).map(|rest| left = rest).is_none())
            .unwrap()
            .0
    };
    for _ in 0..count.div_ceil(100) {
        let records: Vec<Value> = (0..100)
            .map(|_| {
                let kind = weighted(rng, &[("sale", 85), ("refund", 12), ("adjustment", 3)]);
                let mut record = json!({
                    "type": kind, "amount": if kind == "refund" { -1 } else { 1 },
                    "currency": weighted(rng, &[("EUR", 70), ("USD", 29), ("JPY", 1)]),
                    "revenue_source_id": sources[usize::from(rng.u8(..4) == 0)],
                    "occurred_at": instant(rng),
                });
                if rng.u8(..10) > 0 {
                    record["external_id"] = json!(format!("row-{:016x}", rng.u64(..)));
                }
                if rng.bool() {
                    record["external_product_identifier"] =
                        json!(format!("product-{}", rng.u8(..3)));
                }
                record
            })
            .collect();
        let answer = api
            .post(&format!("{REVENUES}/batch"), json!({"records": records}))
            .await
            .expect(200);
        for result in answer["data"].as_array().unwrap() {
            assert_eq!(result["status"], "created", "{result:#}");
            let (row, text) = (&result["data"], |name: &str| {
                result["data"][name].as_str().unwrap_or_default().to_owned()
            });
            let one_of = |all: &[&'static str], name: &str| {
                *all.iter().find(|one| row[name] == **one).unwrap()
            };
            sent.push(Sent {
                // As it is sorted: with a fraction.
                occurred_at: text("occurred_at")
                    .parse::<jiff::Timestamp>()
                    .map(|at| format!("{at:.6}"))
                    .unwrap(),
                id: text("id"),
                external_id: text("external_id"),
                told: text("occurred_at"),
                kind: one_of(&["sale", "refund", "adjustment"], "type"),
                currency: one_of(&["EUR", "USD", "JPY"], "currency"),
                source: text("revenue_source_id"),
            });
        }
    }
    sent.sort_by(|one, other| other.cmp(one));
}

/// A query, and which rows it finds.
struct Filter {
    query: String,
    kind: Option<&'static str>,
    currency: Option<&'static str>,
    source: Option<String>,
    days: (&'static str, &'static str),
}

impl Filter {
    fn finds(&self, row: &Sent) -> bool {
        let day = &row.occurred_at[..10];
        self.kind.is_none_or(|kind| kind == row.kind)
            && self
                .currency
                .is_none_or(|currency| currency == row.currency)
            && self
                .source
                .as_ref()
                .is_none_or(|source| *source == row.source)
            && (self.days.0..=self.days.1).contains(&day)
    }
}

/// Every combination of filters.
fn filters(sources: &[String]) -> Vec<Filter> {
    let mut filters = Vec::new();
    for kind in [None, Some("sale"), Some("adjustment")] {
        for currency in [None, Some("EUR"), Some("JPY"), Some("GBP")] {
            for source in [None, Some(sources[0].clone()), Some(sources[1].clone())] {
                for days in [("", "~"), ("2024-05-02", "~"), ("2026-05-02", "2026-05-03")] {
                    let mut query = String::new();
                    query += &kind.map(|kind| format!("&type={kind}")).unwrap_or_default();
                    query += &currency
                        .map(|currency| format!("&currency={currency}"))
                        .unwrap_or_default();
                    query += &source
                        .as_ref()
                        .map(|source| format!("&revenue_source_id={source}"))
                        .unwrap_or_default();
                    query += &(if days.0.is_empty() {
                        String::new()
                    } else {
                        format!("&date_from={}", days.0)
                    });
                    query += &(if days.1 == "~" {
                        String::new()
                    } else {
                        format!("&date_to={}", days.1)
                    });
                    filters.push(Filter {
                        query,
                        kind,
                        currency,
                        source: source.clone(),
                        days,
                    });
                }
            }
        }
    }
    filters
}

async fn page(api: &Api, query: &str, per_page: usize, page: usize) -> Value {
    api.get(&format!(
        "{REVENUES}?per_page={per_page}&page={page}{query}"
    ))
    .await
    .expect(200)
}

fn ids(listed: &Value) -> Vec<&str> {
    listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect()
}

/// Compares a page of a filter with the rows that it finds: anywhere, at the end or beyond.
async fn compare(api: &Api, rng: &mut Rng, filter: &Filter, sent: &[Sent]) {
    let found: Vec<&Sent> = sent.iter().filter(|row| filter.finds(row)).collect();
    let per_page = [1, 7, 25, 100][rng.usize(..4)];
    let last = found.len().div_ceil(per_page).max(1);
    let number = if rng.u8(..3) == 0 {
        last + rng.usize(..2)
    } else {
        1 + rng.usize(..last)
    };
    let listed = page(api, &filter.query, per_page, number).await;
    let expected: Vec<&str> = found
        .iter()
        .skip((number - 1) * per_page)
        .take(per_page)
        .map(|row| row.id.as_str())
        .collect();
    let asked = format!("page {number} of {per_page} of {}", filter.query);
    assert_eq!(ids(&listed), expected, "{asked}");
    let meta = &listed["meta"];
    assert_eq!(
        (&meta["total"], &meta["last_page"]),
        (&json!(found.len()), &json!(last)),
        "{asked}"
    );
    // The cursor leads to the page behind.
    let next: Vec<&str> = found
        .iter()
        .skip(number * per_page)
        .take(per_page)
        .map(|row| row.id.as_str())
        .collect();
    match meta["next_cursor"].as_str() {
        // Rows that are rare are far apart for a cursor.
        Some(cursor) if found.len() > sent.len() / 10 => {
            let behind = format!(
                "{REVENUES}?per_page={per_page}&cursor={cursor}{}",
                filter.query
            );
            assert_eq!(
                ids(&api.get(&behind).await.expect(200)),
                next,
                "behind {asked}"
            );
        }
        Some(_) => assert!(!next.is_empty(), "{asked} has no next one"),
        None => assert!(next.is_empty(), "{asked} has a next one"),
    }
}

/// New revenues go to so many lists from now on.
async fn spread(api: &Api, count: u32) -> Api {
    let lists = BTreeMap::from([(
        "lists",
        Shards {
            count,
            ..Shards::default()
        },
    )]);
    assert!(
        api.app
            .table
            .set(&key::workspace(api.workspace.config.id), &lists)
            .await
            .unwrap()
    );
    api.restarted().await
}

#[tokio::test]
async fn pages_are_those_of_a_sorted_vector() {
    let api = Api::start_uncounted().await;
    let mut rng = Rng::with_seed(4);
    let shop = admin(
        &api,
        &format!(
            "source create --workspace {} --name Shop",
            api.workspace.config.id
        ),
    )
    .await
    .unwrap();
    let sources = [
        api.workspace.config.default_source.to_string(),
        shop["id"].as_str().unwrap().to_owned(),
    ];
    let api = api.restarted().await;
    let mut sent = Vec::new();
    send(&api, &mut rng, ROWS / 2, &sources, &mut sent).await;
    let api = spread(&api, 3).await;
    send(&api, &mut rng, ROWS / 4, &sources, &mut sent).await;
    let api = spread(&api, LISTS).await;
    send(&api, &mut rng, ROWS / 4, &sources, &mut sent).await;
    assert!(sent.len() as u64 > WALKED_ROWS_MAX);

    // Nothing is counted: all is walked through.
    let first = page(&api, "", 25, 200).await;
    assert_eq!(first["meta"]["total"], json!(sent.len()));
    api.count().await;
    for filter in filters(&sources) {
        compare(&api, &mut rng, &filter, &sent).await;
    }
    digests_are_those_of_the_rows(&api, &sources, &sent).await;
    three_steps_lead_to_any_page(&api, &mut rng).await;
    a_product_knows_its_revenues(&api).await;
    let differences = admin(
        &api,
        &format!(
            "totals verify --workspace {} --wait 0s",
            api.workspace.config.id
        ),
    )
    .await;
    assert_eq!(differences.unwrap(), json!([]));
    lagging_counters_are_corrected(&api, &mut rng, &sources, &mut sent).await;
}

/// Against an independent computation.
async fn digests_are_those_of_the_rows(api: &Api, sources: &[String], sent: &[Sent]) {
    for filter in filters(sources).iter().step_by(3) {
        let mut expected: BTreeMap<String, (u64, String)> = BTreeMap::new();
        for row in sent.iter().filter(|row| filter.finds(row)) {
            let amount = if row.kind == "refund" {
                "-1.000"
            } else {
                "1.000"
            };
            let fields = [&row.external_id, row.kind, amount, row.currency, &row.told];
            let text: String = fields
                .iter()
                .map(|field| format!("{}:{field},", field.len()))
                .collect();
            let hash: String = Sha256::digest(text)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let key = format!("{} {} {}", &row.told[..10], row.currency, row.kind);
            let (count, digest) = expected.entry(key).or_insert_with(|| (0, "0".repeat(64)));
            (*count, *digest) = (*count + 1, digest::sum([digest.as_str(), &hash]));
        }
        let told = api
            .get(&format!("{REVENUES}/digest?bucket=day{}", filter.query))
            .await
            .expect(200);
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let line = |row: &Value| {
            let [bucket, currency, kind] =
                ["bucket", "currency", "type"].map(|name| text(row, name));
            (
                format!("{bucket} {currency} {kind}"),
                (row["count"].as_u64().unwrap(), text(row, "digest")),
            )
        };
        let told: Vec<_> = told["data"].as_array().unwrap().iter().map(line).collect();
        assert_eq!(
            told,
            expected.into_iter().collect::<Vec<_>>(),
            "{}",
            filter.query
        );
    }
}

/// Without filters, and with several lists: the years, a day or two, and the rows.
async fn three_steps_lead_to_any_page(api: &Api, rng: &mut Rng) {
    for _ in 0..20 {
        api.wire.take();
        page(api, "", 25, 1 + rng.usize(..ROWS / 25)).await;
        let partition = |call: Call| call.body["ExpressionAttributeValues"][":p"]["S"].to_string();
        let mut calls: Vec<String> = api.wire.take().into_iter().map(partition).collect();
        // The key may have to be proven anew meanwhile.
        calls.retain(|partition| partition.contains("#T#") || partition.contains("#L#"));
        let partitions: BTreeSet<&String> = calls.iter().collect();
        assert_eq!(
            partitions.len(),
            1 + LISTS as usize,
            "the counters and the lists"
        );
        assert!(
            calls.len() <= 1 + 3 + 3 * LISTS as usize,
            "{} calls",
            calls.len()
        );
    }
}

/// Rows that are not counted yet: an answer never contradicts itself, and what is counted later is
/// right.
async fn lagging_counters_are_corrected(
    api: &Api,
    rng: &mut Rng,
    sources: &[String],
    sent: &mut Vec<Sent>,
) {
    let counted = sent.len();
    send(api, rng, 200, sources, sent).await;
    // One that is newer than all that is counted stands on the first page all the same.
    let newest =
        json!({"type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2030-01-01"});
    let newest = api.post(REVENUES, newest).await.expect(201)["data"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(ids(&page(api, "", 25, 1).await)[0], newest);
    for per_page in [25, 100] {
        for number in [1, 2, counted / per_page, counted / per_page + 1] {
            let listed = page(api, "", per_page, number).await;
            let proven = (number - 1) * per_page + ids(&listed).len();
            let total = listed["meta"]["total"].as_u64().unwrap();
            assert!(
                total >= proven as u64 && total <= sent.len() as u64 + 1,
                "{total} of {proven}"
            );
            assert!(ids(&listed).windows(2).all(|pair| pair[0] != pair[1]));
        }
    }
    // A walk by cursor sees them all, from the first page on.
    let mut listed = page(api, "", 100, 1).await;
    let mut all: Vec<String> = Vec::new();
    loop {
        all.extend(ids(&listed).into_iter().map(str::to_owned));
        let Some(cursor) = listed["meta"]["next_cursor"].as_str() else {
            break;
        };
        listed = api
            .get(&format!("{REVENUES}?per_page=100&cursor={cursor}"))
            .await
            .expect(200);
    }
    let expected = std::iter::once(&newest).chain(sent.iter().map(|row| &row.id));
    assert!(
        all.iter().eq(expected),
        "{} of {}",
        all.len(),
        sent.len() + 1
    );
}

/// A counter of its own.
async fn a_product_knows_its_revenues(api: &Api) {
    let product = json!({"external_id": "product-1", "name": "P"});
    let product = api.post("/api/v1/products", product).await.expect(201)["data"]["id"].clone();
    let read = api
        .get(&format!("/api/v1/products/{}", product.as_str().unwrap()))
        .await
        .expect(200);
    let walked = api
        .get(&format!("{REVENUES}?search=PRODUCT-1&per_page=1"))
        .await
        .expect(200);
    assert_eq!(read["data"]["revenue_count"], walked["meta"]["total"]);
}
