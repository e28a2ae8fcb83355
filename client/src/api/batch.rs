//! Batches: many records in one request, each with a result of its own.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Api, ApiError, Method, Outcome, Problem, Repeat, Request};

/// The results of a batch, in the order of its records.
#[derive(Debug, Deserialize)]
pub struct BatchAnswer {
    /// The results.
    pub data: Vec<RecordResult>,
}

/// What became of a record.
#[derive(Debug, Deserialize)]
pub struct RecordResult {
    /// The place of the record in the request, from 0.
    pub index: usize,
    /// The external id of the record; of one that failed, what was sent as such.
    #[serde(default)]
    pub external_id: Value,
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
    /// Sends a batch; `records` are JSON texts with their external ids, and `operation` is that of
    /// an upsert. Returns a result for each record, in their order, and what attempts before the
    /// answered one may have done.
    ///
    /// # Errors
    /// As [`Api::send`], and if the answer is not what the API promises.
    pub async fn batch(
        &self,
        path: &str,
        operation: Option<&str>,
        records: &[(&str, Option<&str>)],
        repeat: Repeat,
    ) -> Result<(Vec<RecordResult>, Outcome), ApiError> {
        let request = Request {
            method: Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            body: Some(body(operation, records)),
            accept: super::JSON,
            repeat,
        };
        let (answer, before) = self.send_noting(&request).await?;
        let unexpected = |detail| ApiError::unexpected(&request, &answer, detail);
        let results: BatchAnswer =
            serde_json::from_slice(&answer.body).map_err(|error| unexpected(error.to_string()))?;
        match mismatch(records, &results.data) {
            None => Ok((results.data, before)),
            Some(detail) => Err(unexpected(detail)),
        }
    }
}

/// Why results are not those of these records, if so.
fn mismatch(records: &[(&str, Option<&str>)], results: &[RecordResult]) -> Option<String> {
    if results.len() != records.len() {
        let (sent, got) = (records.len(), results.len());
        return Some(format!("{got} results of {sent} records"));
    }
    let mut pairs = records.iter().zip(results).enumerate();
    pairs.find_map(|(at, ((_, sent), result))| {
        let got = result.external_id.as_str();
        let is_other = got.is_some() && got != *sent;
        (result.index != at || is_other).then(|| {
            let (index, got, sent) = (result.index, quote(got), quote(*sent));
            format!(
                "result {at} has the index {index} and the external_id {got}, but the record that \
                 was sent there has {sent}"
            )
        })
    })
}

fn quote(external_id: Option<&str>) -> String {
    external_id.map_or_else(|| "null".to_owned(), domain::problem::quote)
}

/// The most bytes of a body besides its records and the commas between them.
pub const ENVELOPE_BYTES_MAX: usize = 100;

fn body(operation: Option<&str>, records: &[(&str, Option<&str>)]) -> String {
    let records: Vec<&str> = records.iter().map(|(json, _)| *json).collect();
    let records = records.join(",");
    match operation {
        Some(operation) => format!(r#"{{"operation":"{operation}","records":[{records}]}}"#),
        None => format!(r#"{{"records":[{records}]}}"#),
    }
}
