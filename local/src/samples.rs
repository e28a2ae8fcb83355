//! Sample data: two workspaces to look at, loaded through the API itself.
//!
//! The data stands in `sample-data/`, where a README explains it. Loading it again adds nothing,
//! and leaves alone what was changed since.

use std::collections::HashMap;

use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::batch::BATCH_RECORDS_MAX;

use crate::accounts::Account;
use crate::error::StartError;
use crate::gateway::{BODY_BYTES_MAX, Gateway};

/// The samples, by the name of their workspace.
pub const SAMPLES: [(&str, &str); 2] = [
    (
        "Northwind SaaS affiliate programme",
        include_str!("../sample-data/northwind-affiliate-programme.json"),
    ),
    (
        "Riverside marketplace",
        include_str!("../sample-data/riverside-marketplace.json"),
    ),
];

/// What a file holds: the records, as the API takes them.
#[derive(Deserialize)]
struct Sample {
    payees: Vec<Value>,
    products: Vec<Value>,
    rules: Vec<Value>,
    revenues: Vec<Value>,
}

/// Loads a sample into its workspace.
///
/// # Errors
/// If the file is not a sample, or a record is refused.
pub async fn load(
    gateway: &Gateway,
    account: &Account,
    workspace: &'static str,
    text: &str,
) -> Result<(), StartError> {
    let loader = Loader { gateway, account };
    loader
        .load(text)
        .await
        .map_err(|why| StartError::Sample { workspace, why })
}

struct Loader<'a> {
    gateway: &'a Gateway,
    account: &'a Account,
}

impl Loader<'_> {
    async fn load(&self, text: &str) -> Result<(), String> {
        let Sample {
            payees,
            products,
            mut rules,
            revenues,
        } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let create_only = json!({ "operation": "create_only" });
        let payees = self
            .send("/api/v1/payees/upsert", &create_only, payees)
            .await?;
        self.send("/api/v1/products/upsert", &create_only, products)
            .await?;
        for rule in &mut rules {
            name_payees(rule, &payees);
        }
        self.send("/api/v1/rules/upsert", &create_only, rules)
            .await?;
        self.send("/api/v1/revenues/batch", &json!({}), revenues)
            .await?;
        Ok(())
    }

    /// Sends records in batches, each in this envelope. The result is the ids that they have, by
    /// external id.
    async fn send(
        &self,
        path: &str,
        envelope: &Value,
        records: Vec<Value>,
    ) -> Result<HashMap<String, Value>, String> {
        let mut ids = HashMap::new();
        for records in records.chunks(BATCH_RECORDS_MAX) {
            let mut body = envelope.clone();
            body["records"] = records.into();
            let answer = self.post(path, &body).await?;
            for row in answer["data"].as_array().into_iter().flatten() {
                ids.insert(
                    row["external_id"].as_str().unwrap_or_default().to_owned(),
                    id_of(row)?,
                );
            }
        }
        Ok(ids)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {}", self.account.api_key))
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .map_err(|error| error.to_string())?;
        let answer = self.gateway.answer(request).await;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), BODY_BYTES_MAX)
            .await
            .map_err(|error| error.to_string())?;
        if status != StatusCode::OK {
            return Err(format!(
                "POST {path} was answered {status}: {}",
                String::from_utf8_lossy(&body)
            ));
        }
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }
}

/// The id of a record that is there now, whether it was before or not.
fn id_of(row: &Value) -> Result<Value, String> {
    let error = &row["error"];
    if error.is_null() {
        Ok(row["id"].clone())
    } else if error["code"] == "already_exists" {
        Ok(error["existing_id"].clone())
    } else {
        Err(format!(
            "the record {} was refused: {error}",
            row["external_id"]
        ))
    }
}

/// Puts ids where a rule of a sample names its payees by external id.
fn name_payees(rule: &mut Value, payees: &HashMap<String, Value>) {
    for allocation in rule["allocations"].as_array_mut().into_iter().flatten() {
        let id = allocation["payee_id"]
            .as_str()
            .and_then(|external_id| payees.get(external_id));
        if let Some(id) = id.cloned() {
            allocation["payee_id"] = id;
        }
    }
}
