//! Batches of the stream: each revenue is counted once, however often it is delivered.

use crate::harness::Api;
use crate::wire::Fault;
use domain::counting::{Numbers, Selection, counter};
use domain::value::Timestamp;
use domain::workspace::Generation;
use fastrand::Rng;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::totals::sums;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;
use store::key;
use store::table::{Added, Checkpoint, Delivery};
use tokio::time::Instant;
use uuid::Uuid;

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
    let counted = async |shard: &str, batch: Range<usize>, hours: i64| {
        let now = jiff::Timestamp::now() + SignedDuration::from_hours(hours);
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
    assert_eq!(counted("shard-b", 0..4, 20).await, (8, 2));
    assert_eq!(
        counted("shard-a", 0..6, 48).await,
        (10, 2),
        "what it has taken is known"
    );
    assert_eq!(
        counted("shard-c", 0..4, 72).await,
        (14, 2),
        "shard-b is forgotten, which no stream has any more"
    );
}

#[tokio::test]
async fn an_event_without_records_is_an_empty_batch() {
    let api = Api::start_uncounted().await;
    for records in [json!({}), json!({"Records": null}), json!({"Records": []})] {
        let mut event = json!({"shardId": "shard-a", "state": {}});
        event
            .as_object_mut()
            .unwrap()
            .extend(records.as_object().unwrap().clone());
        let later = Instant::now() + Duration::from_secs(10);
        let answer = totals::handle_event(&api.app, event.clone(), later).await;
        assert_eq!(answer.unwrap(), json!({"state": {}}), "{event}");
    }
}

/// How many revenues of 2026 the counters of a generation have.
async fn counted_in(api: &Api, generation: u32) -> i128 {
    let counters = key::counters(api.workspace.config.id, generation);
    let year = counters.key(counter::year("*", "2026"));
    let numbers = api.app.table.counter(&year).await.unwrap();
    numbers.values().sum()
}

#[tokio::test]
async fn a_record_that_is_twice_in_a_delivery_is_counted_once() {
    let api = Api::start_uncounted().await;
    let mut event = delivery(&api, "shard-a", 0..3);
    let records = event["Records"].as_array_mut().unwrap();
    records.extend(records.clone());
    let later = Instant::now() + Duration::from_secs(10);
    totals::handle_event(&api.app, event, later).await.unwrap();
    assert_eq!(counted_in(&api, 1).await, 3);
}

#[tokio::test]
async fn counting_stops_at_its_deadline() {
    let api = Api::start_uncounted().await;
    let event = delivery(&api, "shard-a", 0..3);
    let passed = totals::handle_event(&api.app, event.clone(), Instant::now()).await;
    assert!(passed.is_err(), "so that it is delivered again");
    assert_eq!(api.wire.count().len(), 0, "no call after the deadline");

    api.wire.only("UpdateItem");
    api.wire.next(Fault::Silence, usize::MAX);
    let (start, soon) = (Instant::now(), Duration::from_millis(100));
    let silent = totals::handle_event(&api.app, event, start + soon).await;
    assert!(silent.is_err());
    // Far below the timeout of a call.
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_revenue_of_the_very_instant_at_which_a_generation_begins_is_counted_in_it() {
    let api = Api::start_uncounted().await;
    let event = delivery(&api, "shard-a", 0..1);
    let created_at = &event["Records"][0]["dynamodb"]["NewImage"]["created_at"]["S"];
    let created_at: jiff::Timestamp = created_at.as_str().unwrap().parse().unwrap();
    let since = |millis: i64| {
        let since = created_at + SignedDuration::from_millis(millis);
        Some(Timestamp::new(since))
    };
    let generation = |number: u32, since: Option<Timestamp>| Generation {
        number,
        since,
        ready: number == 1,
        set_aside: false,
    };
    let generations = [
        generation(1, None),
        generation(2, since(0)),
        generation(3, since(1)),
    ];
    let counting = BTreeMap::from([("counting", generations)]);
    api.configure(&counting).await;
    let later = Instant::now() + Duration::from_secs(10);
    totals::handle_event(&api.app, event, later).await.unwrap();
    for (generation, counted) in [(1, 1), (2, 1), (3, 0)] {
        assert_eq!(counted_in(&api, generation).await, counted, "{generation}");
    }
}

#[tokio::test]
async fn a_checkpoint_that_has_moved_is_not_forgotten() {
    let api = Api::start_uncounted().await;
    let counters = key::counters(api.workspace.config.id, 1);
    let key = counters.key(counter::year("*", "2026"));
    let checkpoint = |reached: &str| Checkpoint {
        name: "shard".to_owned(),
        reached: reached.to_owned(),
    };
    let one = Numbers::from([("0101".to_owned(), 1)]);
    for (reached, first) in [("3", "1"), ("7", "5")] {
        let checkpoint = checkpoint(reached);
        let added = api.app.table.add(&key, &one, &checkpoint, first).await;
        assert!(matches!(added, Ok(Added::Applied(_))), "{added:?}");
    }
    let outdated = [checkpoint("3")];
    api.app.table.forget(&key, &outdated).await.unwrap();
    let again = api.app.table.add(&key, &one, &checkpoint("9"), "7").await;
    assert!(matches!(again, Ok(Added::Refused { .. })), "{again:?}");
    let moved = [checkpoint("7")];
    api.app.table.forget(&key, &moved).await.unwrap();
    let again = api.app.table.add(&key, &one, &checkpoint("9"), "7").await;
    assert!(matches!(again, Ok(Added::Applied(_))), "{again:?}");
}
