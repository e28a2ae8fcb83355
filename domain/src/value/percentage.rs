//! Percentages.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::decimal::{Decimal, Scaled};
use super::{FromJson, FromText};
use crate::problem::{Code, ErrorSink, Violation};

/// The units of one percent.
const PERCENT: u64 = 10_000;
/// 100 %, in units.
const WHOLE: u64 = 100 * PERCENT;

/// A share from 0 to 100 with at most 4 decimal places, in ten-thousandths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percentage(u64);

/// Percentages that add up to more than 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Above100(u64);

impl Percentage {
    /// No share at all.
    pub const ZERO: Self = Self(0);

    /// The share in millionths of the whole: a whole number.
    pub fn millionths(self) -> u64 {
        self.0
    }

    /// The sum.
    ///
    /// # Errors
    /// The sum, if it is above 100.
    pub fn sum(parts: impl IntoIterator<Item = Self>) -> Result<Self, Above100> {
        let sum = parts.into_iter().map(|part| part.0).sum();
        if sum <= WHOLE {
            Ok(Self(sum))
        } else {
            Err(Above100(sum))
        }
    }
}

impl Decimal for Percentage {
    const PLACES: usize = 4;

    fn from_scaled(scaled: Scaled, got: impl Fn() -> String) -> Result<Self, Violation> {
        let limit = if scaled < 0 {
            "at least 0"
        } else {
            "at most 100"
        };
        u64::try_from(scaled)
            .ok()
            .filter(|units| *units <= WHOLE)
            .map(Self)
            .ok_or_else(|| {
                Violation::new(Code::OutOfRange, format!("must be {limit}, got {}", got()))
            })
    }
}

impl fmt::Display for Percentage {
    /// Without zeros at the end, as in `33.3333` or `20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, f)
    }
}

impl fmt::Display for Above100 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, f)
    }
}

fn write(units: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (whole, fraction) = (units / PERCENT, units % PERCENT);
    if fraction == 0 {
        return write!(f, "{whole}");
    }
    let text = format!("{whole}.{fraction:04}");
    f.write_str(text.trim_end_matches('0'))
}

impl FromText for Percentage {
    fn from_text(text: &str) -> Result<Self, Violation> {
        Self::from_digits(text)
    }
}

impl JsonSchema for Percentage {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Percentage".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let number = json_schema!({ "type": "number", "minimum": 0, "maximum": 100 });
        let digits = json_schema!({
            "type": "string",
            "pattern": r"^(0*(100(\.0+)?|[0-9]{1,2}(\.[0-9]{1,4}0*)?)|-0+(\.0+)?)$",
        });
        match generator.contract().is_deserialize() {
            true => json_schema!({ "anyOf": [number, digits] }),
            false => number,
        }
    }
}

impl FromJson for Percentage {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        Self::from_number_or_string(json, errors)
    }
}

impl Serialize for Percentage {
    /// A number. A percentage has at most 7 significant digits, of which the shortest text of a
    /// 64-bit float keeps every one; a test tries all 1,000,001 of them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(PERCENT) {
            serializer.serialize_u64(self.0 / PERCENT)
        } else {
            serializer.serialize_f64(self.0 as f64 / PERCENT as f64)
        }
    }
}

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Self::from_text(&number.to_string())
            .map_err(|violation| de::Error::custom(violation.detail))
    }
}
