//! Why a command failed, in one sentence.

use crate::AdminError;
use store::table::StoreError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// DynamoDB does not answer, or not this caller.
    #[error("no usable answer from DynamoDB {}", place(.endpoint.as_deref()))]
    NoAnswer {
        /// Where it should be, if that is known.
        endpoint: Option<String>,
        /// What happened.
        source: StoreError,
    },
    /// There is no table of this name.
    #[error(
        "there is no table {0}; make it with `allocora-admin table create`, or name another with --table"
    )]
    NoTable(String),
    /// The command itself.
    #[error(transparent)]
    Admin(#[from] AdminError),
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Admin(error.into())
    }
}

impl CliError {
    /// The error with the cause at its root, in one line.
    pub fn sentence(&self) -> String {
        crate::error::sentence(self)
    }
}

/// Where DynamoDB should be, and what to check about it.
fn place(endpoint: Option<&str>) -> String {
    match endpoint {
        Some(url) if url.starts_with("http://") => format!("at {url}"),
        Some(url) => format!("at {url}; check AWS_REGION and the AWS credentials"),
        None => "in AWS; check AWS_REGION and the AWS credentials, or name an emulator with --endpoint-url".to_owned(),
    }
}
