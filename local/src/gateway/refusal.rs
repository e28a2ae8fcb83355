//! The answers of the gateway itself, for requests that no function answered.

use axum::body::Body;
use axum::http::Response;
use axum::http::request::Parts;
use domain::problem::{Code, Violation};
use shared::error::Failure;
use shared::http::{callers_id, complete, problem};
use tokio::time::Instant;

use crate::emulator::http_api::{RequestError, URI_BYTES_MAX};
use crate::emulator::port::Refusal;

/// Returns the same problem document as the functions do for a failure, and logs the request.
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

/// What the client learns about a request that is not one of a program on this machine.
pub(super) fn of_port(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::OfWebPage => Failure::OfWebPage,
        Refusal::ForeignHost(host) => Failure::ForeignHost(host),
    }
}

/// What the client learns about a request that does not reach a function.
pub(super) fn failure(error: RequestError) -> Failure {
    match error {
        // No route is that long.
        RequestError::PathTooLong => Failure::NoRoute,
        RequestError::QueryTooLong => {
            let detail = format!("must be at most {URI_BYTES_MAX} bytes in all");
            let violation = Violation::new(Code::TooLong, detail);
            Failure::MalformedQuery(vec![("query".to_owned(), violation)])
        }
        // The API has a smaller limit than the gateway, and that is the one to keep to.
        RequestError::BodyTooLarge => Failure::PayloadTooLarge(shared::http::BODY_BYTES_MAX),
        RequestError::BodyIncomplete(_) | RequestError::BodyTimeout => {
            Failure::MalformedJson(error.to_string())
        }
    }
}
