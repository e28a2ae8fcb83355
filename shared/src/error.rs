//! Why a request, or one record of a batch, was not carried out. No status codes here: they belong
//! to `http`.

use std::error::Error;

use store::table::StoreError;
use uuid::Uuid;

use domain::permission::Permission;
use domain::problem::{Problems, Violation};

/// Why a request or a record was refused.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The request is not valid HTTP.
    #[error("the request is not valid HTTP: {0}")]
    MalformedRequest(&'static str),
    /// It comes from a web page, and the gateway on one machine is for programs.
    #[error("the request comes from a web page")]
    OfWebPage,
    /// It was sent to this host, which is not this machine.
    #[error("the request was sent to the host {0}")]
    ForeignHost(String),
    /// A precondition, named here, that the operation does not check.
    #[error("the operation does not check {0}")]
    UnsupportedPrecondition(&'static str),
    /// The body is not JSON.
    #[error("the body is not JSON: {0}")]
    MalformedJson(String),
    /// Query parameters that do not parse, are out of range or not known.
    #[error("{} query parameters are wrong", .0.len())]
    MalformedQuery(Vec<(String, Violation)>),
    /// Query parameters that are valid, but ask for more than one request can do.
    #[error("{} query parameters ask for too much", .0.len())]
    QueryTooWide(Vec<(String, Violation)>),
    /// No valid key.
    #[error("the request carries no valid API key")]
    Unauthenticated,
    /// The key does not hold the permission.
    #[error("the key lacks the permission {0}")]
    PermissionDenied(Permission),
    /// No such route.
    #[error("there is no such route")]
    NoRoute,
    /// No such record in this workspace.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The route has other methods.
    #[error("the route has only the methods {}", .0.join(", "))]
    MethodNotAllowed(Vec<String>),
    /// The external id belongs to another record.
    #[error("the external_id is taken")]
    AlreadyExists(Uuid),
    /// The record is not at the version that the update named.
    #[error("the record is at version {current}, not at {named}")]
    VersionConflict {
        /// The version that the update named.
        named: u64,
        /// The version that the record has; 0 if there is none.
        current: u64,
    },
    /// Other requests kept changing the record until the retries were used up.
    #[error("the record kept changing under the update")]
    Contention,
    /// `if-match` does not match.
    #[error("the record is at version {current}, which if-match does not name")]
    PreconditionFailed {
        /// The version that the record has.
        current: u64,
        /// The part of if-match that is not a version in quotes.
        malformed: Option<String>,
    },
    /// The body is too large.
    #[error("the body is larger than {0} bytes")]
    PayloadTooLarge(usize),
    /// The body's content type is not JSON.
    #[error("the content type is not JSON")]
    UnsupportedMediaType,
    /// The body has a content coding, such as gzip.
    #[error("the body has the content coding {0}")]
    UnsupportedEncoding(String),
    /// The body breaks rules.
    #[error("{} fields break rules", .0.as_slice().len())]
    Validation(Problems),
    /// The workspace has more than one request can compute with.
    #[error("the workspace has too much for one request")]
    LimitExceeded(String),
    /// The fallback percentages of these payees add up to more than 100.
    #[error("the fallback percentages of {} payees are above 100", .0.len())]
    FallbackAbove100(Vec<Uuid>),
    /// A bug.
    #[error("internal error")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
    /// The database refused; nothing was applied.
    #[error("the store refused")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The write may or may not have been applied, and can be sent again.
    #[error("the outcome of the write is not known")]
    OutcomeUnknown(#[source] Box<dyn Error + Send + Sync>),
    /// A create without an external id may or may not have been applied, and would make another
    /// record if it were sent again.
    #[error("the outcome of the create is not known")]
    CreateUnknown(#[source] Box<dyn Error + Send + Sync>),
}

impl Failure {
    /// The same failure for a create, which is only safe to repeat with an external id.
    pub fn of_create(self, has_external_id: bool) -> Self {
        match self {
            Self::OutcomeUnknown(cause) if !has_external_id => Self::CreateUnknown(cause),
            failure => failure,
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Validation(problems)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(..) => Self::Unavailable(error.into()),
            StoreError::Unknown(..) => Self::OutcomeUnknown(error.into()),
            StoreError::Inaccessible(..) | StoreError::Invalid(..) => Self::Internal(error.into()),
        }
    }
}

/// An error and its causes in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
