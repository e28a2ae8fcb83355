//! Successful answers, and the envelopes around their data.

use axum::http::StatusCode;
use domain::resource::{Record, Resource};
use domain::workspace::Category;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::Docs;
use crate::batch::{Receipt, Status};
use crate::http::envelope::{ListMeta, Row, batch_meta_schema};

impl Docs<'_> {
    /// The answer is an object of this type.
    pub fn answer<T: JsonSchema>(&mut self, description: &str) {
        let schema = json!(self.schemas.answered::<T>());
        self.answers
            .add(StatusCode::OK, description, &[], json_content(schema));
    }

    /// The answer is a page of this content type.
    pub fn page(&mut self, content_type: &str, description: &str) {
        let schema = match content_type {
            "application/json" => json!({ "type": "object" }),
            _ => json!({ "type": "string" }),
        };
        self.answers.add(
            StatusCode::OK,
            description,
            &[],
            json!({ content_type: { "schema": schema } }),
        );
    }

    /// The answer is an object of this type, or a table if the request prefers `text/csv`.
    pub fn answer_or_csv<T: JsonSchema>(&mut self, description: &str) {
        let schema = json!(self.schemas.answered::<T>());
        let mut content = json_content(schema);
        content["text/csv"] = json!({ "schema": { "type": "string" } });
        self.answers.add(StatusCode::OK, description, &[], content);
    }

    /// The answer to a create is an object of this type.
    pub fn created<T: JsonSchema>(&mut self, description: &str) {
        let schema = json!(self.schemas.answered::<T>());
        self.answers.add(
            StatusCode::CREATED,
            description,
            &["location"],
            json_content(schema),
        );
    }

    /// The answer is `{"data": …}` with one object of this type.
    pub fn one<T: JsonSchema>(
        &mut self,
        description: &str,
        headers: &[&'static str],
        shows_categories: bool,
    ) {
        let data = json!(self.schemas.answered::<T>());
        let envelope = self.envelope(data, None, shows_categories);
        let envelope = self
            .schemas
            .define(&format!("{}Response", T::schema_name()), envelope);
        self.answers
            .add(StatusCode::OK, description, headers, json_content(envelope));
    }

    /// The answer is a page of a list of objects of this type.
    pub fn page_of<T: JsonSchema>(&mut self, shows_categories: bool) {
        let row = json!(self.schemas.answered::<T>());
        let meta = json!(self.schemas.answered::<ListMeta>());
        let rows = json!({ "type": "array", "items": row });
        let envelope = self.envelope(rows, Some(meta), shows_categories);
        let envelope = self
            .schemas
            .define(&format!("{}List", T::schema_name()), envelope);
        self.answers.add(
            StatusCode::OK,
            "A page of the list.",
            &[],
            json_content(envelope),
        );
    }

    /// The answer has a result for each record of a batch.
    pub fn results<T: JsonSchema>(
        &mut self,
        name: &str,
        statuses: &[Status],
        duplicate_conflicts: bool,
        shows_categories: bool,
    ) {
        let row = json!(self.schemas.answered::<Row<T>>());
        let rows = json!({ "type": "array", "items": row });
        let meta = batch_meta_schema(statuses, duplicate_conflicts);
        let envelope = self.envelope(rows, Some(meta), shows_categories);
        let envelope = self.schemas.define(&format!("{name}Results"), envelope);
        let description = "One result for each record, in their order. `meta` counts the statuses.";
        self.answers
            .add(StatusCode::OK, description, &[], json_content(envelope));
    }

    /// The answer to a write of one record: the record, or a receipt if the key may not read it.
    pub(super) fn written<R: Resource>(&mut self) -> Value {
        let record = self.schemas.answered::<Record<R>>();
        let receipt = self.schemas.answered::<Receipt>();
        let data = json!({ "anyOf": [record, receipt] });
        let envelope = self.envelope(data, None, R::SHOWS_CATEGORIES);
        let name = format!("{}Written", Record::<R>::schema_name());
        json_content(self.schemas.define(&name, envelope))
    }

    fn envelope(&mut self, data: Value, meta: Option<Value>, shows_categories: bool) -> Value {
        let mut envelope = json!({
            "type": "object",
            "properties": { "data": data },
            "required": ["data"],
        });
        let mut add = |name: &str, schema: Value| {
            envelope["properties"][name] = schema;
            if let Some(required) = envelope["required"].as_array_mut() {
                required.push(name.into());
            }
        };
        if let Some(meta) = meta {
            add("meta", meta);
        }
        if shows_categories {
            let mut categories = json!(self.schemas.answered::<Vec<Category>>());
            categories["description"] = "The categories that a product can have.".into();
            add("category_options", categories);
        }
        envelope
    }
}

/// JSON of this schema, as the content of a response.
fn json_content(schema: Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}
