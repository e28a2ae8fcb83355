//! The limits of a request.

use std::time::Duration;

use axum::body::Body;
use axum::http::Uri;
use http_body_util::BodyExt;
use tokio::time::timeout;

/// The most bytes of a body: Lambda's limit of 6 MiB for an event.
pub const BODY_BYTES_MAX: usize = 6 * 1024 * 1024;
/// The most bytes of a path and of a query: API Gateway's limit for the request line and all
/// headers together.
pub const URI_BYTES_MAX: usize = 10 * 1024;
/// How long a body may take to arrive.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a request does not reach a function.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The path is too long.
    #[error("the path is longer than {URI_BYTES_MAX} bytes")]
    PathTooLong,
    /// The query is too long.
    #[error("the query is longer than {URI_BYTES_MAX} bytes")]
    QueryTooLong,
    /// The body is too large.
    #[error("the body is larger than {BODY_BYTES_MAX} bytes")]
    BodyTooLarge,
    /// The client stopped sending.
    #[error("the body ended early")]
    BodyIncomplete(#[source] axum::Error),
    /// The client sent too slowly.
    #[error("the body did not arrive within {} s", ARRIVAL_TIMEOUT.as_secs())]
    BodyTimeout,
}

/// Checks the length of a URI.
///
/// # Errors
/// If the path or the query is too long.
pub fn check_uri(uri: &Uri) -> Result<(), RequestError> {
    if uri.path().len() > URI_BYTES_MAX {
        return Err(RequestError::PathTooLong);
    }
    if uri.query().is_some_and(|query| query.len() > URI_BYTES_MAX) {
        return Err(RequestError::QueryTooLong);
    }
    Ok(())
}

/// Reads a body, with or without a content length.
///
/// A body that is too large is also read to its end: many clients read no answer before they have
/// sent everything.
///
/// # Errors
/// If the body is too large, incomplete or too slow.
pub async fn read_body(mut body: Body) -> Result<Vec<u8>, RequestError> {
    let mut bytes = Vec::new();
    let mut length = 0;
    let arrival = async {
        while let Some(frame) = body.frame().await {
            let frame = frame?;
            let Some(data) = frame.data_ref() else {
                continue;
            };
            length += data.len();
            if length <= BODY_BYTES_MAX {
                bytes.extend_from_slice(data);
            }
        }
        Ok(())
    };
    let arrived = timeout(ARRIVAL_TIMEOUT, arrival).await;
    if length > BODY_BYTES_MAX {
        return Err(RequestError::BodyTooLarge);
    }
    arrived
        .map_err(|_| RequestError::BodyTimeout)?
        .map_err(RequestError::BodyIncomplete)?;
    Ok(bytes)
}
