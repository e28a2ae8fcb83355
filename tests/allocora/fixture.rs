//! The kinds of records as their fixture files describe them; `tests/fixtures/README.md` explains
//! the fields.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::harness::Api;

/// One kind of record.
#[derive(Deserialize)]
pub struct Kind {
    /// The plural, which is the path and the permission.
    pub name: String,
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

impl Kind {
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

/// The records that can be created, updated and upserted, for an API in which `{payee_1}` and
/// `{payee_2}` exist.
pub async fn kinds(api: &Api) -> Vec<Kind> {
    let (payee_1, payee_2) = (api.payee().await, api.payee().await);
    let files = [
        include_str!("../fixtures/payees.json"),
        include_str!("../fixtures/products.json"),
        include_str!("../fixtures/rules.json"),
    ];
    let read = |file: &str| {
        let text = file
            .replace("{payee_1}", &payee_1)
            .replace("{payee_2}", &payee_2);
        serde_json::from_str(&text).unwrap()
    };
    files.into_iter().map(read).collect()
}
