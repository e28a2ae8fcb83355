//! Conditions as DynamoDB is told them, and as it tells that they did not hold.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason};

use super::Item;
use super::write::{Condition, Existing, Outcome, Refusal};
use crate::key::attribute;

/// The attribute that optimistic locking compares.
const VERSION: &str = "version";
/// The reason of a cancelled transaction that a condition did not hold.
const CONDITION: &str = "ConditionalCheckFailed";
/// The reasons of a cancelled transaction that the SDK does not know as throttling, and so does not retry.
const THROTTLED: [&str; 2] = ["ThrottlingError", "ProvisionedThroughputExceeded"];

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
        // It is certain: with its client request token, a retry of a transaction that was applied succeeds.
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
