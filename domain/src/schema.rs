//! JSON Schemas of values, from which the document of the API is assembled. Doc comments become
//! descriptions.

use schemars::Schema;
use serde_json::{Value, json};

/// One list of the names, with a description of each, instead of a schema for each name.
pub fn string_enum(schema: &mut Schema) {
    let Some(Value::Array(variants)) = schema.remove("oneOf") else {
        return;
    };
    let names: Vec<&Value> = variants.iter().filter_map(|one| one.get("const")).collect();
    let described = variants.iter().filter_map(|one| {
        let (name, description) = (
            one.get("const")?.as_str()?,
            one.get("description")?.as_str()?,
        );
        Some(format!("- `{name}`: {description}"))
    });
    let described: Vec<String> = described.collect();
    let whole = schema.get("description").and_then(Value::as_str);
    let description = format!("{}\n\n{}", whole.unwrap_or_default(), described.join("\n"));
    let names = json!(names);
    schema.insert("description".to_owned(), description.into());
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), names);
}

/// The same for a list to which values may be added at any time: clients must tolerate others.
pub fn extensible_enum(schema: &mut Schema) {
    string_enum(schema);
    if let Some(names) = schema.remove("enum") {
        schema.insert("x-extensible-enum".to_owned(), names);
    }
}

/// A string, a number or a boolean.
pub fn scalar(schema: &mut Schema) {
    schema.remove("anyOf");
    schema.insert("type".to_owned(), json!(["string", "number", "boolean"]));
}

/// Members that may be absent are never `null`.
pub fn absent_or_set(schema: &mut Schema) {
    let required = schema.get("required").and_then(Value::as_array).cloned();
    let required = required.unwrap_or_default();
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        if !required.iter().any(|required| required == name) {
            without_null(property);
        }
    }
}

/// Takes `null` out of the types of a schema.
fn without_null(schema: &mut Value) {
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    let Some(Value::Array(kinds)) = schema.as_object_mut().and_then(|one| one.remove("anyOf"))
    else {
        return;
    };
    let kinds: Vec<_> = kinds
        .into_iter()
        .filter(|kind| kind.get("type").is_none_or(|name| name != "null"))
        .collect();
    match kinds.as_slice() {
        [Value::Object(only)] => {
            for (name, value) in only {
                schema[name] = value.clone();
            }
        }
        _ => schema["anyOf"] = json!(kinds),
    }
}
