//! Why there is no successful answer.

use std::time::Duration;

use domain::problem::quote;

use super::problem::Problem;
use super::retry::Ended;
use super::{Answer, Request};

/// The client cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("the connection cannot be set up")]
pub struct SetupError(#[from] reqwest::Error);

/// Whether a request was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was not.
    NotApplied,
    /// It may or may not have been.
    Unknown,
}

/// A request without a successful answer.
#[derive(Debug, thiserror::Error)]
#[error("{request}: {cause}{} (request {request_id})", self.attempted())]
pub struct ApiError {
    /// The method and the path.
    pub request: String,
    /// Why the last attempt failed.
    #[source]
    pub cause: Cause,
    /// Whether it was applied.
    pub outcome: Outcome,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was not tried again, if that could have helped.
    pub ended: Option<Ended>,
    /// The id of the last attempt.
    pub request_id: String,
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The API said why.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// Something in front of the API answered.
    #[error("{status} without a problem document: {body}")]
    Status {
        /// The status code.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
    /// What answered is not the API.
    #[error(
        "the address {} is probably wrong: what answers there is not the API ({status}: {body})",
        quote(.base_url)
    )]
    NotTheApi {
        /// The address.
        base_url: String,
        /// The status code.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
    /// There was no answer in time.
    #[error("no answer within {} s", (.0.as_secs_f64() * 10.0).round() / 10.0)]
    Timeout(Duration),
    /// The time for everything was over before.
    #[error("it was not sent: no time is left")]
    TooLate,
    /// The connection failed.
    #[error("the connection failed")]
    Connection(#[source] reqwest::Error),
    /// The answer is not what the API promises.
    #[error("unexpected: {0}")]
    Unexpected(String),
}

impl ApiError {
    /// An answer that is not what the API promises, so that nobody knows what it did.
    pub(crate) fn unexpected(request: &Request, answer: &Answer, detail: String) -> Self {
        Self {
            request: format!("{} {}", request.method, request.path),
            cause: Cause::Unexpected(detail),
            outcome: Outcome::Unknown,
            attempts: 1,
            ended: None,
            request_id: answer.request_id.clone(),
        }
    }

    /// Whether the same request would be refused again: by a 4xx, except for 429, or by something
    /// that is not the API.
    pub fn is_refused_for_good(&self) -> bool {
        let status = match &self.cause {
            Cause::Problem(problem) => problem.status,
            Cause::Status { status, .. } => *status,
            Cause::NotTheApi { .. } => return true,
            Cause::Timeout(_) | Cause::TooLate | Cause::Connection(_) | Cause::Unexpected(_) => {
                return false;
            }
        };
        (400..500).contains(&status) && status != 429
    }

    fn attempted(&self) -> String {
        match (self.attempts, self.ended) {
            (1, None) => String::new(),
            (attempts, None) => format!("; attempt {attempts}"),
            (attempts, Some(ended)) => format!("; attempt {attempts}, and {ended}"),
        }
    }
}
