//! What surrounds every request: its id, the headers of every answer, and one line of log.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;

use super::answer::problem;
use super::call::GatewayRequestId;
use crate::app::App;
use crate::auth::KEY_PREFIX;
use crate::error::Failure;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The most characters of a caller's own request id.
const REQUEST_ID_CHARACTERS_MAX: usize = 128;

/// The id under which a request is answered; an extension of the request.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestId(pub(super) String);

/// Whose request it was, once the key was proven; an extension of the response.
#[derive(Clone, Debug)]
pub(super) struct Proven {
    pub(super) workspace: String,
    pub(super) key_id: String,
}

/// Gives the request its id, and logs one line when it is answered: never a key, a body or a query.
pub(super) async fn log(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let (method, path) = (request.method().clone(), without_key(request.uri().path()));
    let given = request.extensions().get::<GatewayRequestId>().map(|id| id.0.clone());
    let gateway_id = given.unwrap_or_else(|| app.new_id().to_string());
    let client_id = callers_id(request.headers());
    let request_id = client_id.clone().unwrap_or_else(|| gateway_id.clone());
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let mut response = next.run(request).await;
    complete(response.headers_mut(), &request_id);
    let proven = response.extensions().get::<Proven>();
    tracing::info!(
        %method,
        path,
        status = response.status().as_u16(),
        duration_ms = start.elapsed().as_millis() as u64,
        request_id = gateway_id,
        client_request_id = client_id,
        workspace = proven.map(|proven| proven.workspace.as_str()),
        key_id = proven.map(|proven| proven.key_id.as_str()),
        "request"
    );
    response
}

/// Answers a panic like any other bug. Its message is logged by the panic hook.
pub(super) async fn catch_panic(request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| problem(Failure::Internal("a request panicked".into()), &request_id.0))
}

/// A path as it may be logged: without a key that was put there by mistake.
pub fn without_key(path: &str) -> String {
    match path.split_once(KEY_PREFIX) {
        Some((before, _)) => format!("{before}{KEY_PREFIX}…"),
        None => path.to_owned(),
    }
}

/// Adds the headers that every answer carries.
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
    let usable = (1..=REQUEST_ID_CHARACTERS_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    usable.then(|| id.to_owned())
}
