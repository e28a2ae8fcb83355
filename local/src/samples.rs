//! Sample data: two workspaces to explore, loaded through the API itself.
//!
//! The data is in `sample-data/`, with a README. Loading it again adds nothing and does not undo
//! changes.

use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::batch::BATCH_RECORDS_MAX;

use crate::accounts::Account;
use crate::emulator::http_api::BODY_BYTES_MAX;
use crate::error::StartError;
use crate::gateway::Gateway;

/// The name of each workspace, and its data.
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

/// The content of a file: records in the format of the API.
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
/// If the data is not valid, or the API refuses a record.
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
        .map_err(|reason| StartError::Sample { workspace, reason })
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
            rules,
            revenues,
        } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let create_only = json!({ "operation": "create_only" });
        self.send("/api/v1/payees/upsert", &create_only, payees)
            .await?;
        self.send("/api/v1/products/upsert", &create_only, products)
            .await?;
        self.send("/api/v1/rules/upsert", &create_only, rules)
            .await?;
        self.send("/api/v1/revenues/batch", &json!({}), revenues)
            .await?;
        Ok(())
    }

    /// Sends records in batches, each in this envelope.
    async fn send(&self, path: &str, envelope: &Value, records: Vec<Value>) -> Result<(), String> {
        for records in records.chunks(BATCH_RECORDS_MAX) {
            let mut body = envelope.clone();
            body["records"] = records.into();
            let answer = self.post(path, &body).await?;
            for row in answer["data"].as_array().into_iter().flatten() {
                check(row)?;
            }
        }
        Ok(())
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
                "POST {path} returned {status}: {}",
                String::from_utf8_lossy(&body)
            ));
        }
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }
}

/// Whether a record exists now: it was just created, or existed before.
fn check(row: &Value) -> Result<(), String> {
    let error = &row["error"];
    if error.is_null() || error["code"] == "already_exists" {
        return Ok(());
    }
    Err(format!(
        "the record {} was refused: {error}",
        row["external_id"]
    ))
}
