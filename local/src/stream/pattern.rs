//! Filter patterns of event source mappings, as far as ours go.

use serde_json::Value;

/// Which records a function takes: objects are looked into, and a list names the values of which
/// one must be there.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>
#[derive(Clone, Debug)]
pub struct Pattern(Value);

impl Pattern {
    /// The pattern in this JSON.
    ///
    /// # Errors
    /// If the text is not JSON.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json).map(Self)
    }

    /// Whether a record matches.
    pub fn matches(&self, record: &Value) -> bool {
        matches(&self.0, record)
    }
}

fn matches(pattern: &Value, value: &Value) -> bool {
    match pattern {
        Value::Object(parts) => parts
            .iter()
            .all(|(name, pattern)| matches(pattern, &value[name])),
        Value::Array(values) => values.contains(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => pattern == value,
    }
}
