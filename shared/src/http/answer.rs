//! Successful responses and problem responses.

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::problem::{RETRY_AFTER_SECONDS, document};
use crate::error::Failure;

/// The most bytes of a body within the JSON of a Lambda response: 6 MB, of which headers take a
/// little (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const CARRIED_BYTES_MAX: usize = 6 * 1024 * 1024 - 64 * 1024;

/// A successful response, with a body of JSON or of another text.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    content_type: &'static str,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
}

impl Answer {
    /// 200 with a text that is part of the program.
    pub fn page(content_type: &'static str, text: &'static str) -> Self {
        Self {
            status: StatusCode::OK,
            content_type,
            headers: Vec::new(),
            body: Bytes::from_static(text.as_bytes()),
        }
    }

    /// 200 with this CSV.
    pub fn csv(body: Vec<u8>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: "text/csv; charset=utf-8",
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// The same, if a response can carry it; `advice` says how to ask for less.
    ///
    /// # Errors
    /// [`Failure::LimitExceeded`] if it cannot.
    pub fn within_limit(self, advice: &str) -> Result<Self, Failure> {
        match self.fits() {
            true => Ok(self),
            false => Err(Failure::LimitExceeded(format!(
                "The response has {} bytes, more than the {CARRIED_BYTES_MAX} that it can carry. {advice}",
                self.body.len()
            ))),
        }
    }

    /// 200 with this body.
    ///
    /// # Errors
    /// [`Failure::Internal`] if it cannot be written as JSON, which is a bug.
    pub fn ok(body: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| Failure::Internal(error.into()))?;
        Ok(Self {
            status: StatusCode::OK,
            content_type: "application/json",
            headers: Vec::new(),
            body: body.into(),
        })
    }

    /// Whether a Lambda response can carry it, as a JSON string in which each quotation mark and
    /// backslash takes two bytes.
    pub(super) fn fits(&self) -> bool {
        let doubled = |byte: &&u8| matches!(byte, b'"' | b'\\');
        self.body.len() <= CARRIED_BYTES_MAX / 2
            || self.body.len() + self.body.iter().filter(doubled).count() <= CARRIED_BYTES_MAX
    }

    /// The same with 201 and the `location` of the new resource.
    pub fn created(mut self, location: String) -> Self {
        self.status = StatusCode::CREATED;
        self.headers.push((LOCATION, location));
        self
    }

    /// The same with the version as entity tag.
    pub fn with_version(mut self, version: u64) -> Self {
        self.headers.push((ETAG, format!("\"{version}\"")));
        self
    }

    pub(super) fn into_response(self) -> Response {
        response(self.status, self.content_type, self.headers, self.body)
    }
}

/// The problem response for a failure.
pub fn problem(failure: Failure, request_id: &str) -> Response {
    let is_encoded = matches!(failure, Failure::UnsupportedEncoding(_));
    let mut document = document(failure);
    document.request_id = Some(request_id.to_owned());
    let mut headers = Vec::new();
    if let Some(methods) = document.allowed_methods() {
        headers.push((ALLOW, methods.join(", ")));
    }
    if is_encoded {
        headers.push((ACCEPT_ENCODING, "identity".to_owned()));
    }
    match (document.status(), document.required_permission()) {
        (StatusCode::UNAUTHORIZED, _) => headers.push((WWW_AUTHENTICATE, "Bearer".to_owned())),
        (_, Some(permission)) => {
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{permission}\"");
            headers.push((WWW_AUTHENTICATE, challenge));
        }
        (StatusCode::SERVICE_UNAVAILABLE, None) => {
            headers.push((RETRY_AFTER, RETRY_AFTER_SECONDS.to_string()))
        }
        (_, None) => {}
    }
    // A document of strings and numbers can always be written.
    let body = serde_json::to_vec(&document).unwrap_or_default();
    response(document.status(), "application/problem+json", headers, body)
}

fn response(
    status: StatusCode,
    content_type: &'static str,
    headers: Vec<(HeaderName, String)>,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
