//! Lists of many revenues: totals and pages against a sorted vector, counted or not.

use crate::digest;
use crate::harness::Api;
use crate::operator::admin;
use crate::sample::{Filter, Sent, filters, send};
use crate::wire::Call;
use domain::workspace::Shards;
use fastrand::Rng;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::lists::ReadLimits;
use std::collections::{BTreeMap, BTreeSet};

const REVENUES: &str = "/api/v1/revenues";

/// Enough that counters are used for most ranges, and that some are still walked through.
const ROWS: usize = 1_600;

/// The most rows that are walked through.
const WALKED_ROWS_MAX: u64 = 1_500;

/// Over how many lists they are spread in the end.
const LISTS: u32 = 5;

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
    let rows_of = |number: usize| -> Vec<&str> {
        let rows = found.iter().skip((number - 1) * per_page).take(per_page);
        rows.map(|row| row.id.as_str()).collect()
    };
    let requested = format!("page {number} of {per_page} of {}", filter.query);
    assert_eq!(ids(&listed), rows_of(number), "{requested}");
    let meta = &listed["meta"];
    assert_eq!(
        (&meta["total"], &meta["last_page"]),
        (&json!(found.len()), &json!(last)),
        "{requested}"
    );
    // The cursor leads to the page behind.
    let next = rows_of(number + 1);
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
                "behind {requested}"
            );
        }
        Some(_) => assert!(!next.is_empty(), "{requested} has no next one"),
        None => assert!(next.is_empty(), "{requested} has a next one"),
    }
}

/// New revenues go to so many lists from now on.
pub async fn spread(api: &Api, count: u32) -> Api {
    let lists = BTreeMap::from([(
        "lists",
        Shards {
            count,
            ..Shards::default()
        },
    )]);
    api.configure(&lists).await;
    api.restarted().await
}

#[tokio::test]
async fn pages_are_those_of_a_sorted_vector() {
    let api = Api::start_limited(ReadLimits {
        walked_rows_max: WALKED_ROWS_MAX,
        ..ReadLimits::default()
    })
    .await;
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
    let first = page(&api, "", 25, 50).await;
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
            let fields = [
                &row.external_id,
                row.kind,
                amount,
                row.currency,
                &row.returned,
            ];
            let text: String = fields
                .iter()
                .map(|field| format!("{}:{field},", field.len()))
                .collect();
            let hash: String = Sha256::digest(text)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let key = format!("{} {} {}", &row.returned[..10], row.currency, row.kind);
            let (count, digest) = expected.entry(key).or_insert_with(|| (0, "0".repeat(64)));
            (*count, *digest) = (*count + 1, digest::sum([digest.as_str(), &hash]));
        }
        let returned = api
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
        let returned: Vec<_> = returned["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(line)
            .collect();
        assert_eq!(
            returned,
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
        // The key may have to be proven again meanwhile.
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
    // One that is newer than all that is counted is on the first page too.
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
            assert!(
                ids(&listed).windows(2).all(|pair| pair[0] != pair[1]),
                "page {number} of {per_page} rows"
            );
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
