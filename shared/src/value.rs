//! The values that resources are made of: each is valid once it exists, and says why it could not be made.

mod choice;
mod currency;
mod decimal;
mod list;
mod metadata;
mod revenue_type;
mod text;
mod time;
mod whole;

use serde_json::Value;

pub use choice::Choice;
pub use currency::Currency;
pub use decimal::{Money, Percentage, Sum};
pub use list::{List, each_with};
pub use metadata::{METADATA_BYTES_MAX, METADATA_KEYS_MAX, Metadata, Scalar};
pub use revenue_type::RevenueType;
pub use text::{EXTERNAL_ID_CHARACTERS_MAX, Email, ExternalId, Text};
pub use time::{Date, Timestamp};
pub use whole::Whole;

use crate::problem::{Code, Reason, Report};

/// A value that can be read from a request body.
pub trait FromJson: Sized {
    /// The value, or `None` with at least one problem reported.
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self>;
}

/// A value that can be read from text, such as a query parameter.
pub trait FromText: Sized {
    /// The value of a text.
    ///
    /// # Errors
    /// The reason, if the text is not one.
    fn from_text(text: &str) -> Result<Self, Reason>;
}

/// Reads a JSON string into a value made from text.
pub fn string<T: FromText>(json: &Value, report: &mut Report<'_>) -> Option<T> {
    let text = report.take(json.as_str().ok_or_else(|| wrong_type("a string", json)))?;
    report.take(T::from_text(text))
}

/// Says which JSON type was expected and which came.
pub fn wrong_type(expected: &str, json: &Value) -> Reason {
    let got = match json {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Reason::new(Code::InvalidType, format!("must be {expected}, got {got}"))
}

impl FromJson for bool {
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self> {
        report.take(
            json.as_bool()
                .ok_or_else(|| wrong_type("true or false", json)),
        )
    }
}

impl FromJson for uuid::Uuid {
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self> {
        string(json, report)
    }
}

impl FromText for uuid::Uuid {
    fn from_text(text: &str) -> Result<Self, Reason> {
        crate::id::parse(text).ok_or_else(|| {
            Reason::new(
                Code::InvalidFormat,
                format!("must be a UUID, got {}", crate::problem::quoted(text)),
            )
        })
    }
}
