//! Lists of many revenues: totals and pages against a sorted vector, whatever counts and however far it is.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde_json::{Value, json};
use shared::counting::Numbers;
use shared::key::{self, Key, counter};
use shared::table::{Added, Mark};
use shared::workspace::Lists;
use shared::totals::{SEARCHED_ROWS_MAX, WALKED_ROWS_MAX};

use crate::harness::Api;
use crate::operator::admin;

const REVENUES: &str = "/api/v1/revenues";
/// Enough that counters are used for most ranges, and that some are still walked through.
const ROWS: usize = 6_200;

/// A revenue as it was sent, with what orders it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sent {
    occurred_at: String,
    id: String,
    external_id: String,
    kind: &'static str,
    currency: &'static str,
    source: String,
}

/// An instant: often one that many others have, or at the border of what is counted together.
fn instant(rng: &mut Rng) -> String {
    let day = |rng: &mut Rng| format!("20{}-{:02}-{:02}", 24 + rng.u8(..3), 1 + rng.u8(..12), 1 + rng.u8(..28));
    match rng.u8(..10) {
        // Dates, of which many are the same.
        0 | 1 => format!("2026-05-{:02}T00:00:00Z", 1 + rng.u8(..3)),
        // Within ten minutes, many within one second.
        2 => format!("2026-05-02T10:3{}:00.{:06}Z", rng.u8(..10), rng.u32(..3)),
        3 => "2026-05-03T10:35:00Z".to_owned(),
        // At the borders of a day, an hour, ten minutes.
        4 => {
            let borders = ["00:00:00.000001", "23:59:59.999999", "10:00:00", "10:00:00.000001", "10:09:59.999999", "10:10:00"];
            format!("{}T{}Z", day(rng), borders[rng.usize(..borders.len())])
        }
        _ => format!("{}T{:02}:{:02}:{:02}.{:06}Z", day(rng), rng.u8(..24), rng.u8(..60), rng.u8(..60), rng.u32(..1_000_000)),
    }
}

