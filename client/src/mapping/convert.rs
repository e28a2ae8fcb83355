//! How the text of a cell becomes the value of a field.

use domain::json;
use domain::problem::quote;
use serde_json::{Map, Number, Value, json};

use super::cells::Cell;
use super::number::NumberFormat;
use super::time::TimeFormat;

/// How the text of a cell becomes the value of a field.
#[derive(Clone, Debug)]
pub enum Convert {
    /// It is the value. The domain reads texts of amounts, percentages, days and instants.
    Text,
    /// `true` or `false`, in any case.
    Boolean,
    /// Digits.
    Whole,
    /// An amount.
    Number(NumberFormat),
    /// A day or an instant.
    Time(TimeFormat),
    /// Texts with a separator between them, or JSON.
    Texts(String),
    /// The text of a JSON value.
    Json,
    /// The allocations of a rule: JSON, or `payee=percentage` with a separator.
    Allocations(String),
}

/// Why a cell has no value.
pub type Refusal = (&'static str, String);

/// What an amount depends on besides its text.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// The currency of the record.
    pub currency: Option<&'a str>,
    /// The type of the record.
    pub kind: Option<&'a str>,
}

impl Convert {
    /// The value of a cell that is not empty.
    ///
    /// # Errors
    /// Why it has none.
    pub fn value(&self, cell: Cell<'_>, context: Context<'_>) -> Result<Value, Refusal> {
        let text = match cell {
            Cell::Text(text) => text,
            Cell::Empty => return Ok(Value::Null),
            Cell::Json(nested) => return self.nested(nested),
        };
        match self {
            Self::Text => Ok(Value::String(text.into_owned())),
            Self::Boolean if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
            Self::Boolean if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
            Self::Boolean => Err(refuse("invalid_type", "true or false", &text)),
            Self::Whole => whole(&text),
            Self::Number(format) => {
                let digits = format.read(&text, context.currency, context.kind);
                digits
                    .map(Value::String)
                    .map_err(|detail| ("invalid_format", detail))
            }
            Self::Time(format) => {
                let time = format.read(&text);
                time.map(Value::String)
                    .map_err(|problem| (problem.code, problem.detail))
            }
            Self::Texts(_) if text.trim_start().starts_with('[') => parse(&text),
            Self::Texts(separator) => Ok(text.split(&**separator).map(str::trim).collect()),
            Self::Json => parse(&text),
            Self::Allocations(_) if text.trim_start().starts_with('[') => parse(&text),
            Self::Allocations(separator) => allocations(&text, separator),
        }
    }

    fn nested(&self, nested: &Value) -> Result<Value, Refusal> {
        match self {
            Self::Texts(_) | Self::Json | Self::Allocations(_) => Ok(nested.clone()),
            Self::Text | Self::Boolean | Self::Whole | Self::Number(_) | Self::Time(_) => {
                let got = if nested.is_array() {
                    "a list"
                } else {
                    "an object"
                };
                Err(("invalid_type", format!("must be a single value, got {got}")))
            }
        }
    }
}

fn refuse(code: &'static str, expected: &str, text: &str) -> Refusal {
    (code, format!("must be {expected}, got {}", quote(text)))
}

fn whole(text: &str) -> Result<Value, Refusal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<Number>().ok().filter(|_| is_digits);
    number
        .map(Value::Number)
        .ok_or_else(|| refuse("invalid_type", "a whole number", text))
}

fn parse(text: &str) -> Result<Value, Refusal> {
    json::parse(text.as_bytes()).map_err(|error| {
        let detail = format!("must be JSON, got {}: {error}", quote(text));
        ("malformed_json", detail)
    })
}

/// Reads `partner-17=20; partner-18=5.5`: payees by external id with their percentages. The last
/// equals sign counts, as an external id may have one too.
fn allocations(text: &str, separator: &str) -> Result<Value, Refusal> {
    let parts = text.split(separator).map(str::trim);
    let read = |part: &str| {
        let (payee, percentage) = part.rsplit_once('=').ok_or_else(|| {
            let expected =
                format!("a JSON list, or such as \"partner-17=20{separator} partner-18=5.5\"");
            refuse("invalid_format", &expected, text)
        })?;
        let mut allocation = Map::new();
        allocation.insert("payee_external_id".to_owned(), json!(payee.trim()));
        allocation.insert("percentage".to_owned(), json!(percentage.trim()));
        Ok(Value::Object(allocation))
    };
    parts.map(read).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail so")]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn value(convert: &Convert, text: &str) -> Result<Value, Refusal> {
        convert.value(Cell::Text(Cow::Borrowed(text)), Context::default())
    }

    #[test]
    fn texts_become_values_of_the_type_of_the_field() {
        assert_eq!(value(&Convert::Boolean, "TRUE"), Ok(json!(true)));
        assert_eq!(value(&Convert::Whole, "100"), Ok(json!(100)));
        let tags = Convert::Texts(";".to_owned());
        assert_eq!(value(&tags, "pro; eu"), Ok(json!(["pro", "eu"])));
        assert_eq!(value(&tags, r#"["a;b"]"#), Ok(json!(["a;b"])));
    }

    #[test]
    fn what_is_not_of_the_type_is_refused_as_it_was_sent() {
        let (code, detail) = value(&Convert::Boolean, "yes").unwrap_err();
        assert_eq!(
            (code, &*detail),
            ("invalid_type", "must be true or false, got \"yes\"")
        );
        for text in ["1.5", "1e3", "", "-", "+1", "0x1"] {
            assert!(value(&Convert::Whole, text).is_err(), "{text}");
        }
        let (code, _) = value(&Convert::Json, "[1,").unwrap_err();
        assert_eq!(code, "malformed_json");
    }

    #[test]
    fn allocations_are_json_or_pairs() {
        let convert = Convert::Allocations(";".to_owned());
        let expected = json!([
            {"payee_external_id": "a=b", "percentage": "20"},
            {"payee_external_id": "c", "percentage": "5.5"},
        ]);
        assert_eq!(value(&convert, "a=b=20; c=5.5"), Ok(expected));
        let tiers = r#"[{"payee_id": "x", "tiers": []}]"#;
        assert_eq!(
            value(&convert, tiers),
            Ok(json!([{"payee_id": "x", "tiers": []}]))
        );
        assert!(
            value(&convert, "partner-17 20 %")
                .unwrap_err()
                .1
                .contains("partner-17=20")
        );
    }
}
