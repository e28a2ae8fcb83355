//! Statements that insert an item, and what the answers to them say.

use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::{
    AttributeValue, BatchStatementError, BatchStatementErrorCodeEnum as Code, BatchStatementRequest,
};

use super::outcome::Attempts;
use super::{Item, StoreError};
use crate::key::Key;

/// The call that sends statements.
pub(super) const CALL: &str = "BatchExecuteStatement";

/// A statement that inserts an item, and what is known of it.
pub(super) struct Statement {
    pub(super) key: Key,
    pub(super) request: BatchStatementRequest,
    pub(super) answer: Knowledge,
    /// Whether it is to be sent, for the first time or again.
    pub(super) is_pending: bool,
}

/// What is known of a statement.
pub(super) enum Knowledge {
    /// The item was inserted.
    Applied,
    /// The stored item shows whether it was. Without one, it is this error.
    Open(StoreError),
    /// The item was not inserted.
    Failed(StoreError),
}

/// What the error of a statement says.
enum Meaning {
    /// There is an item with its key.
    Exists,
    /// Nothing was applied for now: there was no capacity, or another write of the same item.
    Again,
    /// It may have been applied.
    Doubtful,
    /// Nothing was applied, and a further attempt would end like this one.
    Refused(fn(&'static str, BoxError) -> StoreError),
}

impl Statement {
    /// An INSERT cannot overwrite. The values are its parameters, so that its text depends only on
    /// the names of attributes: no value makes it invalid, or the call that it is part of.
    pub(super) fn insert(table: &str, key: Key, item: Item) -> Self {
        let mut attributes: Vec<(String, AttributeValue)> = item.into_iter().collect();
        attributes.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut text = format!("INSERT INTO \"{table}\" VALUE {{");
        let mut values = Vec::with_capacity(attributes.len());
        for (name, value) in attributes {
            let separator = if values.is_empty() { "'" } else { ", '" };
            text.extend([separator, &name, "': ?"]);
            values.push(value);
        }
        text.push('}');
        let request = BatchStatementRequest::builder()
            .statement(text)
            .set_parameters(Some(values))
            .build()
            .expect("it has a statement, and nothing else is required");
        Self {
            key,
            request,
            answer: Knowledge::Failed(StoreError::Refused(CALL, "it was not sent".into())),
            is_pending: true,
        }
    }

    /// Takes the response to an attempt.
    pub(super) fn take(&mut self, error: Option<BatchStatementError>, attempts: &Attempts) {
        self.is_pending = false;
        let Some(BatchStatementError { code, message, .. }) = error else {
            self.answer = Knowledge::Applied;
            return;
        };
        let name = code.as_ref().map_or("an error without code", Code::as_str);
        let cause = format!("{name}: {}", message.unwrap_or_default()).into();
        match meaning(code.as_ref()) {
            Meaning::Exists => {
                let error = self.with_doubt(StoreError::Refused(CALL, cause), attempts);
                self.answer = Knowledge::Open(error);
            }
            Meaning::Again => {
                self.fail(StoreError::Refused(CALL, cause), attempts);
                self.is_pending = true;
            }
            Meaning::Doubtful => {
                self.fail(StoreError::Unknown(CALL, cause), attempts);
                self.is_pending = true;
            }
            Meaning::Refused(error) => self.fail(error(CALL, cause), attempts),
        }
    }

    /// Ends with an error, which leaves the outcome open if an attempt may have been applied.
    pub(super) fn fail(&mut self, error: StoreError, attempts: &Attempts) {
        self.is_pending = false;
        self.answer = match self.with_doubt(error, attempts) {
            error @ StoreError::Unknown(..) => Knowledge::Open(error),
            error => Knowledge::Failed(error),
        };
    }

    fn with_doubt(&self, error: StoreError, attempts: &Attempts) -> StoreError {
        // Only a doubtful answer leaves a statement open that is sent again.
        let was_doubtful = matches!(self.answer, Knowledge::Open(_));
        match was_doubtful || attempts.any_unknown() {
            true => error.into_unknown(),
            false => error,
        }
    }
}

/// Whether there was no capacity for a statement.
pub(super) fn is_throttled(error: &BatchStatementError) -> bool {
    matches!(
        error.code(),
        Some(
            Code::ProvisionedThroughputExceeded
                | Code::RequestLimitExceeded
                | Code::ThrottlingError
        )
    )
}

fn meaning(code: Option<&Code>) -> Meaning {
    match code {
        Some(Code::DuplicateItem | Code::ConditionalCheckFailed) => Meaning::Exists,
        Some(
            Code::ProvisionedThroughputExceeded
            | Code::RequestLimitExceeded
            | Code::ThrottlingError
            | Code::TransactionConflict,
        ) => Meaning::Again,
        Some(Code::AccessDenied | Code::ResourceNotFound) => {
            Meaning::Refused(StoreError::Inaccessible)
        }
        Some(Code::ValidationError) => Meaning::Refused(StoreError::Invalid),
        Some(Code::ItemCollectionSizeLimitExceeded) => Meaning::Refused(StoreError::Refused),
        // InternalServerError, or a code that is newer than this program.
        Some(_) | None => Meaning::Doubtful,
    }
}
