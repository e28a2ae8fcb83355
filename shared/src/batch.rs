//! Batches: the envelope of their bodies, the order of their steps, and the result for each record.
//!
//! A single write is a batch of one.

mod envelope;
mod steps;

use domain::fields::Object;
use domain::schema::{absent_or_set, string_enum};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};
use uuid::Uuid;

pub use envelope::{BATCH_RECORDS_MAX, BatchBody, SentIds, SentRecord};
pub use steps::{STEPS_AT_ONCE_MAX, groups, run};

use crate::error::Failure;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray, JsonSchema)]
#[strum(serialize_all = "snake_case")]
#[schemars(rename = "ResultStatus", rename_all = "snake_case", transform = string_enum)]
pub enum Status {
    /// A new record.
    Created,
    /// A changed record.
    Updated,
    /// Nothing would have changed, and nothing was written.
    Unchanged,
    /// An archived record.
    Archived,
    /// The record existed before.
    SkippedDuplicate,
    /// Nothing was written; the error says why.
    Failed,
    /// The record may or may not have been written.
    OutcomeUnknown,
}

impl Status {
    /// All of them, in the order in which they are reported.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The name that clients read.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The status of a write.
    pub fn of<T>(result: &WriteResult<T>) -> Self {
        match result {
            Ok(written) => written.status,
            Err(Failure::OutcomeUnknown(_) | Failure::CreateUnknown(_)) => Self::OutcomeUnknown,
            Err(_) => Self::Failed,
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A record after a write that succeeded.
#[derive(Debug)]
pub struct Written<T> {
    /// What the write did.
    pub status: Status,
    /// The id of the record.
    pub id: Uuid,
    /// The external id of the record.
    pub external_id: Option<String>,
    /// The version of the record, if it has versions.
    pub version: Option<u64>,
    /// The record as it is now.
    pub record: T,
    /// For a duplicate: the fields in which the body differs from the stored record.
    pub differences: Vec<Difference>,
}

/// A field in which a duplicate differs from the stored record.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(transform = absent_or_set)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// The stored value, which was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<Value>,
    /// The submitted value, which was not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted: Option<Value>,
}

impl Difference {
    /// Only the name of the field, for a key that may not read values.
    pub fn without_values(self) -> Self {
        Self {
            field: self.field,
            stored: None,
            submitted: None,
        }
    }
}

impl<T> Written<T> {
    /// What a key that may write but not read sees of the record.
    pub fn receipt(&self) -> Receipt {
        Receipt {
            id: self.id,
            external_id: self.external_id.clone(),
            version: self.version,
        }
    }
}

/// What a key that may write but not read sees of a record.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(transform = absent_or_set)]
pub struct Receipt {
    /// The id of the record.
    pub id: Uuid,
    /// The external id of the record.
    pub external_id: Option<String>,
    /// The version of the record, if it has versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// The record after a write, or why it was not written.
pub type WriteResult<T> = Result<Written<T>, Failure>;

/// How many records had which status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts {
    statuses: [u64; Status::ALL.len()],
    /// Duplicates that differ from what is stored.
    pub duplicate_conflicts: u64,
    /// Failures because the record was at another version, or kept changing.
    pub version_conflicts: u64,
}

impl StatusCounts {
    /// Counts records.
    pub fn of<'a, T: 'a>(results: impl IntoIterator<Item = &'a WriteResult<T>>) -> Self {
        let mut counts = Self::default();
        for result in results {
            counts.statuses[Status::of(result) as usize] += 1;
            match result {
                Ok(written) if !written.differences.is_empty() => counts.duplicate_conflicts += 1,
                Err(
                    Failure::VersionConflict { .. }
                    | Failure::PreconditionFailed { .. }
                    | Failure::Contention,
                ) => counts.version_conflicts += 1,
                Ok(_) | Err(_) => {}
            }
        }
        counts
    }

    /// How many records had this status.
    pub fn get(&self, status: Status) -> u64 {
        self.statuses[status as usize]
    }
}

/// The result for one record of a batch.
#[derive(Debug)]
pub struct BatchItem<T> {
    /// What names it, if it failed.
    pub sent: SentIds,
    /// The record after the write, or why it was not written.
    pub result: WriteResult<T>,
}

/// The top-level fields in which two values of one type differ, in the order of the type.
pub fn differences<T: Serialize>(stored: &T, submitted: &T) -> Vec<Difference> {
    let object = |value: &T| match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        Ok(_) | Err(_) => Object::default(),
    };
    let submitted = object(submitted);
    object(stored)
        .into_iter()
        .filter_map(|(field, stored)| {
            let submitted = submitted.get(&field).cloned().unwrap_or(Value::Null);
            (stored != submitted).then_some(Difference {
                field,
                stored: Some(stored),
                submitted: Some(submitted),
            })
        })
        .collect()
}
