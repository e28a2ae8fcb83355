//! Reading JSON without losing any of it, each fault at its place.
//!
//! A document is first split into raw values, which finds out whether it is JSON at all. Then each
//! value is read by itself: a duplicate key, a lone surrogate or deep nesting is a problem of the
//! value that has it, and not of its neighbours.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::problem::{Code, ErrorSink, Problems, quote};

/// How deep values may be nested. A text is read once for each level, so this limits the work that
/// a body can cost; the deepest known field, the percentage of a tier, is at level 5.
const DEPTH_MAX: usize = 16;

/// Reads a whole JSON document.
///
/// # Errors
/// Why the text is not JSON, or cannot be kept as it is.
pub fn parse(text: &[u8]) -> Result<Value, String> {
    let mut problems = Problems::default();
    let value = read(raw(text)?, &mut ErrorSink::new(&mut problems));
    match problems.as_slice().first() {
        None => Ok(value),
        Some(problem) => Err(format!("{}: {}", problem.pointer, problem.detail)),
    }
}

/// Splits off the one value of a JSON document.
///
/// # Errors
/// Why the text is not JSON, and where.
pub fn raw(text: &[u8]) -> Result<&RawValue, String> {
    // A byte order mark, which some programs put before UTF-8 (RFC 8259, section 8.1).
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    serde_json::from_slice(text).map_err(|error| error.to_string())
}

/// The members of an object, in order; `None` if the value is not an object whose keys are text.
pub fn members(raw: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    let members = serde_json::from_str::<Members<'_>>(raw.get());
    members.ok().map(|members| members.0)
}

/// The elements of a list; `None` if the value is not a list.
pub fn elements(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// Reads a value, and reports each fault at its place. A part that cannot be read becomes `null`.
pub fn read(raw: &RawValue, errors: &mut ErrorSink<'_>) -> Value {
    nested(raw, errors, 0)
}

fn nested(raw: &RawValue, errors: &mut ErrorSink<'_>, depth: usize) -> Value {
    let text = raw.get();
    if depth > DEPTH_MAX {
        let detail = format!("must be nested at most {DEPTH_MAX} levels deep");
        errors.add(Code::OutOfRange, detail);
        return Value::Null;
    }
    match text.as_bytes().first() {
        Some(b'{') => object(raw, errors, depth),
        Some(b'[') => {
            let list = elements(raw).unwrap_or_default().into_iter().enumerate();
            list.map(|(index, raw)| nested(raw, &mut errors.at(index), depth + 1))
                .collect()
        }
        Some(b'"') => scalar(text, errors),
        // Not by way of a value of any type, in which a number is an object with a reserved key.
        Some(b'-' | b'0'..=b'9') => match text.parse() {
            Ok(number) => Value::Number(number),
            Err(_) => scalar(text, errors),
        },
        Some(_) | None => scalar(text, errors),
    }
}

fn object(raw: &RawValue, errors: &mut ErrorSink<'_>, depth: usize) -> Value {
    let Some(members) = members(raw) else {
        errors.add(Code::InvalidFormat, NOT_UNICODE);
        return Value::Null;
    };
    let mut object = Map::with_capacity(members.len());
    for (name, raw) in members {
        if object.contains_key(&name) {
            let detail = format!("duplicate key {}", quote(&name));
            errors.at(&name).add(Code::Duplicate, detail);
            continue;
        }
        let value = nested(raw, &mut errors.at(&name), depth + 1);
        object.insert(name, value);
    }
    Value::Object(object)
}

/// What is wrong with text that has one half of a surrogate pair.
const NOT_UNICODE: &str =
    "must be Unicode text: an escape such as \\ud83d must be followed by its other half";

/// A text, `true`, `false` or `null`.
fn scalar(text: &str, errors: &mut ErrorSink<'_>) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        text => serde_json::from_str(text).map_or_else(
            |_| {
                errors.add(Code::InvalidFormat, NOT_UNICODE);
                Value::Null
            },
            Value::String,
        ),
    }
}

/// The members of an object, duplicates included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
