//! Amounts of money, and their sums.

use std::borrow::Cow;
use std::fmt;
use std::ops::AddAssign;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::decimal::{Decimal, Scaled};
use super::{FromJson, FromText};
use crate::problem::{Code, ErrorSink, Violation};

/// Thousandths of a major unit: an amount has 3 decimal places.
const THOUSANDTHS: u128 = 1_000;

/// What no amount reaches: it has at most 15 digits before the point.
const LIMIT: i64 = 1_000_000_000_000_000;

/// What a written amount looks like.
const WRITTEN_PATTERN: &str = r"^-?[0-9]+\.[0-9]{3}$";

/// An amount of money in major units: at most 15 digits before the point and 3 after it, never a
/// float.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(Scaled);

impl Money {
    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is above zero.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The amount in thousandths of a major unit: a whole number.
    pub fn thousandths(self) -> i64 {
        self.0
    }
}

impl Decimal for Money {
    const PLACES: usize = 3;

    fn from_scaled(scaled: Scaled, _: impl Fn() -> String) -> Result<Self, Violation> {
        Ok(Self(scaled))
    }
}

impl fmt::Display for Money {
    /// Always with exactly 3 places.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sum::from(*self).fmt(f)
    }
}

impl FromText for Money {
    fn from_text(text: &str) -> Result<Self, Violation> {
        Self::from_digits(text)
    }
}

impl JsonSchema for Money {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        match generator.contract().is_deserialize() {
            true => sent(r"^-?0*[0-9]{1,15}(\.[0-9]{1,3}0*)?$", -LIMIT),
            false => json_schema!({ "type": "string", "pattern": WRITTEN_PATTERN }),
        }
    }
}

impl FromJson for Money {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        Self::from_number_or_string(json, errors)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).map_err(|violation| de::Error::custom(violation.detail))
    }
}

/// An amount of money that is zero or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NonNegativeMoney(Money);

impl NonNegativeMoney {
    /// The amount.
    pub fn amount(self) -> Money {
        self.0
    }
}

impl Decimal for NonNegativeMoney {
    const PLACES: usize = Money::PLACES;

    fn from_scaled(scaled: Scaled, got: impl Fn() -> String) -> Result<Self, Violation> {
        if scaled < 0 {
            let detail = format!("must not be negative, got {}", got());
            return Err(Violation::new(Code::OutOfRange, detail));
        }
        Ok(Self(Money(scaled)))
    }
}

impl JsonSchema for NonNegativeMoney {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NonNegativeMoney".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        match generator.contract().is_deserialize() {
            true => sent(r"^(0*[0-9]{1,15}(\.[0-9]{1,3}0*)?|-0+(\.0+)?)$", 0),
            false => Money::json_schema(generator),
        }
    }
}

impl FromJson for NonNegativeMoney {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        Self::from_number_or_string(json, errors)
    }
}

/// The schema of an amount that may be sent as such a string, or as a number from `minimum` on.
fn sent(pattern: &str, minimum: i64) -> Schema {
    json_schema!({
        "anyOf": [
            { "type": "string", "pattern": pattern },
            { "type": "number", "minimum": minimum, "exclusiveMaximum": LIMIT },
        ],
    })
}

/// A sum of amounts: exact, however many there are. `i128` holds 10^20 amounts of 15 digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(inline, extend("pattern" = WRITTEN_PATTERN))]
pub struct Sum(#[schemars(with = "String")] i128);

impl Sum {
    /// A sum of so many thousandths of a major unit.
    pub fn from_thousandths(thousandths: i128) -> Self {
        Self(thousandths)
    }

    /// The sum in thousandths of a major unit: a whole number.
    pub fn thousandths(self) -> i128 {
        self.0
    }
}

impl From<Money> for Sum {
    fn from(amount: Money) -> Self {
        Self(amount.0.into())
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl std::iter::Sum<Money> for Sum {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Self {
        Self(amounts.map(|amount| i128::from(amount.0)).sum())
    }
}

impl fmt::Display for Sum {
    /// As an amount of money, with exactly 3 places.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let thousandths = self.0.unsigned_abs();
        let (whole, fraction) = (thousandths / THOUSANDTHS, thousandths % THOUSANDTHS);
        write!(f, "{sign}{whole}.{fraction:03}")
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
