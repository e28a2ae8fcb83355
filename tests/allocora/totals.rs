//! Counters: verified, rebuilt, absent, and where too much is asked of them; and the lists that
//! they count.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use domain::counting::{Numbers, Selection, counter};
use domain::revenue::Revenue;
use domain::value::Timestamp;
use domain::workspace::Generation;
use fastrand::Rng;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::totals::{SEARCHED_ROWS_MAX, sums};
use store::key;
use store::table::{Added, Checkpoint, Delivery, Query, ReadSource};
use tokio::time::Instant;
use uuid::Uuid;

use crate::harness::Api;
use crate::operator::admin;
use crate::wire::Fault;

const REVENUES: &str = "/api/v1/revenues";

/// Adds to a counter behind the back of everyone.
async fn tamper(api: &Api, sort: String, name: &str, number: i128) {
    let counters = key::counters(api.workspace.config.id, 1);
    let key = counters.key(sort);
    let mark = Checkpoint {
        name: "tampered".to_owned(),
        reached: "1".to_owned(),
    };
    let added = api
        .app
        .table
        .add(
            &key,
            &Numbers::from([(name.to_owned(), number)]),
            &mark,
            "0",
        )
        .await
        .unwrap();
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
    tamper(
        &api,
        counter::year("*", "2025"),
        "0101",
        i128::from(SEARCHED_ROWS_MAX),
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
async fn totals_are_verified_and_rebuilt() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let verify = async || {
        admin(
            &api,
            &format!("totals verify --workspace {workspace} --wait 0s"),
        )
        .await
        .unwrap()
    };
    let records: Vec<Value> = (0..30).map(|index| revenue(&format!("r{index}"))).collect();
    api.post(&format!("{REVENUES}/batch"), json!({"records": records}))
        .await
        .expect(200);
    api.counted().await;
    assert_eq!(verify().await, json!([]));

    let group = format!("sale#EUR#{}", api.workspace.config.default_source);
    let wrong = [
        (counter::year("*", "2026"), "0531", "30", "31"),
        (counter::day("2026-05-31", &group), "10:00#~~", "0", "1"),
        (counter::month("2026-05", &group), "31s", "75000", "75001"),
        (counter::product("p"), "n", "30", "31"),
        (counter::month("2024-05", &group), "31n", "0", "1"),
        (counter::day("2024-05-31", &group), "10:00+", "0", "1"),
    ];
    let mut expected = Vec::new();
    for (sort, name, found, counted) in wrong {
        tamper(&api, sort.clone(), name, 1).await;
        expected.push(json!({"counter": sort, "number": name, "counted": counted, "found": found}));
    }
    let differences = verify().await;
    let differing = |rows: &[Value]| {
        rows.iter()
            .map(|row| (row["counter"].to_string(), row["number"].to_string()))
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        differing(differences.as_array().unwrap()),
        differing(&expected),
        "{differences:#}"
    );

    let rebuilt = admin(
        &api,
        &format!("totals rebuild --workspace {workspace} --wait 0s"),
    )
    .await
    .unwrap();
    assert_eq!(rebuilt, json!({"generation": 2, "revenues": 30}));
    assert_eq!(verify().await, json!([]));
    let old = key::counters(workspace, 1);
    assert!(
        api.app
            .table
            .counters(&store::table::Query::all(old))
            .await
            .unwrap()
            .is_empty(),
        "the old ones are gone"
    );
    api.post(REVENUES, revenue("later")).await.expect(201);
    let other = api.restarted().await;
    assert_eq!(
        verify().await,
        json!([]),
        "new revenues are counted into the new ones"
    );
    let product = json!({"external_id": "p", "name": "P"});
    let product = other.post("/api/v1/products", product).await.expect(201)["data"]["id"].clone();
    let read = other
        .get(&format!("/api/v1/products/{}", product.as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(read["data"]["revenue_count"], 31);
}

#[tokio::test]
async fn a_rebuild_loses_nothing_that_is_written_meanwhile() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let (written, done) = (Cell::new(0), Cell::new(false));
    let write = async {
        while !done.get() {
            api.post(REVENUES, revenue(&format!("r{}", written.get())))
                .await
                .expect(201);
            written.set(written.get() + 1);
        }
    };
    let rebuild = async {
        // Long enough for a request that has begun to end.
        admin(
            &api,
            &format!("totals rebuild --workspace {workspace} --wait 500ms"),
        )
        .await
        .unwrap();
        done.set(true);
    };
    futures::join!(write, rebuild);
    let mut differences = Value::Null;
    // A machine with much else to do may take its time to count.
    for _ in 0..10 {
        differences = admin(
            &api,
            &format!("totals verify --workspace {workspace} --wait 1s"),
        )
        .await
        .unwrap();
        if differences == json!([]) {
            break;
        }
    }
    assert_eq!(differences, json!([]));
    let again = admin(
        &api,
        &format!("totals rebuild --workspace {workspace} --wait 0s"),
    )
    .await
    .unwrap();
    assert_eq!(again["revenues"], written.get());
}

#[tokio::test]
async fn a_workspace_that_was_never_counted_is_read_as_it_is() {
    let api = Api::start_uncounted().await;
    let workspace = api.workspace.config.id;
    let without = json!({"counting": []});
    assert!(
        api.app
            .table
            .set(&key::workspace(workspace), &without)
            .await
            .unwrap()
    );
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
    let sent = api.wire.take().remove(0).body;
    assert!(
        sent["Item"]["GSI1PK"]["S"]
            .as_str()
            .unwrap()
            .ends_with("#L#0"),
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

/// A batch of one shard, as Lambda delivers it.
fn delivery(api: &Api, shard: &str, batch: Range<usize>) -> Value {
    let mut event: Value =
        serde_json::from_str(include_str!("../events/count-revenues.json")).unwrap();
    let template = event["Records"][0].clone();
    let records = batch.map(|index| {
        let mut record = template.clone();
        let change = &mut record["dynamodb"];
        let id = Uuid::from_u128(index as u128 * 0x0123_4567_89ab_cdef_0123_4567_89ab);
        change["Keys"]["PK"]["S"] = json!(format!("W#{}#R#{id}", api.workspace.config.id));
        change["SequenceNumber"] = json!(format!(
            "{}",
            100_000_000_000_000_000_000_u128 + index as u128
        ));
        change["NewImage"]["id"]["S"] = json!(id);
        change["NewImage"]["external_id"]["S"] = json!(format!("{shard}-{index}"));
        change["NewImage"]["occurred_at"]["S"] = json!(format!(
            "2026-05-{:02}T10:0{}:01Z",
            1 + index % 3,
            index % 10
        ));
        record
    });
    event["Records"] = records.collect();
    event["shardId"] = json!(shard);
    event
}

#[tokio::test]
async fn overlapping_deliveries_with_lost_answers_are_counted_once() {
    const RECORDS: usize = 40;
    let api = Api::start_uncounted().await;
    let mut rng = Rng::with_seed(7);
    let later = || Instant::now() + Duration::from_secs(10);
    for shard in ["shard-a", "shard-b"] {
        let mut taken = 0;
        while taken < RECORDS {
            // Several at once, of which one is the batch that is next: old ones, in part or whole.
            let until = (taken + rng.usize(1..12)).min(RECORDS);
            let again = (0..3).map(|_| rng.usize(..=taken)..until);
            let batches: Vec<Range<usize>> = std::iter::once(taken..until).chain(again).collect();
            api.wire.next(Fault::LostAnswer, rng.usize(..4));
            let takes = batches
                .into_iter()
                .map(|batch| totals::handle_event(&api.app, delivery(&api, shard, batch), later()));
            let results = futures::future::join_all(takes).await;
            api.wire.next(Fault::LostAnswer, 0);
            if results[0].is_ok() {
                taken = until;
            }
        }
    }
    let counters = key::counters(api.workspace.config.id, 1);
    let months = sums(&api.app.table, &counters, &Selection::default())
        .await
        .unwrap();
    assert_eq!(
        months.values().map(|sums| sums.count).sum::<u64>(),
        2 * RECORDS as u64
    );
    assert_eq!(
        months
            .values()
            .map(|sums| sums.amount.thousandths())
            .sum::<i128>(),
        2 * RECORDS as i128 * 249_000
    );
    let year = counters.key(counter::year("*", "2026"));
    assert_eq!(
        api.app
            .table
            .counter(&year)
            .await
            .unwrap()
            .values()
            .sum::<i128>(),
        2 * RECORDS as i128
    );
}

#[tokio::test]
async fn the_mark_of_a_shard_that_ended_is_forgotten() {
    let api = Api::start_uncounted().await;
    let counted = async |shard: &str, batch: Range<usize>, days: i64| {
        let now = jiff::Timestamp::now() + SignedDuration::from_hours(24 * days);
        let delivery = Delivery::read(delivery(&api, shard, batch)).unwrap();
        totals::count(&api.app.table, delivery, Timestamp::new(now))
            .await
            .unwrap();
        let counters = key::counters(api.workspace.config.id, 1);
        let year = counters.key(counter::year("*", "2026"));
        let found = api
            .app
            .table
            .get::<BTreeMap<String, Value>>(std::slice::from_ref(&year))
            .await
            .unwrap()
            .remove(0);
        let marks = found
            .unwrap()
            .into_keys()
            .filter(|name| name.starts_with('@'))
            .count();
        (
            api.app
                .table
                .counter(&year)
                .await
                .unwrap()
                .values()
                .sum::<i128>(),
            marks,
        )
    };
    assert_eq!(counted("shard-a", 0..4, 0).await, (4, 1));
    assert_eq!(counted("shard-b", 0..4, 1).await, (8, 2));
    assert_eq!(
        counted("shard-a", 0..6, 2).await,
        (10, 2),
        "what it has taken is known"
    );
    assert_eq!(
        counted("shard-c", 0..4, 3).await,
        (14, 2),
        "shard-b is forgotten, which no stream has any more"
    );
}

#[tokio::test]
async fn one_rebuild_takes_over_from_another() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let records: Vec<Value> = (0..20).map(|index| revenue(&format!("r{index}"))).collect();
    api.post(&format!("{REVENUES}/batch"), json!({"records": records}))
        .await
        .expect(200);
    api.counted().await;
    let rebuild = async |wait: &str| {
        admin(
            &api,
            &format!("totals rebuild --workspace {workspace} --wait {wait}"),
        )
        .await
    };
    let second = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        rebuild("0s").await
    };
    let (first, second) = futures::join!(rebuild("100ms"), second);
    assert!(first.unwrap_err().contains("another rebuild"));
    let second = second.unwrap();
    assert_eq!(second["revenues"], 20);
    // And one that was killed on the way, after it had counted half of them.
    let unfinished = Generation {
        number: 900,
        since: Some(api.app.now()),
        ready: false,
    };
    let ready = Generation {
        number: 700,
        since: None,
        ready: true,
    };
    let counting = BTreeMap::from([("counting", [ready, unfinished])]);
    assert!(
        api.app
            .table
            .set(&key::workspace(workspace), &counting)
            .await
            .unwrap()
    );
    let list = Query::all(key::revenue_list(workspace, 0)).through(ReadSource::Index);
    let rows = api.app.table.query_all::<Revenue>(&list).await.unwrap();
    totals::replay(
        &api.app.table,
        &key::counters(workspace, 900),
        &rows[..10],
        api.app.now(),
    )
    .await
    .unwrap();
    let third = rebuild("0s").await.unwrap();
    assert!(
        third["generation"].as_u64() > second["generation"].as_u64(),
        "no number is used again: {third}"
    );
    let differences = admin(
        &api,
        &format!("totals verify --workspace {workspace} --wait 0s"),
    )
    .await
    .unwrap();
    assert_eq!(differences, json!([]));
    let left = api
        .app
        .table
        .counters(&Query::all(key::counters(workspace, 900)))
        .await
        .unwrap();
    assert!(left.is_empty(), "what was given up is cleared");
}
