//! A value out of a closed list.

use schemars::JsonSchema;
use serde_json::Value;
use strum::VariantArray;

use super::{FromJson, FromText, string};
use crate::problem::{Code, ErrorSink, Violation, quote};

/// An enum without fields, whose variants have the names that clients send and read.
pub trait StringEnum: JsonSchema + VariantArray + Into<&'static str> + Copy {
    /// The name that clients send and read.
    fn name(self) -> &'static str {
        self.into()
    }
}

impl<T: StringEnum> FromText for T {
    fn from_text(text: &str) -> Result<Self, Violation> {
        let found = T::VARIANTS.iter().find(|variant| variant.name() == text);
        found.copied().ok_or_else(|| {
            let names = T::VARIANTS.iter().map(|variant| quote(variant.name()));
            let allowed = names.collect::<Vec<_>>().join(", ");
            let detail = format!("must be one of {allowed}, got {}", quote(text));
            Violation::new(Code::InvalidValue, detail)
        })
    }
}

impl<T: StringEnum> FromJson for T {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        string(json, errors)
    }
}
