//! Conditions: how they are sent to DynamoDB, and how it reports that they failed.

use std::collections::HashMap;

use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason};
use aws_smithy_runtime_api::client::interceptors::context::{Error, InterceptorContext};
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
/// The cancellation reasons for throttling.
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

/// Why a transaction was cancelled, if it was; a failed condition says most of all reasons.
pub(super) fn cancelled(error: &TransactWriteItemsError) -> Option<Cancelled> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        return None;
    };
    let reasons = cancelled.cancellation_reasons();
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
        return Some(Cancelled::Conditions(
            reasons.iter().map(existing).collect(),
        ));
    }
    Some(if has(&["TransactionConflict"]) {
        Cancelled::Conflict
    } else if has(&THROTTLED) {
        Cancelled::Throttled
    } else {
        Cancelled::Invalid
    })
}

/// Whether an attempt was a transaction that was cancelled for want of capacity.
pub(super) fn is_throttled(error: &Error) -> bool {
    matches!(
        error.downcast_ref().and_then(cancelled),
        Some(Cancelled::Throttled)
    )
}

/// Lets the SDK repeat transactions that are throttled, as it repeats all other calls.
#[derive(Debug)]
pub(super) struct ThrottledTransactions;

impl ClassifyRetry for ThrottledTransactions {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let result = context.output_or_error().and_then(Result::err);
        let error = result.and_then(|error| error.as_operation_error());
        match error.is_some_and(is_throttled) {
            true => RetryAction::throttling_error(),
            false => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "throttled transactions"
    }
}
