//! The bodies of requests, as the resources describe them.

use domain::fields::{BodyDescription, DescribedField};
use domain::resource::{Record, Resource};
use domain::upsert::UpsertMode;
use domain::value::ExternalId;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::Docs;
use super::schemas::Schemas;
use crate::batch::BATCH_RECORDS_MAX;

/// Which write of a record a body describes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteBody {
    /// A create.
    Create,
    /// An update of the record in the path.
    Update,
    /// An update of a record that the row of a batch names.
    UpdateRow,
    /// A create or an update, by external id.
    Upsert,
}

impl WriteBody {
    fn suffix(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::UpdateRow => "UpdateRow",
            Self::Upsert => "Upsert",
        }
    }
}

impl Docs<'_> {
    /// The operation has a JSON body with this schema.
    pub fn body(&mut self, schema: Value) {
        self.body = Some(json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        }));
    }

    /// The same where the body may be left out.
    pub(super) fn optional_body(&mut self, schema: Value) {
        self.body(schema);
        if let Some(body) = &mut self.body {
            body["required"] = false.into();
        }
    }

    /// Names the schema of an object whose fields `read` reads; `R` has the descriptions of those
    /// that answers have too.
    pub fn object<R: JsonSchema>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut BodyDescription<'_>),
    ) -> Value {
        let schema = self.schemas.object::<R>(Required::Declared, read);
        self.schemas.define_sent(name, schema)
    }

    /// The schema of the body of an update that names its record, or of a create.
    pub fn draft<R: Resource>(&mut self) -> Value {
        let update = self.schemas.record_body::<R>(WriteBody::UpdateRow);
        let create = self.schemas.record_body::<R>(WriteBody::Create);
        json!({ "anyOf": [update, create] })
    }

    /// The operation has a batch of records of this schema as its body; `name` is the beginning of
    /// the names of schemas of the batch, as in `PayeeCreate`.
    pub fn batch_of(&mut self, name: &str, record: Value) {
        let envelope = self
            .schemas
            .define_sent(&format!("{name}Batch"), envelope(record));
        self.body(envelope);
    }

    /// The same with an `operation` for records that have none of their own.
    pub(super) fn upsert_of(&mut self, name: &str, record: Value) {
        let mut envelope = envelope(record);
        let mut operation = json!(self.schemas.sent::<UpsertMode>());
        operation["default"] = json!(UpsertMode::default());
        envelope["properties"]["operation"] = operation;
        let envelope = self.schemas.define_sent(&format!("{name}Batch"), envelope);
        self.body(envelope);
    }
}

/// The body of a batch.
fn envelope(record: Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            "records": {
                "type": "array",
                "minItems": 1,
                "maxItems": BATCH_RECORDS_MAX,
                "items": record,
                "description": "Each record has a result of its own: a mistake in one does not affect the others.",
            },
        },
        "required": ["records"],
        "additionalProperties": false,
    })
}

/// Which fields of an object are required.
enum Required {
    /// Those that its description says.
    Declared,
    /// None: each that is absent keeps its value.
    None,
}

impl Schemas {
    /// The named schema of the body of a write of a record.
    pub(super) fn record_body<R: Resource>(&mut self, write: WriteBody) -> Value {
        let required = match write {
            WriteBody::Create => Required::Declared,
            WriteBody::Update | WriteBody::UpdateRow | WriteBody::Upsert => Required::None,
        };
        let mut schema = self.object::<Record<R>>(required, |fields| {
            R::default().merge(fields);
            fields.ignore(&["id", "version", "created_at", "updated_at"]);
            fields.ignore(R::READ_ONLY);
        });
        let properties = &mut schema["properties"];
        match write {
            WriteBody::Create => {}
            WriteBody::Update => properties["version"] = expected_version(),
            WriteBody::UpdateRow => {
                properties["version"] = expected_version();
                name_record(&mut schema, "a value like any other");
            }
            WriteBody::Upsert => {
                properties["version"] = expected_version();
                properties["external_id"] = self.external_id("Names the record.");
                properties["operation"] = json!(self.sent::<UpsertMode>());
                let description = "Instead of the `operation` of the batch.";
                properties["operation"]["description"] = description.into();
                schema["required"] = json!(["external_id"]);
            }
        }
        self.define_sent(&format!("{}{}", R::schema_name(), write.suffix()), schema)
    }