/// Sends revenues and notes what they became.
async fn send(api: &Api, rng: &mut Rng, count: usize, sources: &[String], sent: &mut Vec<Sent>) {
    let weighted = |rng: &mut Rng, all: &[(&'static str, u8)]| {
        let mut left = rng.u8(..100);
        all.iter().find(|(_, weight)| left.checked_sub(*weight).map(|rest| left = rest).is_none()).unwrap().0
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
                    record["external_product_identifier"] = json!(format!("product-{}", rng.u8(..3)));
                }
                record
            })
            .collect();
        let answer = api.post(&format!("{REVENUES}/batch"), json!({"records": records})).await.expect(200);
        for result in answer["data"].as_array().unwrap() {
            assert_eq!(result["status"], "created", "{result:#}");
            let (row, text) = (&result["data"], |name: &str| result["data"][name].as_str().unwrap_or_default().to_owned());
            let one_of = |all: &[&'static str], name: &str| *all.iter().find(|one| row[name] == **one).unwrap();
            sent.push(Sent {
                // As it is sorted: with a fraction.
                occurred_at: text("occurred_at").parse::<jiff::Timestamp>().map(|at| format!("{at:.6}")).unwrap(),
                id: text("id"),
                external_id: text("external_id"),
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
            && self.currency.is_none_or(|currency| currency == row.currency)
            && self.source.as_ref().is_none_or(|source| *source == row.source)
            && (self.days.0..=self.days.1).contains(&day)
    }
}

/// Every combination of filters.
fn filters(sources: &[String]) -> Vec<Filter> {
    let mut filters = Vec::new();
    for kind in [None, Some("sale"), Some("refund"), Some("adjustment")] {
        for currency in [None, Some("EUR"), Some("JPY"), Some("GBP")] {
            for source in [None, Some(sources[0].clone()), Some(sources[1].clone())] {
                for days in [("", "~"), ("2024-03-05", "~"), ("", "2026-05-03"), ("2026-05-02", "2026-05-02")] {
                    let mut query = String::new();
                    query += &kind.map(|kind| format!("&type={kind}")).unwrap_or_default();
                    query += &currency.map(|currency| format!("&currency={currency}")).unwrap_or_default();
                    query += &source.as_ref().map(|source| format!("&revenue_source_id={source}")).unwrap_or_default();
                    query += &(if days.0.is_empty() { String::new() } else { format!("&date_from={}", days.0) });
                    query += &(if days.1 == "~" { String::new() } else { format!("&date_to={}", days.1) });
                    filters.push(Filter { query, kind, currency, source: source.clone(), days });
                }
            }
        }
    }
    filters
}

async fn page(api: &Api, query: &str, per_page: usize, page: usize) -> Value {
    api.get(&format!("{REVENUES}?per_page={per_page}&page={page}{query}")).await.expect(200)
}

fn ids(listed: &Value) -> Vec<&str> {
    listed["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

/// Compares pages of a filter with the rows that it finds: some at the ends, some between.
async fn compare(api: &Api, rng: &mut Rng, filter: &Filter, sent: &[Sent]) {
    let found: Vec<&Sent> = sent.iter().filter(|row| filter.finds(row)).collect();
    let per_page = [1, 7, 25, 100][rng.usize(..4)];
    let last = found.len().div_ceil(per_page).max(1);
    for number in BTreeSet::from([1, 1 + rng.usize(..last), last, last + 1 + rng.usize(..3)]) {
        let listed = page(api, &filter.query, per_page, number).await;
        let expected: Vec<&str> =
            found.iter().skip((number - 1) * per_page).take(per_page).map(|row| row.id.as_str()).collect();
        let asked = format!("page {number} of {per_page} of {}", filter.query);
        assert_eq!(ids(&listed), expected, "{asked}");
        let meta = &listed["meta"];
        assert_eq!((&meta["total"], &meta["last_page"]), (&json!(found.len()), &json!(last)), "{asked}");
        // The cursor leads to the page behind.
        let next: Vec<&str> = found.iter().skip(number * per_page).take(per_page).map(|row| row.id.as_str()).collect();
        match meta["next_cursor"].as_str() {
            Some(cursor) => {
                let behind = format!("{REVENUES}?per_page={per_page}&cursor={cursor}{}", filter.query);
                assert_eq!(ids(&api.get(&behind).await.expect(200)), next, "behind {asked}");
            }
            None => assert!(next.is_empty(), "{asked} has a next one"),
        }
    }
}

/// New revenues go to so many lists from now on.
async fn spread(api: &Api, count: u32) -> Api {
    let lists = BTreeMap::from([("lists", Lists { count, ..Lists::default() })]);
    assert!(api.app.table.set(&key::workspace(api.workspace.config.id), &lists).await.unwrap());
    api.restarted().await
}

#[tokio::test]
async fn pages_are_those_of_a_sorted_vector() {
    let api = Api::start_uncounted().await;
    let mut rng = Rng::with_seed(4);
    let shop = admin(&api, &format!("source create --workspace {} --name Shop", api.workspace.config.id)).await.unwrap();
    let sources = [api.workspace.config.default_source.to_string(), shop["id"].as_str().unwrap().to_owned()];
    let api = api.restarted().await;
    let mut sent = Vec::new();
    send(&api, &mut rng, ROWS / 2, &sources, &mut sent).await;
    let api = spread(&api, 3).await;
    send(&api, &mut rng, ROWS / 4, &sources, &mut sent).await;
    let api = spread(&api, 7).await;
    send(&api, &mut rng, ROWS / 4, &sources, &mut sent).await;
    assert!(sent.len() as u64 > WALKED_ROWS_MAX);

    // Nothing is counted: all is walked through.
    let first = page(&api, "", 25, 200).await;
    assert_eq!(first["meta"]["total"], json!(sent.len()));
    api.count().await;
    for filter in filters(&sources) {
        compare(&api, &mut rng, &filter, &sent).await;
    }
    three_steps_lead_to_any_page(&api, &mut rng).await;
    lagging_counters_are_corrected(&api, &mut rng, &sources, &mut sent).await;
    let differences = admin(&api, &format!("totals verify --workspace {} --wait 0s", api.workspace.config.id)).await;
    assert_eq!(differences.unwrap(), json!([]));
}

/// Without filters, and at 7 lists: the years, a day or two, and the rows.
async fn three_steps_lead_to_any_page(api: &Api, rng: &mut Rng) {
    for _ in 0..20 {
        api.wire.take();
        page(api, "", 25, 1 + rng.usize(..ROWS / 25)).await;
        let calls = api.wire.take();
        let partition = |call: &crate::wire::Call| call.body["ExpressionAttributeValues"][":p"]["S"].clone();
        let partitions: BTreeSet<String> = calls.iter().map(|call| partition(call).to_string()).collect();
        assert!(calls.iter().all(|call| call.operation == "Query"));
        assert!(partitions.len() <= 1 + 7 && calls.len() <= 1 + 3 + 2 * 7, "{} calls", calls.len());
    }
}

/// Rows that are not counted yet: an answer never contradicts itself, and what is counted later is right.
async fn lagging_counters_are_corrected(api: &Api, rng: &mut Rng, sources: &[String], sent: &mut Vec<Sent>) {
    let counted = sent.len();
    send(api, rng, 300, sources, sent).await;
    for per_page in [25, 100] {
        for number in [1, 2, counted / per_page, counted / per_page + 1] {
            let listed = page(api, "", per_page, number).await;
            let proven = (number - 1) * per_page + ids(&listed).len();
            let total = listed["meta"]["total"].as_u64().unwrap();
            assert!(total >= proven as u64 && total <= sent.len() as u64, "{total} of {proven}");
            assert!(ids(&listed).windows(2).all(|pair| pair[0] != pair[1]));
        }
    }
    // A walk by cursor sees them all, from the first page on.
    let mut listed = page(api, "", 100, 1).await;
    let mut all: Vec<String> = Vec::new();
    loop {
        all.extend(ids(&listed).into_iter().map(str::to_owned));
        let Some(cursor) = listed["meta"]["next_cursor"].as_str() else { break };
        listed = api.get(&format!("{REVENUES}?per_page=100&cursor={cursor}")).await.expect(200);
    }
    assert_eq!(all, sent.iter().map(|row| row.id.clone()).collect::<Vec<_>>());
    api.count().await;
    assert_eq!(page(api, "", 25, 1).await["meta"]["total"], json!(sent.len()));
    let product = json!({"external_id": "product-1", "name": "P"});
    let product = api.post("/api/v1/products", product).await.expect(201)["data"]["id"].clone();
    let read = api.get(&format!("/api/v1/products/{}", product.as_str().unwrap())).await.expect(200);
    let walked = api.get(&format!("{REVENUES}?search=PRODUCT-1&per_page=1")).await.expect(200);
    assert_eq!(read["data"]["revenue_count"], walked["meta"]["total"]);
}

/// Adds to a counter behind the back of everyone.
async fn tamper(api: &Api, sort: String, name: &str, number: i128) {
    let counters = key::counters(api.workspace.config.id, 1);
    let key = Key { partition: counters.partition, sort };
    let mark = Mark { name: "tampered".to_owned(), reached: "1".to_owned() };
    let added = api.app.table.add(&key, &Numbers::from([(name.to_owned(), number)]), &mark, "0").await.unwrap();
    assert!(matches!(added, Added::Applied(_)), "{added:?}");
}

fn revenue(external_id: &str) -> Value {
    json!({"external_id": external_id, "type": "sale", "amount": "2.5", "currency": "EUR",
        "occurred_at": "2026-05-31T10:00:00Z", "external_product_identifier": "p"})
}

#[tokio::test]
async fn a_search_among_too_many_rows_says_how_to_narrow_it() {
    let api = Api::start().await;
    api.post(REVENUES, revenue("one")).await.expect(201);
    tamper(&api, counter::year("*", "2025"), "0101", i128::from(SEARCHED_ROWS_MAX)).await;
    let problem = api.get(&format!("{REVENUES}?search=ne")).await.problem(422, "validation_failed");
    assert_eq!((&problem["errors"][0]["parameter"], &problem["errors"][0]["code"]), (&json!("search"), &json!("out_of_range")));
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("50000") && detail.contains("50001") && detail.contains("date_from"), "{detail}");
    let narrowed = api.get(&format!("{REVENUES}?search=NE&date_from=2026-01-01")).await.expect(200);
    assert_eq!(narrowed["meta"]["total"], 1);
    let named = api.get(&format!("{REVENUES}?external_id=one&search=NE")).await.expect(200);
    assert_eq!(named["meta"]["total"], 1, "a whole external id needs no search");
}

#[tokio::test]
async fn totals_are_verified_and_rebuilt() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let verify = async || admin(&api, &format!("totals verify --workspace {workspace} --wait 0s")).await.unwrap();
    let records: Vec<Value> = (0..30).map(|index| revenue(&format!("r{index}"))).collect();
    api.post(&format!("{REVENUES}/batch"), json!({"records": records})).await.expect(200);
    api.get("/api/allocora/ping").await.expect(200);
    assert_eq!(verify().await, json!([]));

    let group = format!("sale#EUR#{}", api.workspace.config.default_source);
    let wrong = [
        (counter::year("*", "2026"), "0531", "30", "31"),
        (counter::day("2026-05-31", &group), "10#00", "0", "1"),
        (counter::month("2026-05", &group), "31s", "75000", "75001"),
        (counter::product("p"), "n", "30", "31"),
        (counter::month("2024-05", &group), "31n", "0", "1"),
    ];
    let mut expected = Vec::new();
    for (sort, name, found, counted) in wrong {
        tamper(&api, sort.clone(), name, 1).await;
        expected.push(json!({"counter": sort, "number": name, "counted": counted, "found": found}));
    }
    let differences = verify().await;
    // Ids decide which parts there are; the one that was tampered with may be real.
    let differing = |rows: &[Value]| rows.iter().map(|row| (row["counter"].to_string(), row["number"].to_string())).collect::<BTreeSet<_>>();
    assert_eq!(differing(differences.as_array().unwrap()), differing(&expected), "{differences:#}");

    let rebuilt = admin(&api, &format!("totals rebuild --workspace {workspace} --wait 0s")).await.unwrap();
    assert_eq!(rebuilt, json!({"generation": 2, "revenues": 30}));
    assert_eq!(verify().await, json!([]));
    let old = key::counters(workspace, 1);
    assert!(api.app.table.counters(&shared::table::Query::all(old)).await.unwrap().is_empty(), "the old ones are gone");
    api.post(REVENUES, revenue("later")).await.expect(201);
    let other = api.restarted().await;
    assert_eq!(verify().await, json!([]), "new revenues are counted into the new ones");
    let product = json!({"external_id": "p", "name": "P"});
    let product = other.post("/api/v1/products", product).await.expect(201)["data"]["id"].clone();
    let read = other.get(&format!("/api/v1/products/{}", product.as_str().unwrap())).await.expect(200);
    assert_eq!(read["data"]["revenue_count"], 31);
}

#[tokio::test]
async fn a_rebuild_loses_nothing_that_is_written_meanwhile() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let write = async {
        for index in 0..60 {
            api.post(REVENUES, revenue(&format!("r{index}"))).await.expect(201);
            tokio::task::yield_now().await;
        }
    };
    let rebuild = async {
        // Short, as all that runs here knows of a change at once.
        let rebuilt = admin(&api, &format!("totals rebuild --workspace {workspace} --wait 20ms")).await.unwrap();
        assert!(rebuilt["revenues"].as_u64().unwrap() < 60, "some are counted by the stream");
    };
    futures::join!(write, rebuild);
    let differences = admin(&api, &format!("totals verify --workspace {workspace} --wait 200ms")).await.unwrap();
    assert_eq!(differences, json!([]));
    let again = admin(&api, &format!("totals rebuild --workspace {workspace} --wait 0s")).await.unwrap();
    assert_eq!(again, json!({"generation": 3, "revenues": 60}));
}

#[tokio::test]
async fn a_workspace_that_was_never_counted_is_read_as_it_is() {
    let api = Api::start_uncounted().await;
    let workspace = api.workspace.config.id;
    let without = json!({"counting": []});
    assert!(api.app.table.set(&key::workspace(workspace), &without).await.unwrap());
    let api = api.restarted().await;
    api.post(REVENUES, revenue("one")).await.expect(201);
    api.count().await;
    assert_eq!(page(&api, "", 25, 1).await["meta"]["total"], 1);
    let product = api.post("/api/v1/products", json!({"external_id": "p", "name": "P"})).await.expect(201)["data"]["id"].clone();
    let path = format!("/api/v1/products/{}", product.as_str().unwrap());
    assert_eq!(api.get(&path).await.expect(200)["data"]["revenue_count"], 1);
    let digest = api.get(&format!("{REVENUES}/digest")).await.expect(200);
    assert_eq!(digest["meta"]["count"], 1);
    let refused = admin(&api, &format!("totals verify --workspace {workspace}")).await.unwrap_err();
    assert!(refused.contains("totals rebuild"), "{refused}");
    let shown = admin(&api, &format!("workspace show {workspace}")).await.unwrap();
    assert_eq!(shown["totals"], Value::Null);
    admin(&api, &format!("totals rebuild --workspace {workspace} --wait 0s")).await.unwrap();
    let api = api.restarted().await;
    assert_eq!(api.get(&path).await.expect(200)["data"]["revenue_count"], 1);
    assert_eq!(admin(&api, &format!("workspace show {workspace}")).await.unwrap()["totals"], 1);
}

#[tokio::test]
async fn shards_are_raised_and_never_lowered() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let raised = admin(&api, &format!("workspace shards {workspace} 4")).await.unwrap();
    assert_eq!(raised["shards"], 4);
    for count in [3, 33] {
        let refused = admin(&api, &format!("workspace shards {workspace} {count}")).await.unwrap_err();
        assert!(refused.contains("4 lists") && refused.contains("32"), "{refused}");
    }
    // They are read at once, and written to when everyone reads them.
    let api = api.restarted().await;
    api.post(REVENUES, revenue("one")).await.expect(201);
    let sent = api.wire.take().remove(0).body;
    assert!(sent["Item"]["GSI1PK"]["S"].as_str().unwrap().ends_with("#L#0"), "{sent}");
    page(&api, "", 25, 1).await;
    let lists: BTreeSet<String> =
        api.wire.take().iter().map(|call| call.body["ExpressionAttributeValues"][":p"]["S"].to_string()).collect();
    assert!((0..4).all(|list| lists.iter().any(|found| found.ends_with(&format!("#L#{list}\"")))), "{lists:?}");
}
