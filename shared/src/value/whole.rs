//! Whole numbers with limits.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FromJson, wrong_type};
use crate::problem::{Code, Report};

/// A whole number from 0 to `MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Whole<const MAX: u64>(u64);

impl<const MAX: u64> Whole<MAX> {
    /// The number, which must be in range: for constants.
    pub const fn new(number: u64) -> Self {
        assert!(number <= MAX, "the number is in range");
        Self(number)
    }
}

impl<const MAX: u64> FromJson for Whole<MAX> {
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self> {
        let number = report.take(
            json.as_number()
                .ok_or_else(|| wrong_type("a whole number", json)),
        )?;
        let text = number.as_str();
        if !text
            .trim_start_matches('-')
            .bytes()
            .all(|byte| byte.is_ascii_digit())
        {
            report.add(
                Code::InvalidType,
                format!(
                    "must be a whole number, got {}",
                    crate::problem::quoted(text)
                ),
            );
            return None;
        }
        let value = number.as_u64().filter(|value| *value <= MAX);
        if value.is_none() {
            let got = crate::problem::quoted(text);
            report.add(
                Code::OutOfRange,
                format!("must be from 0 to {MAX}, got {got}"),
            );
        }
        value.map(Self)
    }
}
