//! The DynamoDB table: the only place that names its client.

mod client;
mod outcome;
mod read;
mod write;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BoxError;
use tokio::time::Instant;

pub use client::{Connection, TABLE_VARIABLE};
pub use read::{Page, Query, Start};
pub use write::{Action, Condition, Existing, Outcome};

use crate::error::Failure;

/// The table, as one request or one command sees it.
#[derive(Clone)]
pub struct Table {
    client: Client,
    name: Arc<str>,
    deadline: Option<Instant>,
}

/// Why a call on the table has no result.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store refused or was not reached in time; nothing was applied.
    #[error("DynamoDB refused {0}")]
    Refused(&'static str, #[source] BoxError),
    /// A write that may or may not have been applied.
    #[error("the outcome of {0} is not known")]
    Unknown(&'static str, #[source] BoxError),
    /// A call or an item that is wrong in itself: a bug.
    #[error("{0} failed")]
    Invalid(&'static str, #[source] BoxError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(..) => Self::Unavailable(error.into()),
            StoreError::Unknown(..) => Self::OutcomeUnknown(error.into()),
            StoreError::Invalid(..) => Self::Internal(error.into()),
        }
    }
}

impl Table {
    /// The same table, whose calls end at `deadline` with an honest answer.
    pub fn until(&self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// Runs one call, which must not outlast the deadline.
    async fn within_deadline<T>(&self, call: impl Future<Output = T>) -> Result<T, Elapsed> {
        let Some(deadline) = self.deadline else {
            return Ok(call.await);
        };
        if deadline <= Instant::now() {
            return Err(Elapsed::BeforeTheCall);
        }
        tokio::time::timeout_at(deadline, call).await.map_err(|_| Elapsed::DuringTheCall)
    }
}

/// The time for the request was used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Elapsed {
    #[error("the deadline had passed before the call")]
    BeforeTheCall,
    #[error("the deadline passed during the call")]
    DuringTheCall,
}
