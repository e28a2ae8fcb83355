//! Filter patterns of event source mappings, without operators such as `prefix`.

use serde_json::Value;

/// A filter pattern: an object applies to the fields of a record, and a list to the values that a
/// field may have.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>
#[derive(Clone, Debug)]
pub struct Pattern(Value);

impl Pattern {
    /// Parses a pattern.
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
        Value::Object(fields) => fields
            .iter()
            .all(|(name, pattern)| matches(pattern, &value[name])),
        Value::Array(values) => values.contains(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => pattern == value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_of_a_pattern_must_have_one_of_its_values() {
        let pattern =
            r#"{"eventName": ["INSERT"], "dynamodb": {"Keys": {"SK": {"S": ["A", "B"]}}}}"#;
        let pattern = Pattern::parse(pattern).expect("it is JSON");
        let record = |event, sort| json!({"eventName": event, "dynamodb": {"Keys": {"PK": {"S": "P"}, "SK": {"S": sort}}}});
        assert!(pattern.matches(&record("INSERT", "A")));
        assert!(pattern.matches(&record("INSERT", "B")));
        assert!(!pattern.matches(&record("INSERT", "C")));
        assert!(!pattern.matches(&record("MODIFY", "A")));
        assert!(!pattern.matches(&json!({"eventName": "INSERT"})));
    }

    #[test]
    fn an_empty_pattern_matches_every_record() {
        let pattern = Pattern::parse("{}").expect("it is JSON");
        assert!(pattern.matches(&json!({"eventName": "REMOVE"})));
    }
}
