//! A request that has passed its checks up to the permission, and the checks of its body.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH};
use axum::http::{HeaderMap, HeaderName, request::Parts};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::notes::Notes;
use crate::app::App;
use crate::auth::{Access, Caller, Permit};
use crate::batch::{Ended, Outcomes};
use crate::error::Failure;
use crate::id;
use crate::json;
use crate::lists::Params;
use crate::patch::Object;
use crate::problem::Problems;
use crate::records::IfMatch;
use crate::table::Table;

/// The most bytes of a body: 1 MiB.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long a request may take where no [`Deadline`] is set.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(25);

/// When the request must be answered; an extension of the request.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(pub Instant);

/// The request id that the gateway gave; an extension of the request.
#[derive(Clone, Debug)]
pub struct GatewayRequestId(pub String);

/// A request whose key holds the permission `P`: there is no other way to make one.
pub struct Call<P> {
    /// What every request shares.
    pub app: Arc<App>,
    /// The table, until the deadline of this request.
    pub table: Table,
    /// The proof of the permission.
    pub access: Access<P>,
    /// The proven key.
    pub caller: Caller,
    notes: Notes,
    path: HashMap<String, String>,
    query: String,
    headers: HeaderMap,
    /// In a lock only because a body cannot be shared between threads without one.
    body: Mutex<Body>,
}

impl<P: Permit> Call<P> {
    /// Proves the key, then the permission.
    pub(super) async fn check(
        app: Arc<App>,
        path: HashMap<String, String>,
        parts: Parts,
        body: Body,
    ) -> Result<Self, Failure> {
        let deadline = parts
            .extensions
            .get::<Deadline>()
            .map_or_else(|| Instant::now() + REQUEST_TIMEOUT, |d| d.0);
        let notes = parts.extensions.get::<Notes>().cloned().unwrap_or_default();
        let table = app.table.until(deadline).counted_in(notes.usage.clone());
        let header = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let caller = app.auth.authenticate(&table, header, app.now()).await?;
        notes.proven(caller.key());
        let access = caller.permit::<P>()?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let (headers, body) = (parts.headers, Mutex::new(body));
        Ok(Self {
            app,
            table,
            access,
            caller,
            notes,
            path,
            query,
            headers,
            body,
        })
    }

    /// Notes for the log what became of the records of the request.
    pub fn note<T>(&self, records: &[Ended<T>]) {
        self.notes.outcomes(Outcomes::of(records));
    }

    /// The id in the path. One that is not a UUID names nothing, and so does the nil UUID that stands for it.
    pub fn id(&self) -> Uuid {
        id::parse(self.path("id")).unwrap_or(Uuid::nil())
    }

    /// A part of the path, as named in the route.
    pub fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The query parameters.
    pub fn params(&self) -> Params {
        Params::parse(&self.query)
    }

    /// The versions that `if-match` names, if it was sent.
    pub fn if_match(&self) -> Option<IfMatch> {
        Some(IfMatch::parse(&self.header(&IF_MATCH)?))
    }

    /// The body, checked for size, media type and syntax, in this order. No query parameters go with one.
    ///
    /// # Errors
    /// The first of these checks that fails.
    pub async fn json(&self) -> Result<Value, Failure> {
        let body = self.bytes().await?;
        self.parse(&body)
    }

    /// The same where a body may be left out, which stands for `{}`.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn json_or_nothing(&self) -> Result<Value, Failure> {
        let body = self.bytes().await?;
        if body.is_empty() {
            self.params().finish()?;
            return Ok(Value::Object(Object::new()));
        }
        self.parse(&body)
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// As [`Self::json`]; [`Failure::Validation`] if it is another JSON value.
    pub async fn object(&self) -> Result<Object, Failure> {
        let body = self.json().await?;
        let mut problems = Problems::default();
        let object =
            crate::patch::object(&body, &mut crate::problem::Report::new(&mut problems)).cloned();
        Ok(problems.or(object.unwrap_or_default())?)
    }

    async fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let announced = self
            .header(&CONTENT_LENGTH)
            .and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > BODY_BYTES_MAX) {
            return Err(Failure::PayloadTooLarge(BODY_BYTES_MAX));
        }
        let body = std::mem::take(&mut *self.body.lock().unwrap_or_else(PoisonError::into_inner));
        to_bytes(body, BODY_BYTES_MAX)
            .await
            .map(Vec::from)
            .map_err(|_| Failure::PayloadTooLarge(BODY_BYTES_MAX))
    }

    fn parse(&self, body: &[u8]) -> Result<Value, Failure> {
        if !self
            .header(&CONTENT_TYPE)
            .is_some_and(|media_type| is_json(&media_type))
        {
            return Err(Failure::UnsupportedMediaType);
        }
        self.params().finish()?;
        json::parse(body).map_err(Failure::MalformedJson)
    }

    fn header(&self, name: &HeaderName) -> Option<String> {
        // A header that was sent more than once is one list (RFC 9110, section 5.3).
        let values: Vec<&str> = self
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// Whether a content type is `application/json` or ends in `+json`, with any parameters.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}
