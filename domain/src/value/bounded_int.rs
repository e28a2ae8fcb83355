//! Whole numbers with limits.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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

impl<const MAX: u64> FromJson for BoundedInt<MAX> {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        let number = errors.take(
            json.as_number()
                .ok_or_else(|| wrong_type("a whole number", json)),
        )?;
        let text = number.as_str();
        if !text
            .trim_start_matches('-')
            .bytes()
            .all(|byte| byte.is_ascii_digit())
        {
            errors.add(
                Code::InvalidType,
                format!("must be a whole number, got {}", shorten(text)),
            );
            return None;
        }
        let value = number.as_u64().filter(|value| *value <= MAX);
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
