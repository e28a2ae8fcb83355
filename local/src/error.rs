//! Why the product did not start.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// What was attempted, and what came in between.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port that cannot be listened on.
    #[error("cannot listen on 127.0.0.1:{0} (another port can be named, and 0 is any free one)")]
    Listen(u16, #[source] io::Error),
    /// A data directory that cannot be used.
    #[error("cannot use the data directory {}", .0.display())]
    DataDir(PathBuf, #[source] Box<dyn Error + Send + Sync>),
    /// A data directory that another process uses.
    #[error("another process uses the data directory {}", .0.display())]
    DataDirInUse(PathBuf),
    /// The embedded engine does not run.
    #[error("cannot start the embedded DynamoDB")]
    Engine(#[source] Box<dyn Error + Send + Sync>),
    /// A DynamoDB that does not answer, or not as one.
    #[error("cannot use DynamoDB at {0}")]
    DynamoDb(String, #[source] Box<dyn Error + Send + Sync>),
    /// A route of the template that leads nowhere.
    #[error("the route {route} of the template leads to {function}, which is not a function")]
    NoSuchFunction {
        /// The path of the route.
        route: String,
        /// The function that it names.
        function: String,
    },
    /// A template without the route that takes what no other does.
    #[error("the template has no $default route")]
    NoDefaultRoute,
    /// A table without the stream that revenues are counted from.
    #[error(
        "the table {0} has no stream; switch it on with NEW_AND_OLD_IMAGES (aws dynamodb update-table), or name another table"
    )]
    NoStream(String),
    /// A filter pattern of the template that does not parse.
    #[error("the filter pattern of the template's event source mapping is not JSON")]
    StreamPattern(#[source] serde_json::Error),
    /// A function whose program is not there.
    #[error(
        "cannot find the program of the function {function}: {}, as `cargo lambda build` leaves it, or {}, as \
         `cargo build --workspace` does",
        .of_lambda.display(),
        .plain.display()
    )]
    NoProgram {
        /// The function.
        function: String,
        /// Where one build leaves it.
        of_lambda: PathBuf,
        /// Where the other does.
        plain: PathBuf,
    },
    /// A workspace or a key that could not be read or made.
    #[error("cannot set up the workspace {0}")]
    Workspace(&'static str, #[source] Box<dyn Error + Send + Sync>),
    /// Sample data that was not taken.
    #[error("cannot load the sample data of {workspace}: {why}")]
    Sample {
        /// The workspace.
        workspace: &'static str,
        /// The request and what came back.
        why: String,
    },
    /// A file that cannot be read or written.
    #[error("cannot use the file {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// A process that cannot be told to end.
    #[error("cannot take Ctrl-C")]
    Signals(#[source] io::Error),
    /// A log filter that does not parse.
    #[error("{0} is not a filter such as info or shared=debug")]
    LogFilter(&'static str, #[source] Box<dyn Error + Send + Sync>),
}

impl StartError {
    /// The error with the cause at its root, in one line.
    pub fn sentence(&self) -> String {
        admin::error::sentence(self)
    }
}
