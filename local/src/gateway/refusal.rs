//! What the gateway itself answers when it has nothing from a function.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use shared::error::Failure;
use shared::http::document;
use tokio::time::Instant;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The problem document of a failure, in the form that the functions give; and its line in the log.
pub(super) fn refuse(failure: Failure, parts: &Parts, request_id: &str, start: Instant) -> Response<Body> {
    let mut document = document(failure);
    document.request_id = Some(request_id.to_owned());
    let status = document.status();
    // A document of strings and numbers can always be written.
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert(X_REQUEST_ID, request_id);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    tracing::info!(
        method = %parts.method,
        path = parts.uri.path(),
        status = status.as_u16(),
        duration_ms = start.elapsed().as_millis() as u64,
        request_id,
        "request"
    );
    response
}
