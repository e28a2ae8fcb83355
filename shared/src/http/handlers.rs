//! The operations that every kind of record has.

use axum::http::Method;
use domain::fields::Object;
use domain::problem::ErrorSink;
use domain::resource::{Record, Resource};
use domain::upsert::UpsertMode;
use domain::value::FromJson;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::docs;
use super::envelope::BatchMeta;
use super::operation::Entry;
use crate::auth::{ForKind, Read, Write};
use crate::batch::{BatchItem, SentIds, SentRecord, Status, WriteResult, Written};
use crate::error::Failure;
use crate::records::{self, WriteRequest};

/// Where the API begins.
const BASE: &str = "/api/v1";

/// The seven operations of a kind of record: list, create, read and update, and the batches create,
/// update and upsert.
pub fn record_operations<R: Resource, E: Entry>() -> Vec<E> {
    let path = |suffix: &str| format!("{BASE}/{}{suffix}", R::KIND.many);
    vec![
        E::new(Method::GET, path(""), list::<R>, docs::list::<R>),
        E::new(Method::POST, path(""), create::<R>, docs::create::<R>),
        E::new(
            Method::GET,
            path("/{id}"),
            read::<R>,
            docs::read_as::<R, Record<R>>,
        ),
        E::new(Method::PUT, path("/{id}"), update::<R>, docs::update::<R>),
        E::new(
            Method::POST,
            path("/batch"),
            create_batch::<R>,
            docs::create_batch::<R>,
        ),
        E::new(
            Method::PUT,
            path("/batch"),
            update_batch::<R>,
            docs::update_batch::<R>,
        ),
        E::new(
            Method::POST,
            path("/upsert"),
            upsert_batch::<R>,
            docs::upsert_batch::<R>,
        ),
    ]
}

async fn list<R: Resource>(call: Call<Read<R>>) -> Result<Answer, Failure> {
    let query = call.params().into_record_query::<R>()?;
    let page = records::list(call.table(), call.access(), query).await?;
    Answer::many(page, extra_fields(&call))
}

async fn create<R: Resource>(call: Call<Write<R>>) -> Result<Answer, Failure> {
    let request = WriteRequest::create(call.json().await?);
    let written = write_one(&call, request).await?;
    let location = format!("{BASE}/{}/{}", R::KIND.many, written.id);
    Ok(answer_written(&call, &written)?.created(location))
}

async fn read<R: Resource>(call: Call<Read<R>>) -> Result<Answer, Failure> {
    call.params().finish()?;
    let record = records::read(call.table(), call.access(), call.id()).await?;
    Ok(Answer::one(&record, extra_fields(&call))?.with_version(record.version))
}

async fn update<R: Resource>(call: Call<Write<R>>) -> Result<Answer, Failure> {
    let (body, if_match) = call.update().await?;
    let request = WriteRequest::update(call.id(), body, if_match);
    answer_written(&call, &write_one(&call, request).await?)
}

/// Gives one record fixed fields. The body may be empty, or name a version.
///
/// # Errors
/// As an update.
pub async fn set_one<R: Resource>(
    call: Call<Write<R>>,
    fields: &Object,
) -> Result<Answer, Failure> {
    let (body, if_match) = call.update_or_empty().await?;
    let request = WriteRequest::set(call.id(), body, fields, if_match);
    answer_written(&call, &write_one(&call, request).await?)
}

async fn create_batch<R: Resource>(call: Call<Write<R>>) -> Result<Answer, Failure> {
    let records = call.batch(&[]).await?.into_records()?;
    let (sent, requests) = requests(records, WriteRequest::create);
    let results = write(&call, requests).await?;
    answer_batch(&call, sent, results, &[Status::Created])
}

async fn update_batch<R: Resource>(call: Call<Write<R>>) -> Result<Answer, Failure> {
    let records = call.batch(&[]).await?.into_records()?;
    let (sent, requests) = requests(records, WriteRequest::update_row);
    let results = write(&call, requests).await?;
    answer_batch(&call, sent, results, &[Status::Updated, Status::Unchanged])
}

