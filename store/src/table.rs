//! The DynamoDB table: the only place that names its client.

mod clear;
mod client;
mod condition;
mod count;
mod create;
mod delivery;
mod insert;
mod outcome;
mod pages;
mod query;
mod read;
mod statement;
mod stored;
mod update;
mod usage;
mod write;

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::AttributeValue;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

pub use client::{Connection, ENDPOINT_VARIABLE, MissingVariable, TABLE_VARIABLE};
pub use condition::{Condition, Existing, Outcome};
pub use count::{Added, Checkpoint};
pub use create::{Definition, Index, Keys};
pub use delivery::{Delivery, Inserted};
pub use insert::{Insertion, NewItem};
pub use query::{Query, ReadSource};
pub use stored::{Page, Start, Stored};
pub use usage::{Counts, Usage};
pub use write::{ACTIONS_MAX, Action};

/// The most concurrent calls of one process. More would only queue at the other end, and time out
/// there.
const CALLS_AT_ONCE_MAX: usize = 64;
/// How long a call may take, retries included, unless a deadline is set.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// An item as the client represents it.
type Item = HashMap<String, AttributeValue>;

/// The table, with the deadline and the metering of one request or command.
#[derive(Clone)]
pub struct Table {
    client: Client,
    name: Arc<str>,
    deadline: Option<Instant>,
    permits: Arc<Semaphore>,
    usage: Usage,
}

/// Why a call to the table has no result.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused the call or was not reached in time; nothing was applied.
    #[error("DynamoDB refused {0}")]
    Refused(&'static str, #[source] BoxError),
    /// A write that may or may not have been applied.
    #[error("the outcome of {0} is not known")]
    Unknown(&'static str, #[source] BoxError),
    /// The table does not exist, or this process may not use it: a mistake of the deployment.
    #[error("{0} is not possible")]
    Inaccessible(&'static str, #[source] BoxError),
    /// An invalid call or item: a bug.
    #[error("{0} failed")]
    Invalid(&'static str, #[source] BoxError),
}

impl Table {
    /// The same table with a deadline, at which its calls end; an earlier deadline stays in force.
    pub fn until(&self, deadline: Instant) -> Self {
        Self {
            deadline: Some(
                self.deadline
                    .map_or(deadline, |earlier| earlier.min(deadline)),
            ),
            ..self.clone()
        }
    }

    /// The same table, whose calls are metered in `usage`.
    pub fn with_usage(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }

    /// Runs one call as soon as there is a permit for it, until the deadline.
    async fn within_deadline<T>(&self, call: impl Future<Output = T>) -> Result<T, Elapsed> {
        let deadline = self
            .deadline
            .unwrap_or_else(|| Instant::now() + CALL_TIMEOUT);
        if deadline <= Instant::now() {
            return Err(Elapsed::BeforeTheCall);
        }
        let permits = timeout_at(deadline, self.permits.acquire())
            .await
            .map_err(|_| Elapsed::BeforeTheCall)?;
        let answer = timeout_at(deadline, call)
            .await
            .map_err(|_| Elapsed::DuringTheCall);
        drop(permits);
        answer
    }
}

impl StoreError {
    /// The error of a write whose conditions failed after an attempt without a definite answer.
    pub fn uncertain() -> Self {
        let cause = "the item changed after an attempt whose answer was lost";
        Self::Unknown("a write", cause.into())
    }

    /// The same error for a write that may have been applied.
    fn into_unknown(self) -> Self {
        let (_, call, cause) = self.into_parts();
        Self::Unknown(call, cause)
    }

    /// The same error, for each of the writes that one call was to carry out.
    pub fn repeated(self) -> impl Fn() -> Self {
        let (error, call, cause) = self.into_parts();
        let cause: Arc<dyn Error + Send + Sync> = cause.into();
        move || error(call, Box::new(cause.clone()))
    }

    fn into_parts(self) -> (fn(&'static str, BoxError) -> Self, &'static str, BoxError) {
        match self {
            Self::Refused(call, cause) => (Self::Refused, call, cause),
            Self::Unknown(call, cause) => (Self::Unknown, call, cause),
            Self::Inaccessible(call, cause) => (Self::Inaccessible, call, cause),
            Self::Invalid(call, cause) => (Self::Invalid, call, cause),
        }
    }
}

/// The deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Elapsed {
    #[error("the deadline had passed before the call")]
    BeforeTheCall,
    #[error("the deadline passed during the call")]
    DuringTheCall,
}
