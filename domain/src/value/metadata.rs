//! The caller's own notes on a record.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Number, Value};

use super::{FromJson, wrong_type};
use crate::problem::{Code, ErrorSink, Violation, shorten};

/// The most keys of one metadata object.
pub const METADATA_KEYS_MAX: usize = 50;
/// The most characters of a metadata key.
const KEY_CHARACTERS_MAX: usize = 64;
/// What a key must not begin with: programs that share our JSON library mistake such an object for
/// a number.
const RESERVED_PREFIX: &str = "$serde_json::private::";
/// The most bytes of one metadata object, as JSON.
pub const METADATA_BYTES_MAX: usize = 8 * 1024;

/// A flat object of strings, numbers and booleans.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend(
    "maxProperties" = METADATA_KEYS_MAX,
    "propertyNames" = { "minLength": 1, "maxLength": KEY_CHARACTERS_MAX },
))]
pub struct Metadata(BTreeMap<String, Scalar>);

/// One value of a metadata object.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline, transform = crate::schema::scalar)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number below zero.
    Negative(i64),
    /// A whole number from zero.
    Whole(u64),
    /// A number that a 64-bit float keeps exactly.
    Fraction(f64),
    /// A string.
    Text(String),
}

impl Hash for Scalar {
    /// Equal numbers have one form, so that their bits are equal too.
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Bool(bool) => bool.hash(state),
            Self::Negative(number) => number.hash(state),
            Self::Whole(number) => number.hash(state),
            Self::Fraction(number) => number.to_bits().hash(state),
            Self::Text(text) => text.hash(state),
        }
    }
}

impl Metadata {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Scalar> {
        self.0.get(key)
    }

    /// The keys with their values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Scalar)> {
        self.0.iter()
    }
}

impl FromJson for Metadata {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        let object = errors.take(
            json.as_object()
                .ok_or_else(|| wrong_type("an object", json)),
        )?;
        if object.len() > METADATA_KEYS_MAX {
            errors.add(
                Code::TooMany,
                format!(
                    "must have at most {METADATA_KEYS_MAX} keys, got {}",
                    object.len()
                ),
            );
            return None;
        }
        let bytes = json.to_string().len();
        if bytes > METADATA_BYTES_MAX {
            errors.add(
                Code::TooLong,
                format!("must be at most {METADATA_BYTES_MAX} bytes of JSON, got {bytes}"),
            );
            return None;
        }
        let entries: Vec<_> = object
            .iter()
            .map(|(key, value)| entry(key, value, &mut errors.at(key)))
            .collect();
        entries.into_iter().collect::<Option<_>>().map(Self)
    }
}

fn entry(key: &str, value: &Value, errors: &mut ErrorSink<'_>) -> Option<(String, Scalar)> {
    let characters = key.chars().count();
    if characters == 0 {
        errors.add(Code::TooShort, "a key must have at least 1 character");
        return None;
    }
    if characters > KEY_CHARACTERS_MAX {
        errors.add(
            Code::TooLong,
            format!("a key must have at most {KEY_CHARACTERS_MAX} characters, got {characters}"),
        );
        return None;
    }
    if key.starts_with(RESERVED_PREFIX) {
        let detail = format!("a key must not begin with {RESERVED_PREFIX}");
        errors.add(Code::InvalidValue, detail);
        return None;
    }
    let scalar = match value {
        Value::Bool(bool) => Scalar::Bool(*bool),
        Value::String(text) => Scalar::Text(text.clone()),
        Value::Number(number) => errors.take(exact(number))?,
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return errors.take(Err(wrong_type("a string, number or boolean", value)));
        }
    };
    Some((key.to_owned(), scalar))
}

/// The number, if it can be kept without changing it.
fn exact(number: &Number) -> Result<Scalar, Violation> {
    let text = number.as_str();
    // A whole number is stored and returned as one, however it was written: 1.0 and 1e0 are 1, and
    // -0 is 0.
    if let Some(whole) = decimal(text).filter(Decimal::is_integer) {
        if let Some(whole) = whole.to_u64() {
            return Ok(Scalar::Whole(whole));
        }
        if let Some(negative) = whole.to_i64() {
            return Ok(Scalar::Negative(negative));
        }
    }
    // The text in which a float is returned: libraries differ in which of two shortest texts they
    // choose.
    let returned = |float: f64| serde_json::to_string(&float).ok();
    match (text.parse().ok(), decimal(text).filter(is_below_limit)) {
        (Some(float), Some(sent))
            if returned(float).and_then(|text| decimal(&text)) == Some(sent) =>
        {
            Ok(Scalar::Fraction(float))
        }
        _ => Err(Violation::new(
            Code::OutOfRange,
            format!(
                "must be a 64-bit integer, or below 1e28 with at most 28 decimal places and exact in a 64-bit float, got {}: \
                 send it as a string",
                shorten(text)
            ),
        )),
    }
}

/// Whether a number is below 1e28 in size: all such numbers can have 28 significant digits.
fn is_below_limit(number: &Decimal) -> bool {
    const LIMIT: i128 = 10_i128.pow(28);
    number.trunc().mantissa().abs() < LIMIT
}

/// The number as a decimal, if it has at most 28 places without zeros at the end.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mantissa = match mantissa.contains('.') {
        true => mantissa.trim_end_matches('0').trim_end_matches('.'),
        false => mantissa,
    };
    let mut decimal = Decimal::from_str_exact(mantissa).ok()?;
    let places = i64::from(decimal.scale()) - exponent.parse::<i64>().ok()?;
    match u32::try_from(places) {
        Ok(places) => decimal.set_scale(places).ok()?,
        Err(_) => {
            decimal.set_scale(0).ok()?;
            let factor = 10_i128.checked_pow(u32::try_from(places.checked_neg()?).ok()?)?;
            let factor = Decimal::try_from_i128_with_scale(factor, 0).ok()?;
            decimal = decimal.checked_mul(factor)?;
        }
    }
    Some(decimal)
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl de::Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, number or boolean")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(u64::try_from(value).map_or(Scalar::Negative(value), Scalar::Whole))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Whole(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Fraction(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }
}
