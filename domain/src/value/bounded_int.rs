//! Whole numbers with limits.

use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::metadata::decimal;
use super::{FromJson, wrong_type};
use crate::problem::{Code, ErrorSink, shorten};

/// A whole number from 0 to `MAX`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline, rename = "From0To{MAX}", extend("maximum" = MAX))]
pub struct BoundedInt<const MAX: u64>(u64);

impl<const MAX: u64> BoundedInt<MAX> {
    /// The number, which must be in range: for constants.
    pub const fn new(number: u64) -> Self {
        assert!(number <= MAX, "the number is in range");
        Self(number)
    }
}

impl<const MAX: u64> fmt::Display for BoundedInt<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A whole number from 0, however it is written: `1.0` is 1, as in JSON Schema.
pub fn whole_number(json: &Value) -> Option<u64> {
    let whole = decimal(json.as_number()?.as_str()).filter(Decimal::is_integer);
    whole?.to_u64()
}

impl<const MAX: u64> FromJson for BoundedInt<MAX> {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        let number = errors.take(
            json.as_number()
                .ok_or_else(|| wrong_type("a whole number", json)),
        )?;
        let text = number.as_str();
        let mut digits = text.trim_start_matches('-').bytes();
        let is_digits = digits.all(|byte| byte.is_ascii_digit());
        let whole = decimal(text).filter(Decimal::is_integer);
        if whole.is_none() && !is_digits {
            let detail = format!("must be a whole number, got {}", shorten(text));
            errors.add(Code::InvalidType, detail);
            return None;
        }
        let value = whole.and_then(|whole| whole.to_u64());
        let value = value.filter(|value| *value <= MAX);
        if value.is_none() {
            let got = shorten(text);
            errors.add(
                Code::OutOfRange,
                format!("must be from 0 to {MAX}, got {got}"),
            );
        }
        value.map(Self)
    }
}
