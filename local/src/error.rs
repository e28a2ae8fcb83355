//! Why the product did not start.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use domain::problem::quote;
use store::table::ENDPOINT_VARIABLE;

use crate::emulator::http_api::RouteError;
use crate::emulator::stream::StreamError;
use crate::files::FileError;

/// What could not be done. The source says why.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is in use or not allowed.
    #[error("cannot listen on {address}; choose another port with {flag}, or 0 for any free one")]
    Listen {
        /// The address with the port.
        address: SocketAddr,
        /// The flag that chooses the port.
        flag: &'static str,
        /// Why it cannot be used.
        source: io::Error,
    },
    /// An address is not one of this machine.
    #[error("cannot listen on {0}; choose an address of this machine with --dynamodb-host")]
    Host(IpAddr, #[source] io::Error),
    /// The data directory cannot be used.
    #[error("cannot use the data directory {}", .0.display())]
    DataDir(PathBuf, #[source] Box<dyn Error + Send + Sync>),
    /// Another process uses the data directory.
    #[error("the data directory {} is in use by another process", .0.display())]
    DataDirInUse(PathBuf),
    /// The embedded engine does not start.
    #[error("cannot start the embedded DynamoDB")]
    Engine(#[source] Box<dyn Error + Send + Sync>),
    /// DynamoDB cannot be reached, or answers an error.
    #[error("cannot use DynamoDB at {0}")]
    DynamoDb(String, #[source] Box<dyn Error + Send + Sync>),
    /// The environment has something else than the URL of a DynamoDB.
    #[error("{ENDPOINT_VARIABLE} {0}")]
    Endpoint(&'static str),
    /// There is no database in a directory, and none may be created.
    #[error("there is no database in {}; without --read-only it would be created", .0.display())]
    NoDatabase(PathBuf),
    /// There is no table, and none may be created.
    #[error("there is no table {}; without --read-only it would be created", quote(.0))]
    NoTable(String),
    /// A route of the template names an unknown function.
    #[error(
        "the route {route} of the template names the function {function}, which does not exist"
    )]
    NoSuchFunction {
        /// The path of the route.
        route: String,
        /// The function that it names.
        function: String,
    },
    /// The routes of the template do not make a route table.
    #[error("cannot use the routes of the template")]
    Routes(#[from] RouteError),
    /// The table has no stream to count revenues from.
    #[error(
        "the table {0} has no stream; enable one with NEW_AND_OLD_IMAGES (aws dynamodb update-table), or use another table"
    )]
    NoStream(String),
    /// The stream cannot be read.
    #[error(transparent)]
    Stream(StreamError),
    /// The filter pattern of the template is not valid.
    #[error("the filter pattern of the template's event source mapping is not JSON")]
    StreamPattern(#[source] serde_json::Error),
    /// The program of a function is missing.
    #[error(
        "cannot find the program of the function {function}: expected {} (from `cargo lambda build`) or {} \
         (from `cargo build --workspace`)",
        .lambda.display(),
        .plain.display()
    )]
    NoProgram {
        /// The function.
        function: String,
        /// The path that `cargo lambda build` creates.
        lambda: PathBuf,
        /// The path that `cargo build` creates.
        plain: PathBuf,
    },
    /// A workspace or its key cannot be read or created.
    #[error("cannot set up the workspace {0}")]
    Workspace(&'static str, #[source] Box<dyn Error + Send + Sync>),
    /// Sample data was refused.
    #[error("cannot load the sample data of {workspace}: {reason}")]
    Sample {
        /// The workspace.
        workspace: &'static str,
        /// The request and its answer.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Signals cannot be received.
    #[error("cannot listen for Ctrl-C")]
    Signals(#[source] io::Error),
    /// The log filter is not valid.
    #[error("{0} must be a log filter such as info or shared=debug")]
    LogFilter(&'static str, #[source] Box<dyn Error + Send + Sync>),
}

impl StartError {
    /// The error with its root cause, in one line.
    pub fn sentence(&self) -> String {
        admin::error::sentence(self)
    }
}

impl From<StreamError> for StartError {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::NoStream(table) => Self::NoStream(table),
            StreamError::Service(..)
            | StreamError::NoSequenceNumber
            | StreamError::Consumer(_)
            | StreamError::Positions(_) => Self::Stream(error),
        }
    }
}
