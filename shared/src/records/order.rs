//! What a write asks for, as far as it can be read without knowing the record.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::error::Failure;
use crate::id;
use crate::patch::{Object, object};
use crate::problem::{Code, Problems, Report};
use crate::value::{Choice, ExternalId, FromJson, FromText, wrong_type};

/// One write: which record, what must hold for it, and the fields.
#[derive(Debug)]
pub struct Order {
    /// Which record.
    pub(super) target: Target,
    /// Whether it must be there.
    pub(super) expect: Expect,
    /// The fields of the resource.
    pub(super) fields: Object,
    /// The version that the record must have.
    pub(super) version: Option<u64>,
    /// The versions that the `if-match` header names.
    pub(super) if_match: Option<IfMatch>,
    /// What is wrong already.
    pub(super) problems: Problems,
}

/// Which record a write is about.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A new one.
    New,
    /// The one with this id.
    Id(Uuid),
    /// The one with this external id.
    ExternalId(ExternalId),
    /// None: what was sent names nothing.
    Nothing,
}

/// Whether the record must be there before a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It must not: create.
    Absent,
    /// It must: update.
    Present,
    /// Either: create or update.
    Either,
}

/// The operation of an upsert.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Only new records.
    CreateOnly,
    /// Only known records.
    UpdateOnly,
    /// Both.
    #[default]
    CreateOrUpdate,
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
    /// The value of the header. Entity tags are compared as they stand, so a weak one matches nothing.
    pub fn parse(header: &str) -> Self {
        match header.trim() {
            "*" => Self::Any,
            tags => Self::Tags(tags.split(',').map(|tag| tag.trim().to_owned()).collect()),
        }
    }

    pub(super) fn matches(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|tag| *tag == format!("\"{version}\"")),
        }
    }
}

impl Choice for Operation {}

impl Order {
    /// Creates a record.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the body is not an object.
    pub fn create(body: &Value) -> Result<Self, Failure> {
        let mut order = Self::new(body, Target::New, Expect::Absent)?;
        order.fields.remove("version");
        Ok(order)
    }

    /// Updates the record with this id.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the body is not an object.
    pub fn update(id: Uuid, body: &Value, if_match: Option<IfMatch>) -> Result<Self, Failure> {
        let mut order = Self::new(body, Target::Id(id), Expect::Present)?;
        order.take_version();
        order.if_match = if_match;
        Ok(order)
    }

    /// Updates the record that a row of a batch names by `id`, or else by `external_id`.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the row is not an object.
    pub fn update_row(row: &Value) -> Result<Self, Failure> {
        let mut order = Self::new(row, Target::Nothing, Expect::Present)?;
        order.take_version();
        order.target = order.named();
        Ok(order)
    }

    /// Gives the record that a row of a batch names these fields and no others.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the row is not an object.
    pub fn set_row(row: &Value, fields: &Object) -> Result<Self, Failure> {
        let mut order = Self::update_row(row)?;
        order.only(&["id", "external_id"]);
        order.fields = fields.clone();
        Ok(order)
    }

    /// Gives the record with this id these fields and no others; the body may only name a version.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the body is not an object.
    pub fn set(
        id: Uuid,
        body: &Value,
        fields: &Object,
        if_match: Option<IfMatch>,
    ) -> Result<Self, Failure> {
        let mut order = Self::update(id, body, if_match)?;
        order.only(&[]);
        order.fields = fields.clone();
        Ok(order)
    }

    /// Creates or updates the record with the external id of a row, as the row or else the batch says.
    ///
    /// # Errors
    /// [`Failure::Validation`] if the row is not an object.
    pub fn upsert_row(row: &Value, operation: Operation) -> Result<Self, Failure> {
        let mut order = Self::new(row, Target::Nothing, Expect::Either)?;
        order.take_version();
        let mut report = Report::new(&mut order.problems);
        let own = order.fields.remove("operation");
        let own = own.and_then(|json| Operation::from_json(&json, &mut report.at("operation")));
        order.expect = match own.unwrap_or(operation) {
            Operation::CreateOnly => Expect::Absent,
            Operation::UpdateOnly => Expect::Present,
            Operation::CreateOrUpdate => Expect::Either,
        };
        match order.fields.get("external_id") {
            None => report
                .at("external_id")
                .add(Code::Required, "must be there: it names the record"),
            Some(Value::Null) => report
                .at("external_id")
                .add(Code::NotNullable, "must not be null: it names the record"),
            Some(json) => order.target = external_id(json),
        }
        Ok(order)
    }

    fn new(body: &Value, target: Target, expect: Expect) -> Result<Self, Failure> {
        let mut problems = Problems::default();
        let fields = object(body, &mut Report::new(&mut problems))
            .cloned()
            .unwrap_or_default();
        let order = Self {
            target,
            expect,
            fields,
            version: None,
            if_match: None,
            problems: Problems::default(),
        };
        problems.or(order).map_err(Failure::from)
    }

    /// Takes the version out of the fields: it is a precondition and no value.
    fn take_version(&mut self) {
        let Some(json) = self.fields.remove("version") else {
            return;
        };
        self.version = json.as_u64().filter(|version| *version > 0);
        if self.version.is_none() {
            let mut report = Report::new(&mut self.problems);
            report.at("version").add(
                Code::InvalidType,
                "must be the version to update, a whole number from 1",
            );
        }
    }

    /// The record that the fields name.
    fn named(&mut self) -> Target {
        let mut report = Report::new(&mut self.problems);
        match (self.fields.get("id"), self.fields.get("external_id")) {
            // An id that is not a UUID names nothing, like one that nobody has.
            (Some(Value::String(id)), _) => id::parse(id).map_or(Target::Nothing, Target::Id),
            (None | Some(Value::Null), Some(json)) if !json.is_null() => external_id(json),
            (None | Some(Value::Null), _) => {
                report.at("id").add(
                    Code::Required,
                    "must be there, or else external_id: they name the record",
                );
                Target::Nothing
            }
            (Some(other), _) => {
                report
                    .at("id")
                    .take::<()>(Err(wrong_type("a string", other)));
                Target::Nothing
            }
        }
    }

    fn only(&mut self, allowed: &[&str]) {
        let mut report = Report::new(&mut self.problems);
        for name in self
            .fields
            .keys()
            .filter(|name| !allowed.contains(&name.as_str()))
        {
            let also = allowed
                .iter()
                .map(|name| format!("{name} and "))
                .collect::<String>();
            report.at(name).add(
                Code::UnknownField,
                format!("is not a field here; the fields are {also}version"),
            );
        }
    }
}

/// The record with this external id; what is wrong with it is reported where the fields are read.
fn external_id(json: &Value) -> Target {
    json.as_str()
        .and_then(|text| ExternalId::from_text(text).ok())
        .map_or(Target::Nothing, Target::ExternalId)
}
