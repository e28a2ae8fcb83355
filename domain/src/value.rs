//! The values that resources are made of. Each is valid once it exists, and says why it could not
//! be made.

mod bounded_int;
mod currency;
mod currency_codes;
mod decimal;
mod metadata;
mod money;
mod percentage;
mod string_enum;
mod text;
mod time;
mod unique_list;

use schemars::JsonSchema;
use serde_json::Value;

pub use bounded_int::{BoundedInt, whole_number};
pub use currency::Currency;
pub use metadata::{METADATA_BYTES_MAX, METADATA_KEYS_MAX, Metadata, Scalar};
pub use money::{Money, NonNegativeMoney, Sum};
pub use percentage::Percentage;
pub use string_enum::StringEnum;
pub use text::{EXTERNAL_ID_CHARACTERS_MAX, Email, ExternalId, Note, Text};
pub use time::{Date, Timestamp};
pub use unique_list::{UniqueList, each_with};

use crate::problem::{Code, ErrorSink, Violation, quote};

/// A value that can be read from a request body. Its schema says what is accepted.
pub trait FromJson: JsonSchema + Sized {
    /// The value, or `None` with at least one problem reported.
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self>;
}

/// A value that can be read from text, such as a query parameter.
pub trait FromText: Sized {
    /// Parses the text.
    ///
    /// # Errors
    /// Why the text is not such a value.
    fn from_text(text: &str) -> Result<Self, Violation>;
}

/// Reads a JSON string into a value that is parsed from text.
pub fn string<T: FromText>(json: &Value, errors: &mut ErrorSink<'_>) -> Option<T> {
    let text = errors.take(json.as_str().ok_or_else(|| wrong_type("a string", json)))?;
    errors.take(T::from_text(text))
}

/// Names the JSON type that was expected and the one that was sent.
pub fn wrong_type(expected: &str, json: &Value) -> Violation {
    let got = match json {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Violation::new(Code::InvalidType, format!("must be {expected}, got {got}"))
}

impl FromJson for bool {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        errors.take(
            json.as_bool()
                .ok_or_else(|| wrong_type("true or false", json)),
        )
    }
}

impl FromJson for uuid::Uuid {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        string(json, errors)
    }
}

impl FromText for uuid::Uuid {
    fn from_text(text: &str) -> Result<Self, Violation> {
        parse_uuid(text).ok_or_else(|| {
            let detail = format!("must be a UUID, got {}", quote(text));
            Violation::new(Code::InvalidFormat, detail)
        })
    }
}

/// The UUID in a text: hyphenated, in either case.
pub fn parse_uuid(text: &str) -> Option<uuid::Uuid> {
    const HYPHENATED_LENGTH: usize = 36;
    (text.len() == HYPHENATED_LENGTH)
        .then(|| uuid::Uuid::try_parse(text).ok())
        .flatten()
}
