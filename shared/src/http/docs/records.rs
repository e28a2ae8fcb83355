//! The operations that every kind of record has.

use axum::http::StatusCode;
use domain::resource::{Record, Resource};
use domain::workspace::Category;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::Docs;
use super::bodies::Write;
use crate::batch::{Receipt, Status};
use crate::http::envelope::{ListMeta, Row, batch_meta_schema};
use crate::http::params::{list_params, record_params};
use crate::http::problem::ProblemCode;

/// A list of records.
pub fn list<R: Resource>(docs: &mut Docs<'_>) {
    let many = R::KIND.many;
    docs.name(format!("list_{many}"), many, format!("List {many}"));
    docs.describe(format!(
        "In order of creation. The filters are combined: a list has the {many} that satisfy all of them."
    ));
    record_params::<R>(docs);
    list_params(docs);
    docs.page_of::<Record<R>>(R::SHOWS_CATEGORIES);
}

/// The create of one record.
pub fn create<R: Resource>(docs: &mut Docs<'_>) {
    let one = R::KIND.one;
    docs.name(
        format!("create_{one}"),
        R::KIND.many,
        format!("Create a {one}"),
    );
    docs.describe(
        "With an `external_id`, it is safe to repeat: the second time, it is `already_exists`.",
    );
    let body = docs.schemas.record_body::<R>(Write::Create);
    docs.body(body);
    let content = docs.written::<R>();
    docs.answers.add(
        StatusCode::CREATED,
        &format!("The new {one}."),
        &["etag", "location"],
        content,
    );
    docs.problems(&[ProblemCode::AlreadyExists]);
}

/// A read of one record, which is answered as a `View`.
pub fn read_as<R: Resource, View: JsonSchema>(docs: &mut Docs<'_>) {
    let one = R::KIND.one;
    docs.name(format!("get_{one}"), R::KIND.many, format!("Get a {one}"));
    docs.one::<View>(&format!("The {one}."), &["etag"], R::SHOWS_CATEGORIES);
}

/// The update of one record.
pub fn update<R: Resource>(docs: &mut Docs<'_>) {
    let one = R::KIND.one;
    docs.name(
        format!("update_{one}"),
        R::KIND.many,
        format!("Update a {one}"),
    );
    docs.describe(
        "Changes the fields that are sent; `null` clears a field. An update that changes nothing writes nothing: \
         the version stays the same.",
    );
    let body = docs.schemas.record_body::<R>(Write::Update);
    docs.body(body);
    docs.if_match();
    docs.problems(&[ProblemCode::AlreadyExists]);
    let content = docs.written::<R>();
    docs.answers.add(
        StatusCode::OK,
        &format!("The {one} after the update."),
        &["etag"],
        content,
    );
}

/// An operation that gives one record fixed fields, such as archiving it.
pub fn set_status<R: Resource>(docs: &mut Docs<'_>, verb: &str, summary: &str) {
    let one = R::KIND.one;
    docs.name(format!("{verb}_{one}"), R::KIND.many, summary);
    docs.describe(
        "Idempotent. The body may be left out, or name the version that the record must have.",
    );
    docs.optional_body(json!({
        "type": "object",
        "properties": {
            "version": { "type": "integer", "minimum": 1, "description": "The version that the record must have." },
        },
        "additionalProperties": false,
    }));
    docs.if_match();
    let content = docs.written::<R>();
    docs.answers
        .add(StatusCode::OK, &format!("The {one}."), &["etag"], content);
}

/// Archives one record.
pub fn archive<R: Resource>(docs: &mut Docs<'_>) {
    set_status::<R>(docs, "archive", &format!("Archive a {}", R::KIND.one));
}

/// The creates of a batch.
pub fn create_batch<R: Resource>(docs: &mut Docs<'_>) {
    let many = R::KIND.many;
    docs.name(
        format!("create_{many}_batch"),
        many,
        format!("Create up to 100 {many}"),
    );
    let record = docs.schemas.record_body::<R>(Write::Create);
    docs.batch_of(record);
    docs.results::<Record<R>>(&[Status::Created], false, R::SHOWS_CATEGORIES);
}

/// The updates of a batch.
pub fn update_batch<R: Resource>(docs: &mut Docs<'_>) {
    let many = R::KIND.many;
    docs.name(
        format!("update_{many}_batch"),
        many,
        format!("Update up to 100 {many}"),
    );
    let record = docs.schemas.record_body::<R>(Write::UpdateRow);
    docs.batch_of(record);
    docs.results::<Record<R>>(
        &[Status::Updated, Status::Unchanged],
        false,
        R::SHOWS_CATEGORIES,
    );
}

/// The upserts of a batch.
pub fn upsert_batch<R: Resource>(docs: &mut Docs<'_>) {
    let many = R::KIND.many;
    docs.name(
        format!("upsert_{many}"),
        many,
        format!("Create or update up to 100 {many}"),
    );
    docs.describe(
        "By `external_id`. A record is a whole body if it is created, and only the fields to change if it is updated. \
         Safe to repeat.",
    );
    let record = docs.schemas.record_body::<R>(Write::Upsert);
    docs.upsert_of(record);
    let statuses = [Status::Created, Status::Updated, Status::Unchanged];
    docs.results::<Record<R>>(&statuses, false, R::SHOWS_CATEGORIES);
}

/// Archives the records of a batch.
pub fn archive_batch<R: Resource>(docs: &mut Docs<'_>) {
    let many = R::KIND.many;
    docs.name(
        format!("archive_{many}_batch"),
        many,
        format!("Archive up to 100 {many}"),
    );
    let record = docs.schemas.record_name();
    docs.batch_of(record);
    docs.results::<Record<R>>(
        &[Status::Archived, Status::Unchanged],
        false,
        R::SHOWS_CATEGORIES,
    );
}

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
        statuses: &[Status],
        duplicate_conflicts: bool,
        shows_categories: bool,
    ) {
        let row = json!(self.schemas.answered::<Row<T>>());
        let rows = json!({ "type": "array", "items": row });
        let meta = batch_meta_schema(statuses, duplicate_conflicts);
        let envelope = self.envelope(rows, Some(meta), shows_categories);
        let description = "One result for each record, in their order. `meta` counts the statuses.";
        self.answers
            .add(StatusCode::OK, description, &[], json_content(envelope));
    }

    /// The answer to a write of one record: the record, or a receipt if the key may not read it.
    fn written<R: Resource>(&mut self) -> Value {
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
            let categories = self.schemas.answered::<Vec<Category>>();
            add("category_options", json!(categories));
        }
        envelope
    }
}

/// JSON of this schema, as the content of a response.
fn json_content(schema: Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}
