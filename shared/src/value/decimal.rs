//! Exact decimals: amounts of money and percentages.

use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::{FromJson, FromText, wrong_type};
use crate::problem::{Code, Reason, Report, quoted};

/// The most digits of an amount before the point.
const INTEGER_DIGITS_MAX: usize = 15;
/// The most decimal places of an amount.
const MONEY_PLACES_MAX: usize = 3;
/// The most decimal places of a percentage.
const PERCENTAGE_PLACES_MAX: usize = 4;

/// An amount of money: at most 15 digits before the point and 3 after it, never a float.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(Decimal);

impl Money {
    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < Decimal::ZERO
    }

    /// Whether it is above zero.
    pub fn is_positive(self) -> bool {
        self.0 > Decimal::ZERO
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The amount in thousandths: a whole number.
    pub fn thousandths(self) -> i128 {
        let mut exact = self.0;
        exact.rescale(MONEY_PLACES_MAX as u32);
        exact.mantissa()
    }
}

impl fmt::Display for Money {
    /// Always with exactly 3 places.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl FromText for Money {
    fn from_text(text: &str) -> Result<Self, Reason> {
        exact(text, MONEY_PLACES_MAX).map(Self)
    }
}

impl FromJson for Money {
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self> {
        number_or_string(json, report)
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
        Self::from_text(&text).map_err(|reason| de::Error::custom(reason.detail))
    }
}

/// A sum of amounts, in thousandths: exact, however many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum(pub i128);

impl fmt::Display for Sum {
    /// As an amount of money, with exactly 3 places.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let thousandths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:03}", thousandths / 1000, thousandths % 1000)
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A share from 0 to 100 with at most 4 decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percentage(Decimal);

impl Percentage {
    /// No share at all.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The sum.
    ///
    /// # Errors
    /// The sum, if it is above 100.
    pub fn sum(parts: impl IntoIterator<Item = Self>) -> Result<Self, Decimal> {
        let sum: Decimal = parts.into_iter().map(|part| part.0).sum();
        if sum <= Decimal::ONE_HUNDRED {
            Ok(Self(sum.normalize()))
        } else {
            Err(sum.normalize())
        }
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromText for Percentage {
    fn from_text(text: &str) -> Result<Self, Reason> {
        let value = exact(text, PERCENTAGE_PLACES_MAX)?;
        if value < Decimal::ZERO {
            return Err(Reason::new(
                Code::OutOfRange,
                format!("must be at least 0, got {value}"),
            ));
        }
        if value > Decimal::ONE_HUNDRED {
            return Err(Reason::new(
                Code::OutOfRange,
                format!("must be at most 100, got {value}"),
            ));
        }
        Ok(Self(value.normalize()))
    }
}

impl FromJson for Percentage {
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self> {
        number_or_string(json, report)
    }
}

impl Serialize for Percentage {
    /// A number. A percentage has at most 7 significant digits, of which the shortest text of a float
    /// gives back each one; a test tries all of them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0.is_integer(), self.0.to_u64(), self.0.to_f64()) {
            (true, Some(whole), _) => serializer.serialize_u64(whole),
            (_, _, Some(fraction)) => serializer.serialize_f64(fraction),
            (_, _, None) => Err(serde::ser::Error::custom("a percentage is a finite number")),
        }
    }
}

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Self::from_text(&number.to_string()).map_err(|reason| de::Error::custom(reason.detail))
    }
}

/// Reads the digits of a JSON number or string; neither passes through a float.
fn number_or_string<T: FromText>(json: &Value, report: &mut Report<'_>) -> Option<T> {
    match json {
        Value::String(text) => report.take(T::from_text(text)),
        Value::Number(number) => report.take(T::from_text(number.as_str())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            report.take(Err(wrong_type("a number, or a string of digits", json)))
        }
    }
}

/// Parses `-?digits[.digits]` without any rounding.
fn exact(text: &str, places_max: usize) -> Result<Decimal, Reason> {
    let format =
        |what: &str| Reason::new(Code::InvalidFormat, format!("{what}, got {}", quoted(text)));
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(format(
            "must be a plain decimal such as 249.5, without an exponent",
        ));
    }
    if fraction.len() > places_max {
        return Err(format(&format!(
            "must have at most {places_max} decimal places"
        )));
    }
    if whole.trim_start_matches('0').len() > INTEGER_DIGITS_MAX {
        let detail = format!(
            "must have at most {INTEGER_DIGITS_MAX} digits before the point, got {}",
            quoted(text)
        );
        return Err(Reason::new(Code::OutOfRange, detail));
    }
    let value: Decimal = text
        .parse()
        .map_err(|_| format("must be a plain decimal"))?;
    // Minus zero is zero.
    Ok(if value.is_zero() {
        Decimal::ZERO
    } else {
        value
    })
}
