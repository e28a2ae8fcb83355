//! Every answer to a write is true, whatever happens to its attempts: a generated product of faults
//! and operations.

use std::time::Duration;

use futures::{StreamExt, stream};
use http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::fixture::{Kind, all_kinds};
use crate::harness::{Api, Reply};
use crate::scripted::{First, Script, Scripted, Then};
use crate::wire::Fault;

/// More attempts than any request makes.
const ALWAYS: usize = 1_000_000;
/// How many writes run one after another through the same wire.
const WRITES_OF_A_CASE: usize = 6;
/// How many cases run at once; most wait for the pause before a retry.
const CASES_AT_ONCE_MAX: usize = 200;

/// Less than the time that a request has.
const CUT_OFF_AFTER: Duration = Duration::from_secs(20);

const THEN: [Then; 10] = [
    Then::Forwarded,
    Then::Cancelled("ConditionalCheckFailed"),
    Then::Cancelled("TransactionConflict"),
    Then::Cancelled("ThrottlingError"),
    Then::Cancelled("ProvisionedThroughputExceeded"),
    Then::Cancelled("ValidationError"),
    Then::Error(400, "ThrottlingException"),
    Then::Error(400, "TransactionInProgressException"),
    Then::Error(400, "ValidationException"),
    Then::Error(500, "InternalServerError"),
];

fn scripts() -> impl Iterator<Item = Script> {
    let no_answer = [(true, true), (true, false), (false, true), (false, false)];
    let first = no_answer
        .map(|(commits, status_500)| First::NoAnswer {
            commits,
            status_500,
        })
        .into_iter()
        .chain([First::Refused]);
    first.flat_map(|first| {
        THEN.into_iter()
            .flat_map(move |then| [1, ALWAYS].map(|times| Script { first, then, times }))
    })
}

/// A write, and how to see whether it was applied.
struct Write {
    name: &'static str,
    /// A record that exists before, at version 1: where it is created, and its body.
    before: Option<(String, Value)>,
    method: Method,
    /// `{id}` is the id of the record before.
    path: String,
    body: Value,
    /// A list that has the record, if there is one.
    list: String,
    /// What the record has if the write was applied.
    after: Value,
}

impl Write {
    /// Creates a record of this kind; `below` the path of the kind, the body is a batch.
    fn creates(name: &'static str, kind: &Kind, below: &str, external_id: &str) -> Self {
        let record = kind.body(&json!({"external_id": external_id}));
        Self {
            name,
            before: None,
            method: Method::POST,
            path: format!("{}{below}", kind.path()),
            body: match below {
                "" => record,
                _ => json!({"records": [record]}),
            },
            list: format!("{}?external_id={external_id}", kind.path()),
            after: json!({"external_id": external_id}),
        }
    }

    /// Changes fields of a record of this kind.
    fn changes(name: &'static str, kind: &Kind, external_id: &str, fields: Value) -> Self {
        let mut after = json!({"external_id": external_id, "version": 2});
        let after_fields = after.as_object_mut().unwrap();
        after_fields.extend(fields.as_object().unwrap().clone());
        let external_id = after["external_id"].as_str().unwrap();
        Self {
            before: Some((kind.path(), kind.body(&json!({"external_id": external_id})))),
            method: Method::PUT,
            path: format!("{}/{{id}}", kind.path()),
            body: fields,
            list: format!("{}?external_id={external_id}", kind.path()),
            after,
            name,
        }
    }
}

/// All writes, on records whose external ids begin with `prefix`.
fn writes(kinds: &[Kind], prefix: &str) -> Vec<Write> {
    let kind = |name: &str| kinds.iter().find(|kind| kind.name == name).unwrap();
    let [payees, products, rules, revenues] = ["payees", "products", "rules", "revenues"].map(kind);
    let id = |number: u8| format!("{prefix}-{number}-");
    let renamed = json!({"name": "After"});

    let mut nameless = Write::creates("create without an external id", rules, "", &id(0));
    nameless.body = rules.body(&json!({"name": id(0)}));
    nameless.list = format!("{}?search={}", rules.path(), id(0));
    nameless.after = json!({"name": id(0)});
    let mut rename = Write::changes("rename", payees, &id(1), json!({"external_id": id(2)}));
    rename.before = Some((payees.path(), payees.body(&json!({"external_id": id(1)}))));
    let mut upsert = Write::changes("upsert of a known one", products, &id(3), renamed.clone());
    (upsert.method, upsert.path) = (Method::POST, format!("{}/upsert", products.path()));
    upsert.body = json!({"records": [{"external_id": id(3), "name": "After"}]});
    let archived = json!({"status": "archived"});
    let mut archive = Write::changes("archive", products, &id(4), archived);
    (archive.method, archive.body) = (Method::DELETE, Value::Null);
    vec![
        nameless,
        rename,
        upsert,
        archive,
        Write::creates("create", payees, "", &id(5)),
        Write::creates("create in a batch", products, "/batch", &id(6)),
        Write::creates("upsert of a new one", rules, "/upsert", &id(7)),
        Write::changes("update", payees, &id(8), renamed.clone()),
        Write::changes("update of a rule", rules, &id(9), renamed),
        Write::creates("revenue", revenues, "", &id(10)),
        Write::creates("revenue in a batch", revenues, "/batch", &id(11)),
    ]
}

