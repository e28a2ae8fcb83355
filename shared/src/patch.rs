//! The fields of a create or update body, read one by one.

use serde_json::{Map, Value};

use crate::problem::{Code, Report};
use crate::value::{FromJson, Timestamp, wrong_type};

/// A JSON object.
pub type Object = Map<String, Value>;

/// A field of an update: left alone, cleared, or set.
enum Patch<'a> {
    Absent,
    Null,
    Value(&'a Value),
}

/// Reads a body into a resource and collects every problem on the way.
///
/// Each reader takes what the field is now and gives what it becomes: an absent field keeps its value. A value
/// that cannot be read keeps it too, with a problem reported; what is built from it must then not be used.
pub struct Fields<'a> {
    object: &'a Object,
    report: Report<'a>,
    known: Vec<&'static str>,
    create: bool,
    now: Timestamp,
}

impl<'a> Fields<'a> {
    /// The fields of a body that creates a resource, or else updates one, at `now`.
    pub fn new(object: &'a Object, report: Report<'a>, create: bool, now: Timestamp) -> Self {
        Self {
            object,
            report,
            known: vec!["id", "created_at"],
            create,
            now,
        }
    }

    /// The fields of an object within a body, which is always sent whole.
    pub fn nested(object: &'a Object, report: &'a mut Report<'_>) -> Self {
        Self {
            object,
            report: report.here(),
            known: Vec::new(),
            create: true,
            now: Timestamp::default(),
        }
    }

    /// When the body is applied.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A field that must be there in a create, and is never `null`.
    pub fn required<T: FromJson>(&mut self, name: &'static str, current: T) -> T {
        self.require(name);
        self.value(name, current)
    }

    /// Reports a field that is missing in a create.
    pub fn require(&mut self, name: &'static str) {
        if self.create && !self.object.contains_key(name) {
            self.report.at(name).add(Code::Required, "must be there");
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
        read: impl FnOnce(&Value, &mut Report<'_>) -> Option<T>,
    ) -> T {
        match self.patch(name) {
            Patch::Absent => current,
            Patch::Null => {
                self.report
                    .at(name)
                    .add(Code::NotNullable, "must not be null");
                current
            }
            Patch::Value(json) => read(json, &mut self.report.at(name)).unwrap_or(current),
        }
    }

    /// A field that `null` clears.
    pub fn nullable<T: FromJson>(&mut self, name: &'static str, current: Option<T>) -> Option<T> {
        match self.patch(name) {
            Patch::Absent => current,
            Patch::Null => None,
            Patch::Value(json) => T::from_json(json, &mut self.report.at(name)).or(current),
        }
    }

    /// Fields that may be sent back and are ignored.
    pub fn read_only(&mut self, names: &[&'static str]) {
        self.known.extend(names);
    }

    /// Reports the fields that nothing has read.
    pub fn finish(mut self) {
        for name in self
            .object
            .keys()
            .filter(|name| !self.known.contains(&name.as_str()))
        {
            let detail = format!(
                "is not a field here; the fields are {}",
                self.known.join(", ")
            );
            self.report.at(name).add(Code::UnknownField, detail);
        }
    }

    fn patch(&mut self, name: &'static str) -> Patch<'a> {
        self.known.push(name);
        match self.object.get(name) {
            None => Patch::Absent,
            Some(Value::Null) => Patch::Null,
            Some(json) => Patch::Value(json),
        }
    }
}

/// The JSON object, or a problem.
pub fn object<'a>(json: &'a Value, report: &mut Report<'_>) -> Option<&'a Object> {
    report.take(
        json.as_object()
            .ok_or_else(|| wrong_type("an object", json)),
    )
}

/// Reports the members that are missing in an object within a body, and those that it does not have.
pub fn members(object: &Object, report: &mut Report<'_>, names: &[&'static str]) {
    for name in names.iter().filter(|name| !object.contains_key(**name)) {
        report.at(name).add(Code::Required, "must be there");
    }
    for name in object.keys().filter(|name| !names.contains(&name.as_str())) {
        report.at(name).add(
            Code::UnknownField,
            format!("is not a field here; the fields are {}", names.join(", ")),
        );
    }
}
