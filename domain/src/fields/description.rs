//! A description of the fields of a body, for the document of the API.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use super::{FieldReader, ResolvedIds};
use crate::problem::{Code, ErrorSink};
use crate::value::{FromJson, Timestamp};

/// A field of a body.
pub struct DescribedField {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub schema: Schema,
    /// Whether a create requires it.
    pub is_required: bool,
    /// What it is in a create that does not have it.
    pub default: Option<Value>,
}

/// Describes each field that a resource asks for. It reads nothing: every field keeps its value.
pub struct BodyDescription<'a> {
    generator: &'a mut SchemaGenerator,
    /// The fields, in the order in which they are asked for.
    pub fields: Vec<DescribedField>,
    /// The fields that a body may have and that are ignored.
    pub ignored: Vec<&'static str>,
}

impl<'a> BodyDescription<'a> {
    /// A description without fields yet, with schemas of what may be sent.
    pub fn new(generator: &'a mut SchemaGenerator) -> Self {
        Self {
            generator,
            fields: Vec::new(),
            ignored: Vec::new(),
        }
    }

    /// Fields that a body may have and that are ignored.
    pub fn ignore(&mut self, names: &[&'static str]) {
        self.ignored.extend(names);
    }

    /// Gives the elements of a list this schema, if its type cannot say what they are.
    pub fn elements(&mut self, name: &str, schema: &Value) {
        let mut fields = self.fields.iter_mut();
        if let Some(field) = fields.find(|field| field.name == name) {
            field.schema.insert("items".to_owned(), schema.clone());
        }
    }

    fn add<T: JsonSchema>(&mut self, name: &'static str, is_required: bool) -> &mut DescribedField {
        let schema = self.generator.subschema_for::<T>();
        self.fields.push(DescribedField {
            name,
            schema,
            is_required,
            default: None,
        });
        let added = self.fields.len() - 1;
        &mut self.fields[added]
    }
}

impl FieldReader for BodyDescription<'_> {
    fn mandatory<T: FromJson>(&mut self, name: &'static str) -> Option<T> {
        self.add::<T>(name, true);
        None
    }

    fn value<T: FromJson + Serialize>(&mut self, name: &'static str, current: T) -> T {
        self.add::<T>(name, false).default = serde_json::to_value(&current).ok();
        current
    }

    fn optional<T: FromJson>(&mut self, name: &'static str) -> Option<T> {
        self.add::<T>(name, false);
        None
    }

    fn nullable<T: FromJson>(&mut self, name: &'static str, current: Option<T>) -> Option<T> {
        self.add::<Option<T>>(name, false);
        current
    }

    fn required_with<T: JsonSchema>(
        &mut self,
        name: &'static str,
        current: T,
        _: impl FnOnce(&Value, &ResolvedIds, &mut ErrorSink<'_>) -> Option<T>,
    ) -> T {
        self.add::<T>(name, true);
        current
    }

    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }

    /// Nothing was sent that could be checked.
    fn are_valid(&self, _: &[&str]) -> bool {
        false
    }

    fn is_sent(&self, _: &str) -> bool {
        false
    }

    fn quote(&self, _: &str) -> String {
        String::new()
    }

    fn refuse(&mut self, _: &str, _: Code, _: impl Into<String>) {}
}
