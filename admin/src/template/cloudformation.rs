//! The parts of a CloudFormation template that describe the API. Everything else is skipped.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Route, TemplateError};
use store::table::{Definition, Index, Keys};

/// The spellings of "any method" in a template.
const ANY_METHOD: [&str; 3] = ["ANY", "*", "X-AMAZON-APIGATEWAY-ANY-METHOD"];
/// The route for requests that match no other.
const DEFAULT_PATH: &str = "$default";

/// A whole template.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Document {
    #[serde(default)]
    parameters: Value,
    #[serde(default)]
    globals: Value,
    resources: BTreeMap<String, Value>,
}

impl Document {
    /// The resources of one type, in order of their names.
    pub(super) fn resources<T: DeserializeOwned>(
        &self,
        kind: &str,
    ) -> Result<Vec<T>, TemplateError> {
        let matching = self
            .resources
            .iter()
            .filter(|(_, resource)| resource["Type"] == kind);
        matching
            .map(|(name, resource)| {
                T::deserialize(resource).map_err(|source| TemplateError::Resource {
                    name: name.clone(),
                    source,
                })
            })
            .collect()
    }

    /// A setting of all functions: a number, or a reference to a parameter, whose default is used.
    ///
    /// The YAML parser ignores tags, so that `!Ref FunctionTimeout` is the text `FunctionTimeout`.
    pub(super) fn function_setting(&self, name: &'static str) -> Result<u32, TemplateError> {
        let setting = &self.globals["Function"][name];
        let referenced = setting
            .as_str()
            .and_then(|parameter| number(&self.parameters[parameter]["Default"]));
        number(setting)
            .or(referenced)
            .ok_or(TemplateError::Setting(name))
    }
}

/// A whole number, which CloudFormation also accepts as text.
fn number(value: &Value) -> Option<u32> {
    match value.as_str() {
        Some(text) => text.parse().ok(),
        None => value.as_u64().and_then(|number| number.try_into().ok()),
    }
}

/// A function of the serverless application model.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Function {
    metadata: Metadata,
    properties: FunctionProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    build_properties: BuildProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BuildProperties {
    binary: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FunctionProperties {
    #[serde(default)]
    events: BTreeMap<String, Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(default)]
    properties: EventProperties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EventProperties {
    path: Option<String>,
    method: Option<String>,
}

impl Function {
    /// The name of its binary.
    pub(super) fn name(&self) -> String {
        self.metadata.build_properties.binary.clone()
    }

    /// The routes that the function serves.
    pub(super) fn routes(self) -> impl Iterator<Item = Route> {
        let function = self.metadata.build_properties.binary;
        let events = self
            .properties
            .events
            .into_values()
            .filter(|event| event.kind == "HttpApi");
        events.map(move |event| {
            let EventProperties { path, method } = event.properties;
            Route {
                method: method
                    .map(|method| method.to_uppercase())
                    .filter(|name| !ANY_METHOD.contains(&name.as_str())),
                path: path.unwrap_or_else(|| DEFAULT_PATH.to_owned()),
                function: function.clone(),
            }
        })
    }
}

/// An event source mapping from a stream to a function.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StreamMapping {
    properties: StreamProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamProperties {
    filter_criteria: FilterCriteria,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    filters: [StreamFilter; 1],
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamFilter {
    pattern: String,
}

impl StreamMapping {
    /// The pattern of the records that the function receives, as JSON.
    pub(super) fn pattern(self) -> String {
        let [filter] = self.properties.filter_criteria.filters;
        filter.pattern
    }
}

/// A table.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Table {
    properties: TableProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TableProperties {
    key_schema: [KeyElement; 2],
    #[serde(default)]
    global_secondary_indexes: Vec<SecondaryIndex>,
    time_to_live_specification: Option<TimeToLive>,
    stream_specification: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecondaryIndex {
    index_name: String,
    key_schema: [KeyElement; 2],
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyElement {
    attribute_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: String,
}

impl From<Table> for Definition {
    fn from(Table { properties }: Table) -> Self {
        let indexes = properties.global_secondary_indexes.into_iter();
        Self {
            keys: keys(properties.key_schema),
            indexes: indexes
                .map(|index| Index {
                    name: index.index_name,
                    keys: keys(index.key_schema),
                })
                .collect(),
            time_to_live: properties
                .time_to_live_specification
                .map(|specification| specification.attribute_name),
            streamed: properties.stream_specification.is_some(),
        }
    }
}

/// The names of the keys: the partition key is first, as CloudFormation requires.
fn keys([partition, sort]: [KeyElement; 2]) -> Keys {
    Keys {
        partition: partition.attribute_name,
        sort: sort.attribute_name,
    }
}