    /// The schema of an object whose fields `read` reads.
    fn object<R: JsonSchema>(
        &mut self,
        required: Required,
        read: impl FnOnce(&mut BodyDescription<'_>),
    ) -> Value {
        let described = self.properties::<R>();
        let mut description = self.body();
        read(&mut description);
        let (fields, ignored) = (description.fields, description.ignored);
        let mut names = Vec::new();
        let fields = fields.into_iter().map(|field| {
            let mut schema = property(&field, described.get(field.name));
            match required {
                Required::Declared if field.is_required => names.push(field.name),
                Required::Declared => {
                    if let Some(default) = field.default {
                        schema["default"] = default;
                    }
                }
                Required::None => {}
            }
            (field.name.to_owned(), schema)
        });
        let fields: Vec<(String, Value)> = fields.collect();
        let ignored = ignored.into_iter();
        let ignored = ignored.map(|name| (name.to_owned(), ignored_property(described.get(name))));
        let mut properties: Vec<(String, Value)> = fields.into_iter().chain(ignored).collect();
        // In the order of answers; what these do not have comes last.
        let place = |name: &str| described.keys().position(|other| other == name);
        properties.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
        let properties: Map<String, Value> = properties.into_iter().collect();
        json!({
            "type": "object",
            "properties": properties,
            "required": names,
            "additionalProperties": false,
        })
    }

    /// The body of a write that changes fixed fields: it can only name a version.
    pub(super) fn expected_version(&mut self) -> Value {
        let schema = json!({
            "type": "object",
            "properties": { "version": expected_version() },
            "additionalProperties": false,
        });
        self.define_sent("ExpectedVersion", schema)
    }

    /// The row of a batch that only names records.
    pub(super) fn record_name(&mut self) -> Value {
        let mut schema = json!({
            "type": "object",
            "properties": {
                "external_id": self.external_id("Names the record."),
                "version": expected_version(),
            },
            "additionalProperties": false,
        });
        name_record(&mut schema, "ignored");
        self.define_sent("RecordName", schema)
    }

    fn external_id(&mut self, description: &str) -> Value {
        let mut schema = json!(self.sent::<ExternalId>());
        schema["description"] = description.into();
        schema
    }
}

/// A field of a body, with what is said of it in answers.
fn property(field: &DescribedField, answered: Option<&Value>) -> Value {
    let mut schema = json!(field.schema);
    for keyword in ["description", "examples"] {
        if let Some(value) = answered.and_then(|answered| answered.get(keyword)) {
            schema[keyword] = value.clone();
        }
    }
    schema
}

/// A field that may be sent back as it was read, and is ignored.
fn ignored_property(answered: Option<&Value>) -> Value {
    let description = answered.and_then(|answered| answered.get("description")?.as_str());
    let description = format!("{} Ignored in requests.", description.unwrap_or("Derived."));
    json!({ "description": description, "readOnly": true })
}

fn expected_version() -> Value {
    json!({
        "type": "integer",
        "minimum": 1,
        "maximum": u64::MAX,
        "description": "The version that the record must have, or else nothing is changed.",
    })
}

/// Lets a row name its record by `id`, or else by `external_id`.
fn name_record(schema: &mut Value, external_id: &str) {
    schema["properties"]["id"] = json!({
        "type": ["string", "null"],
        "format": "uuid",
        "description": format!("Names the record. Then `external_id` is {external_id}."),
    });
    // Without an id, or with null. Generators of clients make one type of this; of an `anyOf`, they
    // would not.
    schema["if"] = json!({ "properties": { "id": { "type": "null" } } });
    schema["then"] = json!({
        "properties": { "external_id": { "type": "string" } },
        "required": ["external_id"],
    });
}
