//! What the gateway itself answers when it has nothing from a function.

use axum::body::Body;
use axum::http::Response;
use axum::http::request::Parts;
use shared::error::Failure;
use shared::http::{callers_id, complete, problem};
use tokio::time::Instant;

/// The problem document of a failure, as the functions give it; and its line in the log.
pub(super) fn refuse(
    failure: Failure,
    parts: &Parts,
    gateway_id: &str,
    start: Instant,
) -> Response<Body> {
    let request_id = callers_id(&parts.headers).unwrap_or_else(|| gateway_id.to_owned());
    let mut response = problem(failure, &request_id);
    complete(response.headers_mut(), &request_id);
    tracing::info!(
        method = %parts.method,
        client_request_id = callers_id(&parts.headers),
        status = response.status().as_u16(),
        duration_ms = start.elapsed().as_millis() as u64,
        request_id = gateway_id,
        "request"
    );
    response
}