/// What a reply says became of the one record of a write: a status, or the code of an error.
fn outcome(reply: &Reply) -> String {
    let row = &reply.body["data"][0];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let found = match (reply.status, text(&row["error"]["code"])) {
        (_, Some(code)) => Some(code),
        (200 | 201, None) => text(&row["status"])
            .or(text(&reply.body["outcome"]))
            .or(Some("written".to_owned())),
        (_, None) => text(&reply.body["code"]),
    };
    found.unwrap_or_else(|| panic!("{reply:?}"))
}

/// Runs writes under a script, and returns what is wrong with their answers.
async fn check_all(api: &Api, script: Script, writes: Vec<Write>) -> Vec<String> {
    let scripted = Scripted::before(&api.endpoint, script).await;
    let other = api.over(scripted.wire().await).await;
    let mut wrong = Vec::new();
    for write in writes {
        scripted.begin();
        wrong.extend(check(api, &other, script, write).await);
    }
    wrong
}

/// Sends a write to the `other` process, and returns what is wrong with its answer.
async fn check(api: &Api, other: &Api, script: Script, write: Write) -> Option<String> {
    let mut path = write.path.clone();
    if let Some((place, body)) = &write.before {
        let created = api.post(place, body.clone()).await.expect(201);
        path = path.replace("{id}", created["data"]["id"].as_str().unwrap());
    }
    let begin = Instant::now();
    let outcome = outcome(&other.call(write.method, &path, &write.body).await);
    // On a busy machine, the last of many attempts may be cut off.
    let was_cut_off = begin.elapsed() >= CUT_OFF_AFTER;
    let listed = api.get(&write.list).await.expect(200);
    let rows = listed["data"].as_array().unwrap();
    let has = |(field, value): (&String, &Value)| rows[0][field] == *value;
    let applied = rows.len() == 1 && write.after.as_object().unwrap().iter().all(has);
    let once = rows.len() <= 1 && rows.iter().all(|row| row["version"].as_u64() <= Some(2));
    let is_success = ["written", "created", "updated", "archived"].contains(&outcome.as_str());
    let is_unknown = outcome == "outcome_unknown";
    let has_no_answer = |then| matches!(then, Then::Error(500.., _));
    let may_be_unknown =
        script.first != First::Refused || has_no_answer(script.then) || was_cut_off;
    let honest = match (is_success, is_unknown) {
        (true, _) => applied,
        (false, true) => may_be_unknown,
        // A refusal is certain only if every attempt was refused.
        (false, false) => !applied && script.first == First::Refused,
    };
    let wrong = !honest || !once;
    wrong.then(|| {
        let name = write.name;
        format!("{name}: {outcome}, applied: {applied}, {script:?}: {rows:?}")
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_to_a_write_is_true_whatever_happens_to_its_attempts() {
    let api = Api::start_here().await;
    let kinds = all_kinds(&api).await;
    let cases = scripts().enumerate().flat_map(|(index, script)| {
        let mut writes = writes(&kinds, &format!("script-{index}"));
        let mut cases = Vec::new();
        while !writes.is_empty() {
            let some = writes.split_off(writes.len().saturating_sub(WRITES_OF_A_CASE));
            cases.push(check_all(&api, script, some));
        }
        cases
    });
    let cases: Vec<_> = cases.collect();
    let wrong: Vec<Vec<String>> = stream::iter(cases)
        .buffer_unordered(CASES_AT_ONCE_MAX)
        .collect()
        .await;
    let wrong = wrong.concat();
    assert!(
        wrong.is_empty(),
        "{} answers are false:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn the_failures_of_one_table_use_up_no_retries_of_another() {
    /// More than the retries that a client has in reserve.
    const FAILURES: usize = 60;
    let (failing, api) = (Api::start_here().await, Api::start_here().await);
    failing.wire.next(Fault::LostAnswer, usize::MAX);
    let reads = (0..FAILURES).map(|_| failing.get("/api/v1/payees"));
    for reply in futures::future::join_all(reads).await {
        reply.problem(503, "unavailable");
    }
    api.wire.next(Fault::LostAnswer, 1);
    api.get("/api/v1/payees").await.expect(200);
}
