//! Random workspaces, pushed through the API: its previews are those of docs/payout.py, and the
//! sums of its explanations.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::Api;
use crate::oracle::by_python;
use crate::payouts_api::{PREVIEW, with};
use crate::payouts_redone::{redo, units};
use crate::random_workspace::{Workspace, generate};

/// How many random workspaces go through the API, unless `TEST_PAYOUTS_API` says otherwise.
const WORKSPACES: u64 = 6;

/// Creates the records of a workspace in the workspace of a key.
struct Pusher<'a> {
    api: &'a Api,
    /// The ids of the generated records, with those that the API gave to them.
    ids: Vec<(String, String)>,
}

impl Pusher<'_> {
    fn translated(&self, record: &Value) -> Value {
        let mut text = record.to_string();
        for (generated, real) in &self.ids {
            text = text.replace(generated, real);
        }
        serde_json::from_str(&text).unwrap()
    }

    async fn push(&mut self, kind: &str, records: &[Value]) {
        let path = format!("/api/v1/{kind}/batch");
        let bodies: Vec<Value> = records
            .iter()
            .map(|record| self.translated(record))
            .collect();
        if bodies.is_empty() {
            return;
        }
        let body = json!({"records": bodies});
        let answer = self.api.post(&path, body).await.expect(200);
        assert_eq!(answer["meta"]["created"], records.len(), "{answer:#}");
        let text = |record: &Value| record["id"].as_str().unwrap().to_owned();
        let real = answer["data"].as_array().unwrap().iter().map(text);
        self.ids
            .extend(records.iter().map(text).zip(real).collect::<Vec<_>>());
    }
}

/// A workspace of its own with these records; the API then has a key to it.
async fn push(api: &mut Api, workspace: &Workspace) {
    let own = admin::workspaces::create(&api.app, "Random").await.unwrap();
    let id = own.config.id;
    let second = admin::sources::create(&api.app, id, "Second")
        .await
        .unwrap();
    let permissions = registry::permissions();
    let key = admin::keys::create(&api.app, id, "all", &permissions, None)
        .await
        .unwrap();
    api.key = key.api_key;
    let sources = [own.config.default_source, second.id];
    let generated = (0..2).map(|index| uuid::Uuid::from_u128((4 << 64) + index).to_string());
    let ids = generated.zip(sources.map(|source| source.to_string()));
    let mut pusher = Pusher {
        api,
        ids: ids.collect(),
    };
    pusher.push("payees", &workspace.payees).await;
    pusher.push("products", &workspace.products).await;
    let mut rules = workspace.rules.clone();
    for (index, rule) in rules.iter_mut().enumerate() {
        rule["external_id"] = json!(format!("rule-{index}"));
    }
    pusher.push("rules", &rules).await;
    pusher.push("revenues", &workspace.revenues).await;
}

/// All records of a kind, as the API lists them.
async fn listed(api: &Api, kind: &str) -> Value {
    let path = format!("/api/v1/{kind}?per_page=100");
    let page = api.get(&path).await.expect(200);
    assert_eq!(page["meta"]["last_page"], 1);
    page["data"].clone()
}

/// The sums of explanations.
#[derive(Debug, Default, PartialEq)]
struct Sums {
    /// The units and the number of lines, by payee and currency.
    earned: BTreeMap<(String, String), (i128, u64)>,
    /// The units, by currency and reason.
    unallocated: BTreeMap<(String, String), i128>,
    exceptions: BTreeMap<String, u64>,
}

