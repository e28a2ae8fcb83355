//! The operations that every kind of record has.

use axum::http::StatusCode;
use domain::resource::{Record, Resource};
use schemars::JsonSchema;

use super::Docs;
use super::bodies::WriteBody;
use crate::batch::Status;
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
        "Safe to retry with an `external_id`: a repeat creates nothing and returns 409 `already_exists`.",
    );
    let body = docs.schemas.record_body::<R>(WriteBody::Create);
    docs.body(body);
    let content = docs.written::<R>();
    docs.answers.add(
        StatusCode::CREATED,
        &format!("The new {one}."),
        &["etag", "location"],
        content,
    );
    docs.problems(&[ProblemCode::AlreadyExists, ProblemCode::VersionConflict]);
}

/// A read of one record, which is answered as a `View`.
pub fn read_as<R: Resource, View: JsonSchema>(docs: &mut Docs<'_>) {
    let one = R::KIND.one;
    docs.name(format!("get_{one}"), R::KIND.many, format!("Get a {one}"));
    docs.describe("The `etag` of the answer is the version of the record, for `if-match`.");
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
    let body = docs.schemas.record_body::<R>(WriteBody::Update);
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
    let body = docs.schemas.expected_version();
    docs.optional_body(body);
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
    docs.describe(
        "Safe to retry with external ids: a record that exists fails with `already_exists`, and nothing is created twice.",
    );
    let record = docs.schemas.record_body::<R>(WriteBody::Create);
    let name = format!("{}Create", R::schema_name());
    docs.batch_of(&name, record);
    docs.results::<Record<R>>(&name, &[Status::Created], false, R::SHOWS_CATEGORIES);
}

/// The updates of a batch.
pub fn update_batch<R: Resource>(docs: &mut Docs<'_>) {
    let many = R::KIND.many;
    docs.name(
        format!("update_{many}_batch"),
        many,
        format!("Update up to 100 {many}"),
    );
    docs.describe(
        "Each record is named by `id`, or else by `external_id`, and changed in the fields that are sent. One that does \
         not change is `unchanged`, and keeps its version.",
    );
    let record = docs.schemas.record_body::<R>(WriteBody::UpdateRow);
    let name = format!("{}Update", R::schema_name());
    docs.batch_of(&name, record);
    docs.results::<Record<R>>(
        &name,
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
    let record = docs.schemas.record_body::<R>(WriteBody::Upsert);
    let name = format!("{}Upsert", R::schema_name());
    docs.upsert_of(&name, record);
    let statuses = [Status::Created, Status::Updated, Status::Unchanged];
    docs.results::<Record<R>>(&name, &statuses, false, R::SHOWS_CATEGORIES);
}

/// Archives the records of a batch.
pub fn archive_batch<R: Resource>(docs: &mut Docs<'_>) {
    let many = R::KIND.many;
    docs.name(
        format!("archive_{many}_batch"),
        many,
        format!("Archive up to 100 {many}"),
    );
    docs.describe(
        "Each record is named by `id`, or else by `external_id`. One that is archived already is `unchanged`.",
    );
    let record = docs.schemas.record_name();
    let name = format!("{}Archive", R::schema_name());
    docs.batch_of(&name, record);
    docs.results::<Record<R>>(
        &name,
        &[Status::Archived, Status::Unchanged],
        false,
        R::SHOWS_CATEGORIES,
    );
}
