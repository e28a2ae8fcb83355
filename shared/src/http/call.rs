//! A request that has passed its checks up to the permission.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderName;
use axum::http::header::{AUTHORIZATION, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use axum::http::request::Parts;
use domain::fields::Object;
use domain::permission::HasKind;
use domain::value::{Timestamp, parse_uuid};
use domain::workspace::Workspace;
use serde_json::Value;
use store::table::Table;
use tokio::time::Instant;
use uuid::Uuid;

use super::body::RequestBody;
use super::notes::Notes;
use super::params::Params;
use crate::app::App;
use crate::auth::{Access, ApiKey, Read, RequiredPermission, Write};
use crate::batch::{BatchBody, StatusCounts, WriteResult};
use crate::error::Failure;
use crate::lists::ReadLimits;
use crate::records::{IfMatch, Records};

/// How long a request may take where no [`Deadline`] is set.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(25);

/// The preconditions that no operation checks.
const NEVER_CHECKED: &[HeaderName] = &[IF_NONE_MATCH, IF_UNMODIFIED_SINCE];
/// The preconditions that only the update of one record may have, or no operation.
const ONLY_OF_UPDATES: &[HeaderName] = &[IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE];

/// When the request must be answered; an extension of the request.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(pub Instant);

/// The request id that the gateway assigned; an extension of the request.
#[derive(Clone, Debug)]
pub struct GatewayRequestId(pub String);

/// A request whose key holds the permissions `P`: only the checks make one.
pub struct Call<P> {
    app: Arc<App>,
    table: Table,
    access: Access<P>,
    key: Arc<ApiKey>,
    notes: Notes,
    path: HashMap<String, String>,
    query: String,
    body: RequestBody,
}

impl<P: RequiredPermission> Call<P> {
    /// Proves the key, then its permissions.
    pub(super) async fn check(
        app: Arc<App>,
        path: HashMap<String, String>,
        parts: Parts,
        body: Body,
    ) -> Result<Self, Failure> {
        let deadline = parts.extensions.get::<Deadline>();
        let deadline = deadline.map_or_else(|| Instant::now() + REQUEST_TIMEOUT, |d| d.0);
        let notes = parts.extensions.get::<Notes>().cloned().unwrap_or_default();
        let table = app.table.until(deadline).with_usage(notes.usage.clone());
        let authorization = parts.headers.get(AUTHORIZATION);
        let authorization = authorization.and_then(|value| value.to_str().ok());
        let caller = app
            .auth
            .authenticate(&table, authorization, app.now())
            .await?;
        notes.set_key(caller.key());
        Ok(Self {
            access: caller.require::<P>()?,
            key: caller.key().clone(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            body: RequestBody::new(parts.headers, body),
            app,
            table,
            notes,
            path,
        })
    }
}

impl<R: HasKind> Call<Write<R>> {
    /// Whether the key may also read what it writes.
    pub fn may_read(&self) -> bool {
        let permissions = Read::<R>::permissions();
        self.key.holds(&permissions)
    }
}

impl<P> Call<P> {
    /// The table, until the deadline of this request; its calls are metered.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The proof of the permissions.
    pub fn access(&self) -> &Access<P> {
        &self.access
    }

    /// The proof of the permissions, for an operation that needs nothing else of the request.
    pub fn into_access(self) -> Access<P> {
        self.access
    }

    /// The proven key.
    pub fn key(&self) -> &ApiKey {
        &self.key
    }

    /// The workspace as it was last read.
    pub fn workspace(&self) -> Arc<Workspace> {
        self.access.workspace()
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// A new id, greater than every earlier one of this process.
    pub fn new_id(&self) -> Uuid {
        self.app.new_id()
    }

    /// How many rows a request may read.
    pub fn limits(&self) -> ReadLimits {
        self.app.limits
    }

    /// What writing records needs.
    pub(super) fn records(&self) -> Records<'_> {
        self.app.records(&self.table)
    }

    /// Counts for the log what became of the records of the request.
    pub fn count<T>(&self, results: &[WriteResult<T>]) {
        self.notes.set_counts(StatusCounts::of(results));
    }

    /// The id in the path. Text that is not a UUID selects no record, like the nil UUID that is
    /// returned for it.
    pub fn id(&self) -> Uuid {
        parse_uuid(self.path("id")).unwrap_or(Uuid::nil())
    }

    /// A part of the path, as named in the route.
    pub fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The query parameters.
    pub fn params(&self) -> Params {
        Params::parse(&self.query, self.app.limits)
    }

    /// Whether the client asks for this media type by name, and does not prefer JSON.
    pub fn prefers(&self, media_type: &str) -> bool {
        self.body.prefers(media_type)
    }

    /// The body, checked for size, media type, preconditions, query parameters and syntax, in this
    /// order. An operation with a body has no query parameters, and its request no preconditions.
    ///
    /// # Errors
    /// The first of these checks that fails.
    pub async fn json(&self) -> Result<Value, Failure> {
        parse(&self.text(ONLY_OF_UPDATES).await?)
    }

    /// The body of the update of one record, and the versions in `if-match`, if it was sent.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn update(&self) -> Result<(Value, Option<IfMatch>), Failure> {
        let json = parse(&self.text(NEVER_CHECKED).await?)?;
        Ok((json, self.if_match()))
    }

    /// The same where an empty body stands for `{}`.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn update_or_empty(&self) -> Result<(Value, Option<IfMatch>), Failure> {
        if self.body.bytes().await?.is_empty() {
            self.body.refuse_preconditions(NEVER_CHECKED)?;
            self.params().finish()?;
            return Ok((Value::Object(Object::new()), self.if_match()));
        }
        self.update().await
    }

    /// The body as a batch, whose envelope may have the fields named in `others` in addition to
    /// `records`.
    ///
    /// # Errors
    /// As [`Self::json`]; [`Failure::Validation`] if it is not an object.
    pub async fn batch(&self, others: &[&str]) -> Result<BatchBody, Failure> {
        BatchBody::parse(&self.text(ONLY_OF_UPDATES).await?, others)
    }

    /// The text of the body, after all checks but that of its syntax.
    async fn text(&self, refused: &'static [HeaderName]) -> Result<Bytes, Failure> {
        let body = self.body.bytes().await?;
        self.body.check_media_type()?;
        self.body.refuse_preconditions(refused)?;
        self.params().finish()?;
        match body.is_empty() {
            true => Err(Failure::MalformedJson("it is empty".to_owned())),
            false => Ok(body),
        }
    }

    fn if_match(&self) -> Option<IfMatch> {
        let header = self.body.header(&IF_MATCH);
        header.map(|value| IfMatch::parse(&value))
    }
}

fn parse(text: &[u8]) -> Result<Value, Failure> {
    domain::json::parse(text).map_err(Failure::MalformedJson)
}
