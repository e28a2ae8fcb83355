//! Batches: many records in one request, each with a result of its own.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Api, ApiError, Method, Problem, Repeat, Request};

/// The results of a batch, in the order of its records.
#[derive(Debug, Deserialize)]
pub struct BatchAnswer {
    /// The results.
    pub data: Vec<RecordResult>,
}

/// What became of a record.
#[derive(Debug, Deserialize)]
pub struct RecordResult {
    /// In a word.
    pub status: ItemStatus,
    /// Why it failed.
    pub error: Option<Problem>,
    /// Whether sending it again can help.
    #[serde(default)]
    pub retryable: bool,
    /// Of a duplicate: how it differs from what is stored.
    #[serde(default)]
    pub differences: Vec<Difference>,
    /// What is stored, as far as a revenue is concerned.
    pub data: Option<StoredRevenue>,
}

/// What became of a record, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemStatus {
    /// It is new.
    Created,
    /// It has changed.
    Updated,
    /// There was nothing to change.
    Unchanged,
    /// The revenue exists.
    SkippedDuplicate,
    /// Nothing was applied.
    Failed,
    /// It may or may not have been applied.
    OutcomeUnknown,
}

/// A field in which a duplicate differs. Without the permission to read, there are no values.
#[derive(Clone, Debug, Deserialize)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// What is stored.
    #[serde(default)]
    pub stored: Option<Value>,
    /// What was sent.
    #[serde(default)]
    pub submitted: Option<Value>,
}

/// What is stored of a revenue. Other kinds have neither field.
#[derive(Clone, Debug, Deserialize)]
pub struct StoredRevenue {
    /// Where it comes from.
    pub revenue_source_id: Option<Uuid>,
}

impl Api {
    /// Sends a batch; `records` are JSON texts, and `operation` is that of an upsert. There are as
    /// many results as records.
    ///
    /// # Errors
    /// As [`Api::send`], and if the answer is not what the API promises.
    pub async fn batch(
        &self,
        path: &str,
        operation: Option<&str>,
        records: &[&str],
        repeat: Repeat,
    ) -> Result<Vec<RecordResult>, ApiError> {
        let request = Request {
            method: Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            body: Some(body(operation, records)),
            accept: super::JSON,
            repeat,
        };
        let answer = self.send(&request).await?;
        let unexpected = |detail| ApiError::unexpected(&request, &answer, detail);
        let results: BatchAnswer =
            serde_json::from_slice(&answer.body).map_err(|error| unexpected(error.to_string()))?;
        match results.data.len() == records.len() {
            true => Ok(results.data),
            false => {
                let (sent, got) = (records.len(), results.data.len());
                Err(unexpected(format!("{got} results of {sent} records")))
            }
        }
    }
}

/// The most bytes of a body besides its records and the commas between them.
pub const ENVELOPE_BYTES_MAX: usize = 100;

fn body(operation: Option<&str>, records: &[&str]) -> String {
    let records = records.join(",");
    match operation {
        Some(operation) => format!(r#"{{"operation":"{operation}","records":[{records}]}}"#),
        None => format!(r#"{{"records":[{records}]}}"#),
    }
}
