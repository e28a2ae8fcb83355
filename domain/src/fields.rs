//! The fields of a create or update body, one by one: read, or described.

mod description;
mod unknown;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

pub use description::{BodyDescription, DescribedField};
pub use unknown::{check_members, nearest, refuse_unknown, unknown_field};

use crate::permission::Kind;
use crate::problem::{Code, ErrorSink, quote_json};
use crate::value::{ExternalId, FromJson, Timestamp, wrong_type};

/// A JSON object.
pub type Object = Map<String, Value>;

/// The ids of the records that bodies name by external id, as they were looked up.
pub type ResolvedIds = HashMap<(Kind, ExternalId), Uuid>;

/// What a resource asks of each field of its body: [`Fields`] reads it, [`BodyDescription`]
/// describes it.
///
/// Each method takes the current value of a field and returns the next one: an absent field keeps
/// its value. A field that cannot be read keeps it too, and the problem is reported; the result
/// must then not be used.
pub trait FieldReader {
    /// A field that a create requires, and that is never `null`.
    fn required<T: FromJson>(&mut self, name: &'static str, current: T) -> T {
        self.mandatory(name).unwrap_or(current)
    }

    /// The same without a current value.
    fn mandatory<T: FromJson>(&mut self, name: &'static str) -> Option<T>;

    /// A field with a default, which is never `null`.
    fn value<T: FromJson + Serialize>(&mut self, name: &'static str, current: T) -> T;

    /// A field that may be absent, and is never `null`.
    fn optional<T: FromJson>(&mut self, name: &'static str) -> Option<T>;

    /// A field that `null` clears.
    fn nullable<T: FromJson>(&mut self, name: &'static str, current: Option<T>) -> Option<T>;

    /// A field that a create requires, and whose reading depends on other fields, or on records
    /// that it names by external id.
    fn required_with<T: JsonSchema>(
        &mut self,
        name: &'static str,
        current: T,
        read: impl FnOnce(&Value, &ResolvedIds, &mut ErrorSink<'_>) -> Option<T>,
    ) -> T;

    /// When the body is applied.
    fn now(&self) -> Timestamp;

    /// Whether no problem was found so far with these fields.
    fn are_valid(&self, names: &[&str]) -> bool;

    /// Whether the body has a field.
    fn is_sent(&self, name: &str) -> bool;

    /// What was sent for a field, as JSON of bounded length.
    fn quote(&self, name: &str) -> String;

    /// Reports a problem with a field.
    fn refuse(&mut self, name: &str, code: Code, detail: impl Into<String>);
}

/// A field of an update: kept, cleared or set.
enum Patch<'a> {
    Absent,
    Null,
    Value(&'a Value),
}

/// As many fields as most kinds of record have.
const FIELDS_USUAL: usize = 16;

/// Reads a body into a resource and collects every problem on the way.
pub struct Fields<'a> {
    object: &'a Object,
    errors: ErrorSink<'a>,
    writable: Vec<&'static str>,
    read_only: Vec<&'static str>,
    create: bool,
    now: Timestamp,
    resolved: Option<&'a ResolvedIds>,
}

impl<'a> Fields<'a> {
    /// The fields of a body that, at `now`, creates a resource or else updates one.
    pub fn new(object: &'a Object, errors: ErrorSink<'a>, create: bool, now: Timestamp) -> Self {
        Self {
            object,
            errors,
            writable: Vec::with_capacity(FIELDS_USUAL),
            read_only: vec!["id", "created_at"],
            create,
            now,
            resolved: None,
        }
    }

    /// The same fields of a body that may name records by external id.
    pub fn with_resolved(mut self, resolved: &'a ResolvedIds) -> Self {
        self.resolved = Some(resolved);
        self
    }

    /// The fields of an object within a body, which is always sent as a whole.
    pub fn nested(object: &'a Object, errors: &'a mut ErrorSink<'_>) -> Self {
        Self {
            object,
            errors: errors.reborrow(),
            writable: Vec::new(),
            read_only: Vec::new(),
            create: true,
            now: Timestamp::default(),
            resolved: None,
        }
    }

    /// Fields that a body may contain and that are ignored.
    pub fn read_only(&mut self, names: &[&'static str]) {
        self.read_only.extend(names);
    }

    /// Reports every field that no reader has asked for.
    pub fn finish(mut self) {
        refuse_unknown(
            self.object,
            &mut self.errors,
            &self.writable,
            &self.read_only,
        );
    }

    fn require(&mut self, name: &'static str) {
        if self.create && !self.is_sent(name) {
            self.refuse(name, Code::Required, "is required");
        }
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value, &mut ErrorSink<'_>) -> Option<T>,
    ) -> Option<T> {
        match self.patch(name) {
            Patch::Absent => None,
            Patch::Null => {
                self.refuse(name, Code::NotNullable, "must not be null");
                None
            }
            Patch::Value(json) => read(json, &mut self.errors.at(name)),
        }
    }

    fn patch(&mut self, name: &'static str) -> Patch<'a> {
        self.writable.push(name);
        match self.object.get(name) {
            None => Patch::Absent,
            Some(Value::Null) => Patch::Null,
            Some(json) => Patch::Value(json),
        }
    }
}

impl FieldReader for Fields<'_> {
    fn mandatory<T: FromJson>(&mut self, name: &'static str) -> Option<T> {
        let value = self.optional(name);
        if value.is_none() {
            self.require(name);
        }
        value
    }

    fn value<T: FromJson + Serialize>(&mut self, name: &'static str, current: T) -> T {
        self.optional(name).unwrap_or(current)
    }

    fn optional<T: FromJson>(&mut self, name: &'static str) -> Option<T> {
        self.read(name, T::from_json)
    }

    fn nullable<T: FromJson>(&mut self, name: &'static str, current: Option<T>) -> Option<T> {
        match self.patch(name) {
            Patch::Absent => current,
            Patch::Null => None,
            Patch::Value(json) => T::from_json(json, &mut self.errors.at(name)).or(current),
        }
    }

    fn required_with<T: JsonSchema>(
        &mut self,
        name: &'static str,
        current: T,
        read: impl FnOnce(&Value, &ResolvedIds, &mut ErrorSink<'_>) -> Option<T>,
    ) -> T {
        let none = ResolvedIds::new();
        let resolved = self.resolved.unwrap_or(&none);
        let value = self.read(name, |json, errors| read(json, resolved, errors));
        if value.is_none() {
            self.require(name);
        }
        value.unwrap_or(current)
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn are_valid(&self, names: &[&str]) -> bool {
        self.errors.is_valid(names)
    }

    fn is_sent(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    fn quote(&self, name: &str) -> String {
        quote_json(self.object.get(name).unwrap_or(&Value::Null))
    }

    fn refuse(&mut self, name: &str, code: Code, detail: impl Into<String>) {
        self.errors.at(name).add(code, detail);
    }
}

/// The JSON object, or a problem.
pub fn object<'a>(json: &'a Value, errors: &mut ErrorSink<'_>) -> Option<&'a Object> {
    errors.take(
        json.as_object()
            .ok_or_else(|| wrong_type("an object", json)),
    )
}
