//! New records of a batch, which are created in few transactions.

use http::Method;
use serde_json::{Value, json};

use crate::calls::calls;
use crate::fixture::{Kind, kinds};
use crate::harness::Api;
use crate::log::Log;
use crate::scripted::{First, Scripted, Then};

/// More attempts than any request makes.
const ALWAYS: usize = 1_000;

/// Records with these external ids.
fn records<'a>(kind: &Kind, external_ids: impl IntoIterator<Item = &'a String>) -> Value {
    let record = |external_id| kind.body(&json!({"external_id": external_id, "name": "N"}));
    json!({"records": external_ids.into_iter().map(record).collect::<Vec<_>>()})
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("n-{index}")).collect()
}

fn of_each<'a>(batch: &'a Value, field: &str) -> Vec<&'a Value> {
    let rows = batch["data"].as_array().unwrap();
    rows.iter().map(|row| &row[field]).collect()
}

/// How many of the named records there are.
async fn total(api: &Api, kind: &Kind) -> Value {
    let path = format!("{}?search=n-", kind.path());
    api.get(&path).await.expect(200)["meta"]["total"].clone()
}

#[tokio::test]
async fn fifty_new_records_take_one_call_and_the_capacity_of_fifty() {
    let api = Api::start_here().await;
    let log = Log::at("info");
    for kind in kinds(&api).await {
        let batch = format!("{}/batch", kind.path());
        // Payees that rules name are looked up.
        let lookup = ["", "BatchGetItem 1, "][usize::from(kind.name == "rules")];
        api.wire.take();
        let names = names(100);
        log.take();
        let created = api.post(&batch, records(&kind, &names)).await.expect(200);
        assert_eq!(created["meta"]["created"], 100, "{kind}");
        assert_eq!(
            calls(&api),
            format!("{lookup}TransactWriteItems 2"),
            "{kind}"
        );
        let line = log.request();
        assert_eq!(line["write_units"], json!(400.0), "{kind}: 4 for each");
        let listed = api
            .get(&format!("{}?search=n-&per_page=100", kind.path()))
            .await
            .expect(200);
        assert_eq!(
            of_each(&listed, "id"),
            of_each(&created, "id"),
            "{kind}: in the order of the batch"
        );

        // A job that sends them again reads which record has each external id.
        api.wire.take();
        let again = api.post(&batch, records(&kind, &names)).await.expect(200);
        for (row, created) in again["data"]
            .as_array()
            .unwrap()
            .iter()
            .zip(of_each(&created, "id"))
        {
            assert_eq!(row["error"]["code"], "already_exists", "{kind}: {row:#}");
            assert_eq!(row["error"]["existing_id"], *created, "{kind}");
        }
        assert_eq!(
            calls(&api),
            format!("{lookup}TransactWriteItems 2"),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_record_that_fails_does_not_keep_the_others_from_being_created() {
    let api = Api::start_here().await;
    for kind in kinds(&api).await {
        let names = names(60);
        let known: Vec<_> = names.iter().step_by(7).cloned().collect();
        let batch = format!("{}/batch", kind.path());
        let before = api.post(&batch, records(&kind, &known)).await.expect(200);
        let mut sent = records(&kind, &names);
        // The same external id again, and a record that is not valid.
        sent["records"][2]["external_id"] = json!("n-1");
        sent["records"][3]["name"] = json!("");
        api.wire.take();
        let rows = api.post(&batch, sent).await.expect(200);
        let transactions = api.wire.count()["TransactWriteItems"];
        assert!(transactions <= 6, "{kind}: {transactions}");
        let mut holders = of_each(&before, "id").into_iter();
        for (index, row) in rows["data"].as_array().unwrap().iter().enumerate() {
            let code = match index {
                2 => "already_exists",
                3 => "validation_failed",
                index if index % 7 == 0 => "already_exists",
                _ => {
                    assert_eq!(row["status"], "created", "{kind} {index}: {row:#}");
                    continue;
                }
            };
            assert_eq!(row["error"]["code"], code, "{kind} {index}: {row:#}");
            if index % 7 == 0 {
                let holder = holders.next().unwrap();
                assert_eq!(row["error"]["existing_id"], *holder, "{kind} {index}");
            }
        }
        assert_eq!(
            rows["data"][2]["error"]["existing_id"], rows["data"][1]["id"],
            "{kind}"
        );
    }
}

/// The first of two rules wins, so their order decides who is paid.
#[tokio::test]
async fn new_records_are_in_the_order_of_the_batch_however_each_is_written() {
    let api = Api::start_here().await;
    let named = |names: [&str; 6]| names.map(|name| json!({"external_id": name, "name": "N"}));
    let mut nameless = named(["a", "b", "c", "d", "e", "f"]);
    nameless[0] = json!({"name": "n-nameless"});
    nameless[3] = nameless[0].clone();
    let batches = [
        ("batch", named(["a", "a", "b", "c", "b", "d"])),
        ("upsert", named(["e", "f", "e", "g", "h", "f"])),
        ("batch", nameless),
    ];
    for kind in kinds(&api).await {
        for (round, (path, rows)) in batches.iter().enumerate() {
            let before = total(&api, &kind).await.as_u64().unwrap();
            let mut rows = rows.clone();
            for row in &mut rows {
                if let Some(name) = row["external_id"].as_str() {
                    row["external_id"] = json!(format!("n-{round}-{name}"));
                }
                *row = kind.body(row);
            }
            let path = format!("{}/{path}", kind.path());
            let batch = api.post(&path, json!({"records": rows})).await.expect(200);
            let results = batch["data"].as_array().unwrap().iter();
            let created = results.filter(|row| row["status"] == "created");
            let created: Vec<&Value> = created.map(|row| &row["id"]).collect();
            assert!(created.len() >= 4, "{kind} {path}: {batch:#}");
            let listed = format!("{}?search=n-&per_page=100", kind.path());
            let listed = api.get(&listed).await.expect(200);
            let listed = of_each(&listed, "id").split_off(usize::try_from(before).unwrap());
            assert_eq!(created, listed, "{kind} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_upsert_the_same_new_records_at_once_create_each_once() {
    let api = Api::start_here().await;
    for kind in kinds(&api).await {
        let upsert = format!("{}/upsert", kind.path());
        let names = names(100);
        let (one, other) = (api.restarted().await, api.restarted().await);
        let sent = [&one, &other].map(|job| job.post(&upsert, records(&kind, &names)));
        let replies = futures::future::join_all(sent).await;
        let metas = replies
            .into_iter()
            .map(|reply| reply.expect(200)["meta"].clone());
        let metas: Vec<Value> = metas.collect();
        let count = |status: &str| -> u64 {
            metas
                .iter()
                .map(|meta| meta[status].as_u64().unwrap())
                .sum()
        };
        let counted = (count("created"), count("unchanged"));
        assert_eq!(counted, (100, 100), "{kind}: {metas:?}");
        assert_eq!(total(&api, &kind).await, 100, "{kind}");
    }
}

#[tokio::test]
async fn a_cancelled_transaction_is_repeated_or_reported_for_each_record() {
    let api = Api::start_here().await;
    let conflict = Then::Cancelled("TransactionConflict");
    let throttled = Then::Cancelled("ThrottlingError");
    let invalid = Then::Cancelled("ValidationError");
    let cases = [
        (conflict, 1, "created"),
        (throttled, 1, "created"),
        (throttled, ALWAYS, "unavailable"),
        (invalid, ALWAYS, "internal_error"),
    ];
    for kind in kinds(&api).await {
        for (round, (then, times, expected)) in cases.into_iter().enumerate() {
            let names: Vec<_> = names(10)
                .iter()
                .map(|name| format!("{name}-{round}"))
                .collect();
            let before = total(&api, &kind).await;
            let (_scripted, other) = Scripted::api(&api, First::Refused, then, times).await;
            let batch = format!("{}/batch", kind.path());
            let rows = other.post(&batch, records(&kind, &names)).await.expect(200);
            let added = match expected {
                "created" => {
                    assert_eq!(rows["meta"]["created"], 10, "{kind} {then:?}: {rows:#}");
                    10
                }
                code => {
                    for row in rows["data"].as_array().unwrap() {
                        assert_eq!(row["error"]["code"], code, "{kind} {then:?}");
                        assert_eq!(row["retryable"], code == "unavailable", "{kind} {then:?}");
                    }
                    0
                }
            };
            let after = total(&api, &kind).await.as_u64().unwrap();
            assert_eq!(after, before.as_u64().unwrap() + added, "{kind} {then:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_open_what_it_cannot_know() {
    let api = Api::start_here().await;
    let refused = Then::Cancelled("ConditionalCheckFailed");
    for kind in kinds(&api).await {
        for commits in [true, false] {
            let lost = First::NoAnswer {
                commits,
                status_500: false,
            };
            let names: Vec<_> = names(10)
                .iter()
                .map(|name| format!("{name}-{commits}"))
                .collect();
            let batch = format!("{}/batch", kind.path());
            let (_scripted, other) = Scripted::api(&api, lost, refused, ALWAYS).await;
            let rows = other.post(&batch, records(&kind, &names)).await.expect(200);
            for row in rows["data"].as_array().unwrap() {
                let found = (&row["status"], &row["retryable"]);
                assert_eq!(
                    found,
                    (&json!("outcome_unknown"), &json!(true)),
                    "{kind}: {row:#}"
                );
            }
            // The second transaction of the SDK is the first one, which was applied or not.
            let (_scripted, other) = Scripted::api(&api, lost, Then::Forwarded, ALWAYS).await;
            let names: Vec<_> = names.iter().map(|name| format!("{name}-2")).collect();
            let sent = records(&kind, &names);
            let rows = other.call(Method::POST, &batch, &sent).await.expect(200);
            assert_eq!(rows["meta"]["created"], 10, "{kind} {commits}: {rows:#}");
        }
    }
}
