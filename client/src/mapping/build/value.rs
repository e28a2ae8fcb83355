//! The values that a map gives to fields.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The values of a table as JSON.
///
/// # Errors
/// A value that has no exact JSON.
pub fn map_of(values: &BTreeMap<String, toml::Value>) -> Result<BTreeMap<String, Value>, String> {
    let values = values.iter();
    values
        .map(|(key, value)| Ok((key.clone(), json(value)?)))
        .collect()
}

/// A value of the map as JSON.
///
/// # Errors
/// A value that has no exact JSON.
pub fn json(value: &toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Boolean(bool) => Value::Bool(*bool),
        toml::Value::Array(list) => list.iter().map(json).collect::<Result<_, _>>()?,
        toml::Value::Table(table) => {
            let members = table.iter();
            let members = members.map(|(key, value)| Ok((key.clone(), json(value)?)));
            Value::Object(members.collect::<Result<Map<_, _>, String>>()?)
        }
        toml::Value::Float(_) => {
            return Err(
                "write a decimal as a text, such as \"2.5\": it must stay exact".to_owned(),
            );
        }
        toml::Value::Datetime(_) => {
            return Err("write a time as a text, such as \"2026-05-31T10:00:00Z\"".to_owned());
        }
    })
}
