//! The operations that every kind of record has.

use axum::http::Method;
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::envelope::Tally;
use super::operation::Operation;
use crate::auth::{Of, Read, Write};
use crate::batch::{self, Answered, Done, Ended, Status};
use crate::error::Failure;
use crate::patch::Object;
use crate::problem::{Problems, Report};
use crate::records::{self, Order};
use crate::resource::{Record, Resource};
use crate::value::FromJson;

/// Where the API begins.
const BASE: &str = "/api/v1";

/// The seven operations of a kind of record: list, create, read, update, and the batches create, update and upsert.
pub fn record_operations<R: Resource>() -> Vec<Operation> {
    let path = |suffix: &str| format!("{BASE}/{}{suffix}", R::NOUN.many);
    vec![
        Operation::new(Method::GET, path(""), list::<R>),
        Operation::new(Method::POST, path(""), create::<R>),
        Operation::new(Method::GET, path("/{id}"), read::<R>),
        Operation::new(Method::PUT, path("/{id}"), update::<R>),
        Operation::new(Method::POST, path("/batch"), create_batch::<R>),
        Operation::new(Method::PUT, path("/batch"), update_batch::<R>),
        Operation::new(Method::POST, path("/upsert"), upsert_batch::<R>),
    ]
}

async fn list<R: Resource>(call: Call<Read<R>>) -> Result<Answer, Failure> {
    let listed = records::list(&call.table, &call.access, call.params()).await?;
    Answer::many(listed, beside(&call))
}

async fn create<R: Resource>(call: Call<Write<R>>) -> Result<Answer, Failure> {
    let order = Order::create(&call.json().await?);
    let done = write_one(&call, order).await?;
    let location = format!("{BASE}/{}/{}", R::NOUN.many, done.id);
    Ok(Answer::one(&done.record, beside(&call))?
        .created(location)
        .with_version(done.record.version))
}

async fn read<R: Resource>(call: Call<Read<R>>) -> Result<Answer, Failure> {
    call.params().finish()?;
    let record = records::read(&call.table, &call.access, call.id()).await?;
    Ok(Answer::one(&record, beside(&call))?.with_version(record.version))
}

async fn update<R: Resource>(call: Call<Write<R>>) -> Result<Answer, Failure> {
    let order = Order::update(call.id(), &call.json().await?, call.if_match());
    answer_one(&call, order).await
}

/// Gives one record fixed fields; the body may be left out, or name a version.
///
/// # Errors
/// As an update.
pub async fn set_one<R: Resource>(
    call: Call<Write<R>>,
    fields: &Object,
) -> Result<Answer, Failure> {
    let order = Order::set(
        call.id(),
        &call.json_or_nothing().await?,
        fields,
        call.if_match(),
    );
    answer_one(&call, order).await
}

async fn create_batch<R: Resource>(call: Call<Write<R>>) -> Result<Answer, Failure> {
    let body = call.object().await?;
    let records = batch::records(&body)?;
    write_rows(
        &call,
        records,
        Order::create,
        &[Status::Created],
        |status| status,
    )
    .await
}

async fn update_batch<R: Resource>(call: Call<Write<R>>) -> Result<Answer, Failure> {
    let body = call.object().await?;
    let records = batch::records(&body)?;
    write_rows(
        &call,
        records,
        Order::update_row,
        &[Status::Updated, Status::Unchanged],
        |status| status,
    )
    .await
}

async fn upsert_batch<R: Resource>(call: Call<Write<R>>) -> Result<Answer, Failure> {
    let body = call.object().await?;
    let mut problems = Problems::default();
    let operation = body.get("operation").map(|json| {
        records::Operation::from_json(json, &mut Report::new(&mut problems).at("operation"))
    });
    let records = batch::records_beside(&body, &["operation"], problems)?;
    let operation = operation.flatten().unwrap_or_default();
    let statuses = &[Status::Created, Status::Updated, Status::Unchanged];
    write_rows(
        &call,
        records,
        |row| Order::upsert_row(row, operation),
        statuses,
        |status| status,
    )
    .await
}

/// Gives the records that the rows of a batch name fixed fields; a changed one is told as `changed`.
///
/// # Errors
/// Of the envelope, and of reading the records.
pub async fn set_rows<R: Resource>(
    call: Call<Write<R>>,
    fields: &Object,
    changed: Status,
    statuses: &'static [Status],
) -> Result<Answer, Failure> {
    let body = call.object().await?;
    let records = batch::records(&body)?;
    let told = |status| {
        if status == Status::Updated {
            changed
        } else {
            status
        }
    };
    write_rows(
        &call,
        records,
        |row| Order::set_row(row, fields),
        statuses,
        told,
    )
    .await
}

/// What the answers of a kind carry beside the data.
fn beside<R: Resource, P>(call: &Call<P>) -> Option<(&'static str, Value)>
where
    P: Of<Kind = R>,
{
    R::envelope(&call.access.workspace())
}

async fn answer_one<R: Resource>(
    call: &Call<Write<R>>,
    order: Result<Order, Failure>,
) -> Result<Answer, Failure> {
    let done = write_one(call, order).await?;
    Ok(Answer::one(&done.record, beside(call))?.with_version(done.record.version))
}

/// A single write is a batch of one.
async fn write_one<R: Resource>(
    call: &Call<Write<R>>,
    order: Result<Order, Failure>,
) -> Ended<Record<R>> {
    let results = records::write(&call.app, &call.table, &call.access, vec![order]).await?;
    call.note(&results);
    results
        .into_iter()
        .next()
        .unwrap_or_else(|| Err(Failure::Internal("a batch of one has no result".into())))
}

async fn write_rows<R: Resource>(
    call: &Call<Write<R>>,
    rows: &[Value],
    order: impl Fn(&Value) -> Result<Order, Failure>,
    statuses: &'static [Status],
    told: impl Fn(Status) -> Status,
) -> Result<Answer, Failure> {
    let orders = rows.iter().map(order).collect();
    let results = records::write(&call.app, &call.table, &call.access, orders).await?;
    let told = |ended: Ended<_>| {
        ended.map(|done| Done {
            status: told(done.status),
            ..done
        })
    };
    let results: Vec<_> = results.into_iter().map(told).collect();
    call.note(&results);
    let answered = rows
        .iter()
        .zip(results)
        .map(|(row, result)| Answered::new(row, result))
        .collect();
    let tally = Tally {
        statuses,
        duplicate_conflicts: false,
    };
    Answer::batch(answered, &tally, beside(call))
}
