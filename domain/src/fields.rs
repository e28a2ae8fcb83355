//! The fields of a create or update body, read one by one.

use std::collections::HashMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::permission::Kind;
use crate::problem::{Code, ErrorSink, PROBLEMS_MAX, quote, quote_json};
use crate::value::{ExternalId, FromJson, Timestamp, wrong_type};

/// A JSON object.
pub type Object = Map<String, Value>;

/// The ids of the records that bodies name by external id, as they were looked up.
pub type ResolvedIds = HashMap<(Kind, ExternalId), Uuid>;

/// How alike two names must be for one to be suggested for the other: 1 is equal.
const SUGGESTED_SIMILARITY_MIN: f64 = 0.6;

/// A field of an update: kept, cleared or set.
enum Patch<'a> {
    Absent,
    Null,
    Value(&'a Value),
}

/// Reads a body into a resource and collects every problem on the way.
///
/// Each reader takes the current value of a field and returns the next one: an absent field keeps
/// its value. A field that cannot be read keeps it too, and the problem is reported; the result
/// must then not be used.
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
            writable: Vec::new(),
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

    /// When the body is applied.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The id of the record of this kind with this external id, if there is one.
    pub fn resolve(&self, kind: Kind) -> impl Fn(&ExternalId) -> Option<Uuid> + use<'a> {
        let resolved = self.resolved;
        move |external_id| resolved?.get(&(kind, external_id.clone())).copied()
    }

    /// A field that a create requires, and that is never `null`.
    pub fn required<T: FromJson>(&mut self, name: &'static str, current: T) -> T {
        self.require(name);
        self.value(name, current)
    }

    /// Reports a field that is missing in a create.
    pub fn require(&mut self, name: &'static str) {
        if self.create && !self.is_sent(name) {
            self.refuse(name, Code::Required, "is required");
        }
    }

    /// A field with a default, which is never `null`.
    pub fn value<T: FromJson>(&mut self, name: &'static str, current: T) -> T {
        self.read(name, current, T::from_json)
    }

    /// The same for a value whose reading depends on other fields.
    pub fn read<T>(
        &mut self,
        name: &'static str,
        current: T,
        read: impl FnOnce(&Value, &mut ErrorSink<'_>) -> Option<T>,
    ) -> T {
        match self.patch(name) {
            Patch::Absent => current,
            Patch::Null => {
                self.refuse(name, Code::NotNullable, "must not be null");
                current
            }
            Patch::Value(json) => read(json, &mut self.errors.at(name)).unwrap_or(current),
        }
    }

    /// A field that `null` clears.
    pub fn nullable<T: FromJson>(&mut self, name: &'static str, current: Option<T>) -> Option<T> {
        match self.patch(name) {
            Patch::Absent => current,
            Patch::Null => None,
            Patch::Value(json) => T::from_json(json, &mut self.errors.at(name)).or(current),
        }
    }

    /// Fields that a body may contain and that are ignored.
    pub fn read_only(&mut self, names: &[&'static str]) {
        self.read_only.extend(names);
    }

    /// Reports a problem with a field.
    pub fn refuse(&mut self, name: &str, code: Code, detail: impl Into<String>) {
        self.errors.at(name).add(code, detail);
    }

    /// Whether no problem was found so far with these fields.
    pub fn are_valid(&self, names: &[&str]) -> bool {
        self.errors.is_valid(names)
    }

    /// Whether the body has a field.
    pub fn is_sent(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// What was sent for a field, as JSON of bounded length.
    pub fn quote(&self, name: &str) -> String {
        quote_json(self.object.get(name).unwrap_or(&Value::Null))
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

    fn patch(&mut self, name: &'static str) -> Patch<'a> {
        self.writable.push(name);
        match self.object.get(name) {
            None => Patch::Absent,
            Some(Value::Null) => Patch::Null,
            Some(json) => Patch::Value(json),
        }
    }
}

/// The JSON object, or a problem.
pub fn object<'a>(json: &'a Value, errors: &mut ErrorSink<'_>) -> Option<&'a Object> {
    errors.take(
        json.as_object()
            .ok_or_else(|| wrong_type("an object", json)),
    )
}

/// Reports the members that are missing in an object within a body, and those that are not known.
pub fn check_members(
    object: &Object,
    errors: &mut ErrorSink<'_>,
    optional: &[&'static str],
    required: &[&'static str],
) {
    for name in required.iter().filter(|name| !object.contains_key(**name)) {
        errors.at(name).add(Code::Required, "is required");
    }
    refuse_unknown(object, errors, &[optional, required].concat(), &[]);
}

/// Reports the unknown members of an object, as many as are listed.
pub fn refuse_unknown(
    object: &Object,
    errors: &mut ErrorSink<'_>,
    writable: &[&str],
    read_only: &[&str],
) {
    let unknown = object.keys().filter(|name| {
        let is_known = |known: &&str| known == name;
        !writable.iter().any(is_known) && !read_only.iter().any(is_known)
    });
    for name in unknown.take(PROBLEMS_MAX) {
        let detail = unknown_field(name, writable, read_only);
        errors.at(name).add(Code::UnknownField, detail);
    }
}

/// What to say of an unknown field: the known field that it resembles, and all known fields.
pub fn unknown_field(name: &str, writable: &[&str], read_only: &[&str]) -> String {
    let suggestion = nearest(name, writable.iter().chain(read_only))
        .map(|known| format!("; did you mean {}?", quote(known)));
    let mut detail = format!(
        "is not a known field{} Known fields: {}",
        suggestion.as_deref().unwrap_or("."),
        writable.join(", ")
    );
    if !read_only.is_empty() {
        detail += &format!("; read-only: {}", read_only.join(", "));
    }
    detail
}

/// The known name that a name resembles most, if it resembles one.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    // Names of very different lengths are not alike, and need not be compared.
    let has_similar_length = |known: &&&str| {
        let (shorter, longer) = (length.min(known.len()), length.max(known.len()));
        shorter as f64 >= longer as f64 * SUGGESTED_SIMILARITY_MIN
    };
    let similarity = |known: &str| strsim::normalized_damerau_levenshtein(name, known);
    let alike = known
        .into_iter()
        .filter(has_similar_length)
        .map(|known| (similarity(known), *known))
        .filter(|(similarity, _)| *similarity >= SUGGESTED_SIMILARITY_MIN);
    alike
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}
