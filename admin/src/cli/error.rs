//! Why a command failed: one sentence each.

use crate::AdminError;
use domain::problem::quote;
use store::table::{ENDPOINT_VARIABLE, StoreError};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// DynamoDB did not answer, or refused this caller.
    #[error("DynamoDB cannot be used {}", place(.endpoint.as_deref()))]
    NoAnswer {
        /// Its endpoint, if that is known.
        endpoint: Option<String>,
        /// What happened.
        source: StoreError,
    },
    /// The environment has something else than the URL of a DynamoDB.
    #[error("{ENDPOINT_VARIABLE} {0}")]
    Endpoint(&'static str),
    /// There is no table of this name.
    #[error(
        "there is no table {}; create it with `allocora-admin table create`, or name another with --table",
        quote(.0)
    )]
    NoTable(String),
    /// The command failed.
    #[error(transparent)]
    Admin(#[from] AdminError),
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Admin(error.into())
    }
}

impl CliError {
    /// The error and its root cause, in one line.
    pub fn sentence(&self) -> String {
        crate::error::sentence(self)
    }
}

/// The place of DynamoDB, and what to check.
fn place(endpoint: Option<&str>) -> String {
    match endpoint {
        Some(url) if url.starts_with("http://") => format!("at {url}"),
        Some(url) => format!("at {url}; check AWS_REGION and the AWS credentials"),
        None => "in AWS; check AWS_REGION and the AWS credentials, or name an emulator with --endpoint-url".to_owned(),
    }
}
