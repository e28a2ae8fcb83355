//! Conditions as DynamoDB is told them, and as it tells that they did not hold.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::read::read;
use super::{Item, StoreError};
use crate::key::attribute;

/// The attribute that optimistic locking compares.
const VERSION: &str = "version";
/// The reason of a cancelled transaction that a condition did not hold.
const CONDITION: &str = "ConditionalCheckFailed";
/// The reasons of a cancelled transaction that the SDK does not know as throttling, and so does not
/// retry.
const THROTTLED: [&str; 2] = ["ThrottlingError", "ProvisionedThroughputExceeded"];

/// Marks what one write wrote, so that it recognises its own first attempt after a lost answer.
pub(super) const NONCE: &str = "nonce";

/// What must hold for an item before it is written or deleted.
#[derive(Clone, Debug)]
pub enum Condition {
    /// There is no such item.
    Absent,
    /// The item is at this version.
    Version(u64),
    /// The attribute `id` of the item is this.
    Id(Uuid),
}

/// What became of a write.
#[derive(Debug)]
pub enum Outcome {
    /// It was applied.
    Applied,
    /// Conditions did not hold.
    Refused(Refusal),
    /// Another write was at the same items at the same moment; nothing was applied.
    Conflict,
}

/// Conditions that did not hold.
#[derive(Debug)]
pub struct Refusal {
    /// For each action, in order: what stands there, if its condition was one of them.
    pub existing: Vec<Option<Existing>>,
    /// Whether nothing was applied. If the answer to an earlier attempt was lost, that one may have
    /// been applied, and what stands there may be what others made of it.
    pub certain: bool,
}

/// The item that stood where a condition failed; empty if there is none.
#[derive(Debug)]
pub struct Existing(pub(super) Item);

impl Existing {
    /// The item as a typed value.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if it is not one.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, StoreError> {
        read(self.0)
    }

    pub(super) fn has_nonce(&self, nonce: &str) -> bool {
        self.0
            .get(NONCE)
            .and_then(|value| value.as_s().ok())
            .is_some_and(|written| written == nonce)
    }
}

/// An expression, its names and its values.
pub(super) type Expression = (&'static str, HashMap<String, String>, Option<Item>);

/// The expression of a condition.
pub(super) fn expression(condition: &Condition) -> Expression {
    let (expression, name, value) = match condition {
        Condition::Absent => {
            return (
                "attribute_not_exists(#name)",
                names(attribute::PARTITION),
                None,
            );
        }
        Condition::Version(version) => (
            "#name = :value",
            VERSION,
            AttributeValue::N(version.to_string()),
        ),
        Condition::Id(id) => ("#name = :value", "id", AttributeValue::S(id.to_string())),
    };
    (
        expression,
        names(name),
        Some(HashMap::from([(":value".to_owned(), value)])),
    )
}

fn names(name: &str) -> HashMap<String, String> {
    HashMap::from([("#name".to_owned(), name.to_owned())])
}

/// Why a transaction was cancelled.
pub(super) enum Cancelled {
    /// By a condition or a conflict.
    By(Outcome),
    /// For want of capacity.
    Throttled,
    /// It is wrong in itself.
    Invalid,
}

/// Reads the reasons of a cancelled transaction, of which a failed condition is the firmest.
pub(super) fn cancelled(reasons: &[CancellationReason]) -> Cancelled {
    let has = |codes: &[&str]| {
        reasons
            .iter()
            .any(|reason| reason.code().is_some_and(|code| codes.contains(&code)))
    };
    if has(&[CONDITION]) {
        let existing = |reason: &CancellationReason| {
            (reason.code() == Some(CONDITION))
                .then(|| Existing(reason.item().cloned().unwrap_or_default()))
        };
        // It is certain: with its client request token, a retry of a transaction that was applied
        // succeeds.
        let refusal = Refusal {
            existing: reasons.iter().map(existing).collect(),
            certain: true,
        };
        return Cancelled::By(Outcome::Refused(refusal));
    }
    if has(&["TransactionConflict"]) {
        return Cancelled::By(Outcome::Conflict);
    }
    if has(&THROTTLED) {
        Cancelled::Throttled
    } else {
        Cancelled::Invalid
    }
}
