//! Conditions: how they are sent to DynamoDB, and how it reports that they failed.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::outcome::Attempts;
use super::read::read;
use super::{Item, StoreError};
use crate::key::attribute;

/// The attribute that optimistic locking compares.
const VERSION: &str = "version";
/// The cancellation reason of a failed condition.
const CONDITION: &str = "ConditionalCheckFailed";
/// The cancellation reasons for throttling, which the SDK does not retry.
const THROTTLED: [&str; 2] = ["ThrottlingError", "ProvisionedThroughputExceeded"];

/// Marks what one write wrote, so that it recognises its own first attempt after a lost answer.
pub(super) const NONCE: &str = "nonce";

/// What must hold for an item for it to be written or deleted.
#[derive(Clone, Debug)]
pub enum Condition {
    /// The item does not exist.
    Absent,
    /// The item exists.
    Present,
    /// The item is at this version.
    Version(u64),
    /// The attribute `id` of the item has this value.
    Id(Uuid),
}

/// What became of a write.
#[derive(Debug)]
pub enum Outcome {
    /// It was applied.
    Applied,
    /// Conditions failed, and nothing was applied. For each action, in order: the existing item, if
    /// its condition failed.
    Refused(Vec<Option<Existing>>),
    /// Conditions failed, but after an attempt without a definite answer. That attempt may have
    /// been applied, and others may have changed the items since.
    Uncertain(Vec<Option<Existing>>),
    /// Another write changed the same items at the same moment; nothing was applied.
    Conflict,
}

impl Outcome {
    /// Conditions that failed, perhaps after an attempt without a definite answer.
    pub(super) fn refused(existing: Vec<Option<Existing>>, attempts: &Attempts) -> Self {
        match attempts.any_unknown() {
            true => Self::Uncertain(existing),
            false => Self::Refused(existing),
        }
    }
}

/// The item for which a condition failed; empty if it does not exist.
#[derive(Debug)]
pub struct Existing(pub(super) Item);

impl Existing {
    /// The item as a typed value.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if it is not such a value.
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

/// The expression for a condition.
pub(super) fn expression(condition: &Condition) -> Expression {
    let (expression, name, value) = match condition {
        Condition::Absent => {
            return (
                "attribute_not_exists(#name)",
                names(attribute::PARTITION),
                None,
            );
        }
        Condition::Present => {
            return ("attribute_exists(#name)", names(attribute::PARTITION), None);
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
    /// Conditions failed. For each action, in order: the existing item, if its condition failed.
    Conditions(Vec<Option<Existing>>),
    /// Another write changed the same items at the same moment.
    Conflict,
    /// There was no capacity.
    Throttled,
    /// An action is invalid.
    Invalid,
}

/// Reads the cancellation reasons, of which a failed condition says most.
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
        return Cancelled::Conditions(reasons.iter().map(existing).collect());
    }
    if has(&["TransactionConflict"]) {
        Cancelled::Conflict
    } else if has(&THROTTLED) {
        Cancelled::Throttled
    } else {
        Cancelled::Invalid
    }
}
