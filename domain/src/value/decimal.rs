//! Reading exact decimals: digits become a whole number of the smallest unit, never a float.

use serde_json::Value;

use super::wrong_type;
use crate::problem::{Code, ErrorSink, Violation, quote, shorten};

/// The most digits of a decimal before the point.
const INTEGER_DIGITS_MAX: usize = 15;

/// A decimal in units of its last possible place: `1.5` with 3 places is 1500.
pub(super) type Scaled = i64;

/// A decimal that can be read with up to `PLACES` decimal places.
pub(super) trait Decimal: Sized {
    const PLACES: usize;

    /// The value of a whole number of units; `got` quotes what was sent.
    fn from_scaled(scaled: Scaled, got: impl Fn() -> String) -> Result<Self, Violation>;

    /// Parses the digits of a text.
    fn from_digits(text: &str) -> Result<Self, Violation> {
        Self::read(text, || quote(text))
    }

    /// Parses digits; `got` quotes what was sent.
    fn read(text: &str, got: impl Fn() -> String) -> Result<Self, Violation> {
        Self::from_scaled(scaled(text, Self::PLACES, &got)?, got)
    }

    /// Reads a JSON number or a string of digits.
    fn from_number_or_string(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        match json {
            Value::String(text) => errors.take(Self::from_digits(text)),
            Value::Number(number) => {
                let text = number.as_str();
                errors.take(Self::read(text, || shorten(text)))
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                errors.take(Err(wrong_type("a number or a string of digits", json)))
            }
        }
    }
}

/// Parses `-?digits[.digits]` without any rounding. Zeros after the last place are ignored.
fn scaled(text: &str, places: usize, got: impl Fn() -> String) -> Result<Scaled, Violation> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (-1, unsigned),
        None => (1, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        let detail = format!(
            "must be a plain decimal such as 249.5, without an exponent, got {}",
            got()
        );
        return Err(Violation::new(Code::InvalidFormat, detail));
    }
    // Databases with a fixed number of decimal places send zeros at the end.
    let (kept, beyond) = fraction.split_at(fraction.len().min(places));
    if beyond.bytes().any(|digit| digit != b'0') {
        let detail = format!("must have at most {places} decimal places, got {}", got());
        return Err(Violation::new(Code::InvalidFormat, detail));
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > INTEGER_DIGITS_MAX {
        let detail = format!(
            "must have at most {INTEGER_DIGITS_MAX} digits before the point, got {}",
            got()
        );
        return Err(Violation::new(Code::OutOfRange, detail));
    }
    let padding = std::iter::repeat_n(b'0', places - kept.len());
    let digits = whole.bytes().chain(kept.bytes()).chain(padding);
    digits
        .map(|digit| Scaled::from(digit - b'0'))
        .try_fold(0, |number: Scaled, digit| {
            number.checked_mul(10)?.checked_add(digit)
        })
        .map(|number| sign * number)
        .ok_or_else(|| Violation::new(Code::OutOfRange, format!("is too large, got {}", got())))
}
