//! What a record of an upsert says in addition to its fields.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};

use crate::fields::Object;
use crate::problem::{Code, ErrorSink};
use crate::schema::string_enum;
use crate::value::{FromJson, StringEnum, whole_number};

/// What an upsert may do with a record.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr, VariantArray, Serialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(transform = string_enum)]
pub enum UpsertMode {
    /// Create it, if it does not exist.
    CreateOnly,
    /// Update it, if it exists.
    UpdateOnly,
    /// Either.
    #[default]
    CreateOrUpdate,
}

impl StringEnum for UpsertMode {}

/// What a record of an upsert says in addition to its fields.
#[derive(Clone, Copy, Debug)]
pub struct Upsert {
    /// The version that the record must have.
    pub version: Option<u64>,
    /// What may be done; nothing if it is not valid. That is reported, and not also what only a
    /// create requires.
    pub mode: Option<UpsertMode>,
}

impl Upsert {
    /// Takes it out of the fields of a record. `mode` is that of a record that does not say it.
    pub fn take(fields: &mut Object, mode: UpsertMode, errors: &mut ErrorSink<'_>) -> Self {
        let version = take_version(fields, errors);
        let mode = match fields.shift_remove("operation") {
            None => Some(mode),
            Some(json) => UpsertMode::from_json(&json, &mut errors.at("operation")),
        };
        let missing = match fields.get("external_id") {
            None => Some((Code::Required, "is required: it names the record")),
            Some(Value::Null) => Some((Code::NotNullable, "must not be null: it names the record")),
            Some(_) => None,
        };
        if let Some((code, detail)) = missing {
            errors.at("external_id").add(code, detail);
        }
        Self { version, mode }
    }
}

/// Takes the version out of the fields: it is a precondition, not a value.
pub fn take_version(fields: &mut Object, errors: &mut ErrorSink<'_>) -> Option<u64> {
    let json = fields.shift_remove("version")?;
    let version = whole_number(&json).filter(|version| *version > 0);
    if version.is_none() {
        let detail = "must be the version of the record, a whole number from 1";
        errors.at("version").add(Code::InvalidType, detail);
    }
    version
}