async fn upsert_batch<R: Resource>(call: Call<Write<R>>) -> Result<Answer, Failure> {
    let mut body = call.batch(&["operation"]).await?;
    let mode = body.fields.get("operation").and_then(|json| {
        let mut errors = ErrorSink::new(&mut body.problems);
        UpsertMode::from_json(json, &mut errors.at("operation"))
    });
    let records = body.into_records()?;
    let mode = mode.unwrap_or_default();
    let (sent, requests) = requests(records, |row| WriteRequest::upsert_row(row, mode));
    let results = write(&call, requests).await?;
    let statuses = [Status::Created, Status::Updated, Status::Unchanged];
    answer_batch(&call, sent, results, &statuses)
}

/// Gives the records that the rows of a batch select fixed fields. A changed record has the status
/// `changed`.
///
/// # Errors
/// The problems of the envelope, and any failure to read the records.
pub async fn set_rows<R: Resource>(
    call: Call<Write<R>>,
    fields: &Object,
    changed: Status,
) -> Result<Answer, Failure> {
    let records = call.batch(&[]).await?.into_records()?;
    let (sent, requests) = requests(records, |row| WriteRequest::set_row(row, fields));
    let mut results = records::write(&call.records(), call.access(), requests).await?;
    for written in results.iter_mut().flatten() {
        if written.status == Status::Updated {
            written.status = changed;
        }
    }
    call.count(&results);
    answer_batch(&call, sent, results, &[changed, Status::Unchanged])
}

/// What the answers of a kind have in addition to the data.
pub fn extra_fields<P: ForKind<Kind: Resource>>(call: &Call<P>) -> Option<(&'static str, Value)> {
    let categories = || json!(call.workspace().config.categories);
    P::Kind::SHOWS_CATEGORIES.then(|| ("category_options", categories()))
}

/// The answer to a single write: the record, if the key may read it.
fn answer_written<R: Resource>(
    call: &Call<Write<R>>,
    written: &Written<Record<R>>,
) -> Result<Answer, Failure> {
    let answer = match call.may_read() {
        true => Answer::one(&written.record, extra_fields(call))?,
        false => Answer::one(&written.receipt(), extra_fields(call))?,
    };
    Ok(answer.with_version(written.record.version))
}

/// A single write is a batch of one.
async fn write_one<R: Resource>(
    call: &Call<Write<R>>,
    request: Result<WriteRequest, Failure>,
) -> WriteResult<Record<R>> {
    let results = write(call, vec![request]).await?;
    let result = results.into_iter().next();
    result.unwrap_or_else(|| Err(Failure::Internal("a batch of one has no result".into())))
}

async fn write<R: Resource>(
    call: &Call<Write<R>>,
    requests: Vec<Result<WriteRequest, Failure>>,
) -> Result<Vec<WriteResult<Record<R>>>, Failure> {
    let results = records::write(&call.records(), call.access(), requests).await?;
    call.count(&results);
    Ok(results)
}

/// What names each record in a failure, and what it asks for, if it could be read.
fn requests(
    records: Vec<SentRecord>,
    request: impl Fn(Value) -> Result<WriteRequest, Failure>,
) -> (Vec<SentIds>, Vec<Result<WriteRequest, Failure>>) {
    let records = records.into_iter();
    let asked = |record: SentRecord| request(record.into_json()?);
    records.map(|record| (record.ids(), asked(record))).unzip()
}

fn answer_batch<R: Resource>(
    call: &Call<Write<R>>,
    sent: Vec<SentIds>,
    results: Vec<WriteResult<Record<R>>>,
    statuses: &[Status],
) -> Result<Answer, Failure> {
    let items = sent.into_iter().zip(results);
    let items = items
        .map(|(sent, result)| BatchItem { sent, result })
        .collect();
    let meta = BatchMeta {
        statuses,
        duplicate_conflicts: false,
        reveals_values: call.may_read(),
    };
    Answer::batch(items, &meta, extra_fields(call))
}
