//! The schemas of the document: of what may be sent, and of what is answered.

use std::collections::{BTreeMap, BTreeSet};

use domain::fields::BodyDescription;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Where named schemas are.
const COMPONENTS: &str = "#/components/schemas/";
/// What follows the name of a schema of which requests have another form than responses.
const SENT_SUFFIX: &str = "Input";

/// Two generators: a value may be sent in more forms than it is answered in.
pub struct Schemas {
    sent: SchemaGenerator,
    answered: SchemaGenerator,
    /// Responses with problems, which many operations share.
    pub(super) problems: BTreeMap<String, Value>,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.meta_schema = None;
                settings.definitions_path = "/components/schemas".into();
            })
        };
        Self {
            sent: settings().for_deserialize().into_generator(),
            answered: settings().for_serialize().into_generator(),
            problems: BTreeMap::new(),
        }
    }

    /// The schema of what may be sent.
    pub(super) fn sent<T: JsonSchema>(&mut self) -> Schema {
        self.sent.subschema_for::<T>()
    }

    /// The schema of what is answered.
    pub(super) fn answered<T: JsonSchema>(&mut self) -> Schema {
        self.answered.subschema_for::<T>()
    }

    /// The properties that a type has in answers, with their descriptions.
    pub(super) fn properties<T: JsonSchema>(&mut self) -> Map<String, Value> {
        let mut schema = T::json_schema(&mut self.answered);
        match schema.remove("properties") {
            Some(Value::Object(properties)) => properties,
            Some(_) | None => Map::new(),
        }
    }

    /// A description of a body.
    pub(super) fn body(&mut self) -> BodyDescription<'_> {
        BodyDescription::new(&mut self.sent)
    }

    /// Names a schema of what may be sent.
    pub(super) fn define_sent(&mut self, name: &str, schema: Value) -> Value {
        self.sent.definitions_mut().insert(name.to_owned(), schema);
        reference(name)
    }

    /// Names a schema of what is answered.
    pub(super) fn define(&mut self, name: &str, schema: Value) -> Value {
        self.answered
            .definitions_mut()
            .insert(name.to_owned(), schema);
        reference(name)
    }

    /// All named schemas, and the names of those of requests that differ from those of answers.
    pub(super) fn finish(mut self) -> (Map<String, Value>, BTreeSet<String>) {
        let sent = self.sent.take_definitions(true);
        let mut all = self.answered.take_definitions(true);
        all.values_mut().for_each(open);
        let differing = differing(&sent, &all);
        for (name, mut schema) in sent {
            rename(&mut schema, &differing);
            let suffix = if differing.contains(&name) {
                SENT_SUFFIX
            } else {
                ""
            };
            all.insert(format!("{name}{suffix}"), schema);
        }
        all.sort_keys();
        all.values_mut().for_each(tidy);
        (all, differing)
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{COMPONENTS}{name}") })
}

/// The names of schemas that requests and answers share and that differ, or refer to one that does.
fn differing(sent: &Map<String, Value>, answered: &Map<String, Value>) -> BTreeSet<String> {
    let shared = sent.iter().filter(|(name, _)| answered.contains_key(*name));
    let shared: Vec<(&String, &Value)> = shared.collect();
    let differs = |(name, schema): &&(&String, &Value)| answered.get(*name) != Some(*schema);
    let names = shared
        .iter()
        .filter(differs)
        .map(|(name, _)| (*name).clone());
    let mut names: BTreeSet<String> = names.collect();
    loop {
        let refers = |(_, schema): &&(&String, &Value)| {
            let text = schema.to_string();
            names
                .iter()
                .any(|name| text.contains(&reference(name).to_string()))
        };
        let found = shared
            .iter()
            .filter(refers)
            .map(|(name, _)| (*name).clone());
        let found: Vec<String> = found.collect();
        let before = names.len();
        names.extend(found);
        if names.len() == before {
            return names;
        }
    }
}

/// Makes a schema one of answers: they have no defaults, and may have further members later.
fn open(schema: &mut Value) {
    if let Some(schema) = schema.as_object_mut()
        && schema.get("additionalProperties") == Some(&Value::Bool(false))
    {
        schema.remove("additionalProperties");
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut) {
        if let Some(property) = property.as_object_mut() {
            property.remove("default");
        }
    }
}

/// Lets references to these names refer to the schemas of requests.
pub(super) fn rename(json: &mut Value, differing: &BTreeSet<String>) {
    match json {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(target) if key == "$ref" => {
                        let name = target.strip_prefix(COMPONENTS);
                        if name.is_some_and(|name| differing.contains(name)) {
                            target.push_str(SENT_SUFFIX);
                        }
                    }
                    other => rename(other, differing),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|one| rename(one, differing)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Alternatives, joined with those that are alternatives themselves.
fn flat(kinds: Vec<Value>) -> Vec<Value> {
    let inner = |kind: Value| match kind.get("anyOf").and_then(Value::as_array) {
        Some(inner) if kind.as_object().is_some_and(|kind| kind.len() == 1) => inner.clone(),
        Some(_) | None => vec![kind],
    };
    kinds.into_iter().flat_map(inner).collect()
}

/// Removes the formats of Rust's numbers, which tools do not know, and what says nothing.
pub(super) fn tidy(json: &mut Value) {
    match json {
        Value::Object(object) => {
            let format = object.get("format").and_then(Value::as_str);
            if format.is_some_and(|format| format.starts_with("uint")) {
                object.remove("format");
            }
            if object.get("required") == Some(&json!([])) {
                object.remove("required");
            }
            object.values_mut().for_each(tidy);
            if let Some(Value::Array(kinds)) = object.get_mut("anyOf") {
                *kinds = flat(std::mem::take(kinds));
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
