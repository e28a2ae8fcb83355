//! Reading JSON without losing any of it.
//!
//! A duplicate key is an error here: keeping one of the two values, as most readers do, would lose
//! the other silently.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::quote;

/// The key under which the parser passes on a number that is no 64-bit integer, so that its text is
/// kept. In a document, this key would be mistaken for a number.
const NUMBER: &str = "$serde_json::private::Number";

/// Reads a JSON document.
///
/// # Errors
/// Why the text is not JSON, and where.
pub fn parse(text: &[u8]) -> Result<Value, String> {
    // A byte order mark, which some programs put before UTF-8 (RFC 8259, section 8.1).
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    if text
        .windows(NUMBER.len())
        .any(|window| window == NUMBER.as_bytes())
    {
        return Err(format!("the name {NUMBER} is reserved"));
    }
    serde_json::from_slice::<Whole>(text)
        .map(|whole| whole.0)
        .map_err(|error| error.to_string())
}

/// A value with all of its members.
struct Whole(Value);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor).map(Self)
    }
}

struct WholeVisitor;

impl<'de> Visitor<'de> for WholeVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Whole(element)) = elements.next_element()? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name == NUMBER {
                let number: Number = members
                    .next_value::<String>()?
                    .parse()
                    .map_err(de::Error::custom)?;
                return Ok(Value::Number(number));
            }
            if object.contains_key(&name) {
                return Err(de::Error::custom(format!("duplicate key {}", quote(&name))));
            }
            let Whole(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}
