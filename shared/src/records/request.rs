//! What a write asks for, as far as its body says.

use domain::fields::{Object, object, refuse_unknown};
use domain::problem::{Code, ErrorSink, Problems};
use domain::upsert::{self, Upsert, UpsertMode};
use domain::value::{ExternalId, FromText, parse_uuid, wrong_type};
use serde_json::Value;
use uuid::Uuid;

use crate::error::Failure;

/// One write: which record, what must hold for it, and the fields.
#[derive(Debug)]
pub struct WriteRequest {
    /// Which record.
    pub(super) selector: RecordSelector,
    /// Whether it must exist.
    pub(super) expect: Expect,
    /// The fields of the resource.
    pub(super) fields: Object,
    /// The version that the record must have.
    pub(super) version: Option<u64>,
    /// The versions that the `if-match` header names.
    pub(super) if_match: Option<IfMatch>,
    /// The problems found so far.
    pub(super) problems: Problems,
}

/// Which record a write is about.
#[derive(Clone, Debug)]
pub(super) enum RecordSelector {
    /// A new one.
    New,
    /// The one with this id.
    Id(Uuid),
    /// The one with this external id.
    ExternalId(ExternalId),
    /// None: what was sent cannot be an id or external id.
    Invalid,
}

/// Whether the record must exist before a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It must not exist: create.
    Absent,
    /// It must exist: update.
    Present,
    /// It may exist: create or update.
    Either,
}

/// The versions that an `if-match` header names (RFC 9110, section 13.1.1).
#[derive(Clone, Debug)]
pub enum IfMatch {
    /// `*`: any.
    Any,
    /// These entity tags, quotes included.
    Tags(Vec<String>),
}

impl IfMatch {
    /// The value of the header. Entity tags are compared unchanged, so that a weak one matches
    /// nothing.
    pub fn parse(header: &str) -> Self {
        match header.trim() {
            "*" => Self::Any,
            tags => {
                let tags = tags.split(',').map(str::trim);
                Self::Tags(
                    tags.filter(|tag| !tag.is_empty())
                        .map(str::to_owned)
                        .collect(),
                )
            }
        }
    }

    /// What is no entity tag, such as a version without quotes or in typographic ones; an empty
    /// text if there is nothing.
    pub(super) fn malformed(&self) -> Option<&str> {
        match self {
            Self::Any => None,
            Self::Tags(tags) if tags.is_empty() => Some(""),
            Self::Tags(tags) => tags.iter().map(String::as_str).find(|tag| !is_tag(tag)),
        }
    }

    /// Whether one of the versions is this. A header that is not understood in full matches none.
    pub(super) fn matches(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => {
                self.malformed().is_none() && tags.contains(&format!("\"{version}\""))
            }
        }
    }
}

/// Whether a text is an entity tag of visible ASCII characters, weak or not (RFC 9110, section
/// 8.8.3).
fn is_tag(text: &str) -> bool {
    let text = text.strip_prefix("W/").unwrap_or(text);
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.is_some_and(|inner| {
        inner
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"')
    })
}

impl WriteRequest {
    /// Creates a record.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the body is not an object.
    pub fn create(body: Value) -> Result<Self, Failure> {
        let mut request = Self::new(body, RecordSelector::New, Expect::Absent)?;
        request.fields.remove("version");
        Ok(request)
    }

    /// Updates the record with this id.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the body is not an object.
    pub fn update(id: Uuid, body: Value, if_match: Option<IfMatch>) -> Result<Self, Failure> {
        let mut request = Self::new(body, RecordSelector::Id(id), Expect::Present)?;
        request.take_version();
        request.if_match = if_match;
        Ok(request)
    }

    /// Updates the record that a row of a batch names by `id`, or else by `external_id`.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the row is not an object.
    pub fn update_row(row: Value) -> Result<Self, Failure> {
        let mut request = Self::new(row, RecordSelector::Invalid, Expect::Present)?;
        request.take_version();
        request.selector = request.named();
        Ok(request)
    }

    /// Gives the record that a row of a batch names these fields and no others.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the row is not an object.
    pub fn set_row(row: Value, fields: &Object) -> Result<Self, Failure> {
        let mut request = Self::update_row(row)?;
        request.only(&["id", "external_id"]);
        request.fields = fields.clone();
        Ok(request)
    }

    /// Gives the record with this id these fields and no others; the body may only name a version.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the body is not an object.
    pub fn set(
        id: Uuid,
        body: Value,
        fields: &Object,
        if_match: Option<IfMatch>,
    ) -> Result<Self, Failure> {
        let mut request = Self::update(id, body, if_match)?;
        request.only(&[]);
        request.fields = fields.clone();
        Ok(request)
    }

    /// Creates or updates the record with the external id of a row, as the row or else the batch
    /// says.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the row is not an object.
    pub fn upsert_row(row: Value, operation: UpsertMode) -> Result<Self, Failure> {
        let mut request = Self::new(row, RecordSelector::Invalid, Expect::Either)?;
        let mut errors = ErrorSink::new(&mut request.problems);
        let upsert = Upsert::take(&mut request.fields, operation, &mut errors);
        request.version = upsert.version;
        request.expect = match upsert.mode {
            Some(UpsertMode::CreateOnly) => Expect::Absent,
            Some(UpsertMode::CreateOrUpdate) => Expect::Either,
            Some(UpsertMode::UpdateOnly) | None => Expect::Present,
        };
        let json = request.fields.get("external_id");
        request.selector = json.map_or(RecordSelector::Invalid, external_id);
        Ok(request)
    }

    fn new(body: Value, selector: RecordSelector, expect: Expect) -> Result<Self, Failure> {
        let mut problems = Problems::default();
        object(&body, &mut ErrorSink::new(&mut problems));
        problems.or(())?;
        let fields = match body {
            Value::Object(fields) => fields,
            _ => Object::default(),
        };
        Ok(Self {
            selector,
            expect,
            fields,
            version: None,
            if_match: None,
            problems: Problems::default(),
        })
    }

    fn take_version(&mut self) {
        let mut errors = ErrorSink::new(&mut self.problems);
        self.version = upsert::take_version(&mut self.fields, &mut errors);
    }

    /// The record that the fields name.
    fn named(&mut self) -> RecordSelector {
        let mut errors = ErrorSink::new(&mut self.problems);
        match (self.fields.get("id"), self.fields.get("external_id")) {
            // An id that is not a UUID names no record, like an id that does not exist.
            (Some(Value::String(id)), _) => {
                parse_uuid(id).map_or(RecordSelector::Invalid, RecordSelector::Id)
            }
            (None | Some(Value::Null), Some(json)) if !json.is_null() => external_id(json),
            (None | Some(Value::Null), _) => {
                errors.at("id").add(
                    Code::Required,
                    "is required unless external_id is given: one of them names the record",
                );
                RecordSelector::Invalid
            }
            (Some(other), _) => {
                errors
                    .at("id")
                    .take::<()>(Err(wrong_type("a string", other)));
                RecordSelector::Invalid
            }
        }
    }

    fn only(&mut self, allowed: &[&str]) {
        let known = [allowed, &["version"]].concat();
        let mut errors = ErrorSink::new(&mut self.problems);
        refuse_unknown(&self.fields, &mut errors, &known, &[]);
    }
}

/// The record with this external id. An invalid one is reported where the fields are read.
fn external_id(json: &Value) -> RecordSelector {
    json.as_str()
        .and_then(|text| ExternalId::from_text(text).ok())
        .map_or(RecordSelector::Invalid, RecordSelector::ExternalId)
}
