//! The kinds of records as their fixture files describe them; `tests/fixtures/README.md` explains
//! the fields.

use std::fmt;

use domain::payee::Payee;
use domain::permission::{self, HasKind};
use domain::product::Product;
use domain::revenue::Revenue;
use domain::rule::Rule;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::harness::Api;

/// One kind of record.
#[derive(Deserialize)]
pub struct Kind {
    /// The plural, which is the path and the permission.
    pub name: String,
    /// Whether records can be updated and upserted.
    #[serde(default = "updatable")]
    pub updatable: bool,
    /// The least that can be created.
    pub minimal: Map<String, Value>,
    /// What is read back of it, without what every record has.
    pub minimal_reads: Map<String, Value>,
    /// Every field, with values other than the defaults.
    pub full: Map<String, Value>,
    /// The fields that are read back in another form than they were sent.
    pub full_reads: Map<String, Value>,
    /// The fields that null clears.
    pub nullable: Vec<String>,
    /// The fields that null cannot clear.
    pub not_nullable: Vec<String>,
    /// Fields that are refused when they are added to the minimal body, with the problems.
    pub invalid: Vec<Invalid>,
    /// Fields that are accepted, with what is read back.
    pub valid: Vec<Valid>,
    /// List filters.
    pub filters: Vec<Filter>,
}

#[derive(Deserialize)]
pub struct Invalid {
    pub fields: Map<String, Value>,
    pub problems: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub struct Valid {
    pub fields: Map<String, Value>,
    pub reads: Map<String, Value>,
}

#[derive(Deserialize)]
pub struct Filter {
    pub query: String,
    pub matches: Map<String, Value>,
    pub misses: Map<String, Value>,
}

/// The kinds as the code declares them.
const DECLARED: [permission::Kind; 4] = [Payee::KIND, Product::KIND, Rule::KIND, Revenue::KIND];

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Kind {
    /// The kind as the code declares it.
    pub fn declared(&self) -> permission::Kind {
        let mut kinds = DECLARED.into_iter();
        let kind = kinds.find(|kind| kind.many == self.name);
        kind.unwrap_or_else(|| panic!("{self} are declared"))
    }

    pub fn path(&self) -> String {
        format!("/api/v1/{}", self.name)
    }

    /// The minimal body with these fields.
    pub fn body(&self, fields: &Value) -> Value {
        let mut body = self.minimal.clone();
        body.extend(fields.as_object().unwrap().clone());
        Value::Object(body)
    }
}

fn updatable() -> bool {
    true
}

/// Every kind of record, for an API in which the placeholders of the files exist.
pub async fn all_kinds(api: &Api) -> Vec<Kind> {
    let workspace = &api.workspace.config;
    let shop = admin::sources::create(&api.app, workspace.id, "Shop");
    let external_id = format!("payee-{}", uuid::Uuid::new_v4());
    let payee = json!({"external_id": external_id, "name": "Bea"});
    let payee = api.post("/api/v1/payees", payee).await.expect(201)["data"].clone();
    let values = [
        ("{payee_1}", api.payee().await),
        ("{payee_2}", payee["id"].as_str().unwrap().to_owned()),
        ("{payee_2_external_id}", external_id),
        ("{source_1}", workspace.default_source.to_string()),
        ("{source_2}", shop.await.unwrap().id.to_string()),
    ];
    let files = [
        include_str!("../fixtures/payees.json"),
        include_str!("../fixtures/products.json"),
        include_str!("../fixtures/rules.json"),
        include_str!("../fixtures/revenues.json"),
    ];
    let read = |file: &str| {
        let text = values.iter().fold(file.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        });
        serde_json::from_str(&text).unwrap()
    };
    files.into_iter().map(read).collect()
}

/// The kinds of records that can be created, updated and upserted.
pub async fn kinds(api: &Api) -> Vec<Kind> {
    let mut kinds = all_kinds(api).await;
    kinds.retain(|kind| kind.updatable);
    kinds
}

/// Creates a record: the minimal body with these fields.
pub async fn create(api: &Api, kind: &Kind, fields: Value) -> Value {
    api.post(&kind.path(), kind.body(&fields)).await.expect(201)["data"].clone()
}

/// Creates a record with every field.
pub async fn create_full(api: &Api, kind: &Kind) -> Value {
    api.post(&kind.path(), kind.full.clone().into())
        .await
        .expect(201)["data"]
        .clone()
}

/// A record as its list shows it, out of the answer to a read of it alone, which shows more.
pub fn as_listed(mut read: Value) -> Value {
    let record = read.as_object_mut().unwrap();
    record.remove("revenue_count");
    let allocations = record.get_mut("allocations").and_then(Value::as_array_mut);
    for allocation in allocations.into_iter().flatten() {
        let allocation = allocation.as_object_mut().unwrap();
        allocation.remove("payee_external_id").unwrap();
    }
    read
}

/// The path of a record.
pub fn path_of(kind: &Kind, record: &Value) -> String {
    format!("{}/{}", kind.path(), record["id"].as_str().unwrap())
}

/// Checks that a record has these fields.
#[track_caller]
pub fn assert_has(kind: &Kind, record: &Value, expected: &Map<String, Value>) {
    for (field, value) in expected {
        assert_eq!(&record[field], value, "{field} of {kind} {record:#}");
    }
}
