//! What every request gets: an id, common response headers, and one line of log.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;
use tracing::Instrument;

use super::answer::problem;
use super::call::GatewayRequestId;
use super::notes::Notes;
use crate::app::App;
use crate::batch::Status;
use crate::error::Failure;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The most characters of a request id.
pub(super) const REQUEST_ID_CHARACTERS_MAX: usize = 128;

/// The id under which a request is answered; an extension of the request.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestId(pub(super) String);

/// Gives the request its id, and logs one line for its response: never a key, a path, a query or a
/// body.
pub(super) async fn log(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let given = request
        .extensions()
        .get::<GatewayRequestId>()
        .map(|id| id.0.clone())
        .filter(|id| is_usable(id));
    let gateway_id = given.unwrap_or_else(|| app.new_id().to_string());
    let client_id = callers_id(request.headers());
    let request_id = client_id.clone().unwrap_or_else(|| gateway_id.clone());
    let (method, route) = (
        request.method().clone(),
        request.extensions().get::<MatchedPath>().cloned(),
    );
    let notes = Notes::default();
    request
        .extensions_mut()
        .insert(RequestId(request_id.clone()));
    request.extensions_mut().insert(notes.clone());
    // Everything that is logged on the way is in this span.
    let span = tracing::info_span!("request", request_id = gateway_id);
    let mut response = next.run(request).instrument(span).await;
    complete(response.headers_mut(), &request_id);
    let (usage, key, counts) = (notes.usage.so_far(), notes.key(), notes.counts());
    tracing::info!(
        %method,
        route = route.as_ref().map(MatchedPath::as_str),
        status = response.status().as_u16(),
        duration_ms = milliseconds(start.elapsed()),
        request_id = gateway_id,
        client_request_id = client_id,
        workspace = key.map(|key| key.workspace_id.to_string()),
        key_id = key.map(|key| &*key.key_id),
        cold_start = app.is_first_request(),
        dynamodb_calls = usage.calls,
        read_units = usage.read_units,
        write_units = usage.write_units,
        throttles = positive(usage.throttles),
        created = positive(counts.get(Status::Created)),
        updated = positive(counts.get(Status::Updated)),
        unchanged = positive(counts.get(Status::Unchanged)),
        archived = positive(counts.get(Status::Archived)),
        skipped_duplicate = positive(counts.get(Status::SkippedDuplicate)),
        failed = positive(counts.get(Status::Failed)),
        outcome_unknown = positive(counts.get(Status::OutcomeUnknown)),
        duplicate_conflicts = positive(counts.duplicate_conflicts),
        version_conflicts = positive(counts.version_conflicts),
        unauthenticated = positive((response.status() == StatusCode::UNAUTHORIZED).into()),
        "request"
    );
    response
}

/// To the microsecond: a warm request takes few milliseconds.
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

/// A count, if it is worth logging.
fn positive(count: u64) -> Option<u64> {
    Some(count).filter(|count| *count > 0)
}

/// Answers a panic like every other bug. The panic hook logs where it was.
pub(super) async fn catch_panic(request: Request, next: Next) -> Response {
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .cloned()
        .unwrap_or_default();
    AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            problem(
                Failure::Internal("a request panicked".into()),
                &request_id.0,
            )
        })
}

/// Adds the headers that every response has.
pub fn complete(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(X_REQUEST_ID, value);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// The caller's own request id, if it sent a usable one.
pub fn callers_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    is_usable(id).then(|| id.to_owned())
}

/// Whether a request id can be a header and is readable.
fn is_usable(id: &str) -> bool {
    (1..=REQUEST_ID_CHARACTERS_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_graphic())
}
