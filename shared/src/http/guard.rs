//! What is refused before routing.
//!
//! API Gateway decodes a path before it chooses a route, but normalises nothing, and other servers
//! and libraries between a client and a function do. A path that may mean another one to some of
//! them is therefore no path at all.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use percent_encoding::percent_decode_str;

use super::answer::problem;
use super::log::RequestId;
use crate::error::Failure;

/// Why an event is not a request; an extension of the request in its place.
#[derive(Clone, Copy, Debug)]
pub struct Malformed(pub &'static str);

/// Answers a request that must not reach a route.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let failure = match request.extensions().get::<Malformed>() {
        Some(Malformed(why)) => Failure::MalformedRequest(why),
        None if !is_plain(request.uri().path()) => Failure::NoRoute,
        None => return next.run(request).await,
    };
    let request_id = request.extensions().get::<RequestId>().cloned();
    problem(failure, &request_id.unwrap_or_default().0)
}

/// Whether a path has no dot segments, empty segments, backslashes and control characters, encoded
/// or not.
fn is_plain(path: &str) -> bool {
    if path == "/" {
        return true;
    }
    let path = percent_decode_str(path).decode_utf8_lossy();
    let is_odd = |c: char| c == '\\' || c.is_control();
    let segments = path.strip_prefix('/').unwrap_or(&path).split('/');
    let is_segment = |segment: &str| !matches!(segment, "" | "." | "..");
    !path.contains(is_odd) && segments.into_iter().all(is_segment)
}
