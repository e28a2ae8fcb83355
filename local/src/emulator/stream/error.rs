//! Why records are not read or consumed.

use std::error::Error;

use crate::files::FileError;

/// Why a stream does not reach its consumer.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// DynamoDB Streams does not answer, or answers an error.
    #[error("cannot use the DynamoDB stream at {0}")]
    Service(String, #[source] Box<dyn Error + Send + Sync>),
    /// The table has no stream.
    #[error("the table {0} has no stream")]
    NoStream(String),
    /// A record has no position in the stream.
    #[error("a stream record has no sequence number")]
    NoSequenceNumber,
    /// The consumer did not accept the records.
    #[error("the function did not process the stream records")]
    Consumer(#[source] Box<dyn Error + Send + Sync>),
    /// The positions cannot be read or written.
    #[error(transparent)]
    Positions(#[from] FileError),
}
