//! A value out of a closed list.

use serde::de::{DeserializeOwned, IntoDeserializer, value::Error};
use serde_json::Value;

use super::{FromJson, FromText, string};
use crate::problem::{Code, Reason, Report, quoted};

/// A field-less enum, whose names are those that serde gives it.
pub trait Choice: DeserializeOwned {}

impl<T: Choice> FromText for T {
    fn from_text(text: &str) -> Result<Self, Reason> {
        T::deserialize(text.into_deserializer()).map_err(|error: Error| {
            let message = error.to_string();
            let allowed = message
                .split_once("expected ")
                .map_or(message.as_str(), |(_, allowed)| allowed);
            let detail = format!(
                "must be {}, got {}",
                allowed.replace('`', "\""),
                quoted(text)
            );
            Reason::new(Code::InvalidValue, detail)
        })
    }
}

impl<T: Choice> FromJson for T {
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self> {
        string(json, report)
    }
}