impl Sums {
    fn add(&mut self, split: &Value, currency: &str) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        for line in split["lines"].as_array().unwrap() {
            let place = (text(&line["payee_id"]), currency.to_owned());
            let (earned, lines) = self.earned.entry(place).or_default();
            *earned += units(&line["amount"]);
            *lines += 1;
        }
        let place = (currency.to_owned(), text(&split["unallocated"]["reason"]));
        *self.unallocated.entry(place).or_default() += units(&split["unallocated"]["amount"]);
    }

    fn of_preview(preview: &Value) -> Self {
        let mut sums = Self::default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        for row in preview["payees"].as_array().unwrap() {
            let place = (text(&row["payee_id"]), text(&row["currency"]));
            let figures = (units(&row["earned"]), row["lines"].as_u64().unwrap());
            sums.earned.insert(place, figures);
        }
        for total in preview["totals"].as_array().unwrap() {
            for (reason, amount) in total["unallocated"].as_object().unwrap() {
                let place = (text(&total["currency"]), reason.clone());
                sums.unallocated.insert(place, units(amount));
            }
        }
        for (name, count) in preview["exceptions"].as_object().unwrap() {
            sums.exceptions
                .insert(name.clone(), count.as_u64().unwrap());
        }
        sums.without_zeros()
    }

    /// What is nothing need not be included.
    fn without_zeros(mut self) -> Self {
        self.unallocated.retain(|_, amount| *amount != 0);
        self.exceptions.retain(|_, count| *count != 0);
        self
    }
}

/// Explains every revenue of the period, redoes its figures, and adds them up.
async fn explained(api: &Api, revenues: &Value, period: &Value) -> Sums {
    let day = |name: &str| period[name].as_str().unwrap();
    let mut sums = Sums::default();
    for revenue in revenues.as_array().unwrap() {
        let occurred = &revenue["occurred_at"].as_str().unwrap()[..10];
        if occurred < day("from") || day("to") < occurred {
            continue;
        }
        let id = revenue["id"].as_str().unwrap();
        let query = format!("revenue_id={id}&opening={}", day("opening"));
        let explanation = api.explain(&query).await;
        assert_eq!(explanation["revenue"]["id"], revenue["id"]);
        redo(&explanation);
        let currency = revenue["currency"].as_str().unwrap();
        sums.add(&explanation, currency);
        if let Some(excess) = explanation.get("excess") {
            sums.add(excess, currency);
        }
        for name in explanation["exceptions"].as_array().unwrap() {
            let name = name.as_str().unwrap().to_owned();
            *sums.exceptions.entry(name).or_default() += 1;
        }
    }
    sums.without_zeros()
}

#[tokio::test]
async fn what_the_api_computes_is_what_the_oracle_computes_of_what_it_lists() {
    let number = |name: &str| std::env::var(name).map(|number| number.parse::<u64>().unwrap());
    let count = number("TEST_PAYOUTS_API").unwrap_or(WORKSPACES);
    let first = number("TEST_SEED").unwrap_or_else(|_| fastrand::u64(0..1 << 48));
    let mut api = Api::start_here().await;
    for seed in first..first + count {
        let workspace = generate(seed);
        push(&mut api, &workspace).await;
        let period = json!({"from": workspace.from, "to": workspace.to,
            "opening": workspace.opening, "payout_date": workspace.payout_date});
        let revenues = listed(&api, "revenues").await;
        let payees = listed(&api, "payees").await;
        let input = json!({"rules": listed(&api, "rules").await, "payees": payees,
            "products": listed(&api, "products").await, "revenues": revenues,
            "first": workspace.from, "last": workspace.to, "opening": workspace.opening,
            "payout_date": workspace.payout_date});
        let expected = by_python(std::iter::once(input)).remove(0);
        let preview = api.preview(period.clone()).await;
        let at = format!("TEST_SEED={seed} TEST_PAYOUTS_API=1");
        for (name, expected) in expected.as_object().unwrap() {
            if name != "lines" {
                assert_eq!(
                    &preview[name], expected,
                    "{name} differ, the API is on the left: {at}"
                );
            }
        }
        for payee in payees.as_array().unwrap() {
            let body = with(period.clone(), json!({"payee_id": payee["id"]}));
            let answer = api.post(PREVIEW, body).await.expect(200);
            let lines = expected["lines"].as_array().unwrap().iter();
            let lines = lines
                .filter(|line| line["payee_id"] == payee["id"])
                .cloned();
            let lines: Vec<Value> = lines
                .map(|mut line| {
                    line.as_object_mut().unwrap().remove("payee_id");
                    line
                })
                .collect();
            assert_eq!(answer["meta"]["lines"], lines.len(), "{at}");
            assert_eq!(answer["data"]["lines"], json!(lines), "{at}");
        }
        let sums = explained(&api, &revenues, &period).await;
        assert_eq!(
            sums,
            Sums::of_preview(&preview),
            "explanations are on the left: {at}"
        );
    }
}
