//! Creating revenues: idempotent by source and external id, for ever.
//!
//! The id is derived from both, so that the revenue is its own claim: one conditional write either
//! creates it or returns the existing one.

use std::collections::HashSet;

use domain::fields::{Fields, object};
use domain::problem::{ErrorSink, Problems};
use domain::resource::Target;
use domain::revenue::Revenue;
use domain::schema::absent_or_set;
use schemars::JsonSchema;
use serde::Serialize;
use shared::auth::Write;
use shared::batch::{
    self, BatchItem, Difference, Receipt, SentRecord, Status, WriteResult, Written,
};
use shared::error::Failure;
use shared::http::{Answer, BatchMeta, Call, visible};
use shared::records;
use shared::table::{Action, Condition, Outcome};

/// The answer to a single create.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RevenueWritten", transform = absent_or_set)]
pub struct Created {
    data: Visible,
    /// What the create did.
    outcome: Status,
    /// Of a duplicate: the fields that differ from the stored revenue, which was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
}

/// The revenue, or a receipt if the key may not read it.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Visible {
    Revenue(Box<Revenue>),
    Receipt(Receipt),
}

/// Creates one revenue.
pub async fn create(call: Call<Write<Revenue>>) -> Result<Answer, Failure> {
    let body = SentRecord::whole(call.json().await?);
    let results = write(&call, std::slice::from_ref(&body)).await?;
    let result = results.into_iter().next();
    let missing = || Err(Failure::Internal("a batch of one has no result".into()));
    let written = result.unwrap_or_else(missing)?;
    let location = format!("/api/v1/revenues/{}", written.id);
    let is_duplicate = written.status == Status::SkippedDuplicate;
    let answer = Answer::ok(&Created {
        outcome: written.status,
        data: match call.may_read() {
            true => Visible::Revenue(Box::new(written.record)),
            false => Visible::Receipt(written.receipt()),
        },
        differences: is_duplicate.then(|| visible(written.differences, call.may_read())),
    })?;
    Ok(match is_duplicate {
        true => answer,
        false => answer.created(location),
    })
}

/// Creates the revenues of a batch.
pub async fn create_batch(call: Call<Write<Revenue>>) -> Result<Answer, Failure> {
    let records = call.batch(&[]).await?.into_records()?;
    let results = write(&call, &records).await?;
    let items = records.iter().zip(results);
    let items = items
        .map(|(record, result)| BatchItem::new(record, result))
        .collect();
    let meta = BatchMeta {
        statuses: &[Status::Created, Status::SkippedDuplicate],
        duplicate_conflicts: true,
        reveals_values: call.may_read(),
    };
    Answer::batch(items, &meta, None)
}

/// Creates revenues as if one by one in their order, each with its own result.
async fn write(
    call: &Call<Write<Revenue>>,
    records: &[SentRecord],
) -> Result<Vec<WriteResult<Revenue>>, Failure> {
    let drafts: Vec<_> = records.iter().map(|record| draft(call, record)).collect();
    let sources = drafts.iter().flat_map(|(revenue, _)| revenue);
    let sources = sources
        .map(|revenue| Target::Source(revenue.revenue_source_id))
        .collect();
    let unknown = records::missing(call.table(), call.access(), &sources).await?;
    let revenues: Vec<_> = drafts
        .into_iter()
        .map(|draft| check_source(draft, &unknown))
        .collect();
    // The same external id twice is two steps, of which the second meets the result of the first.
    let ids = revenues
        .iter()
        .map(|revenue| revenue.iter().map(|revenue| revenue.id).collect());
    let groups = batch::groups(ids.collect());
    let results = batch::run(groups, |index| put(call, &revenues[index])).await;
    call.count(&results);
    Ok(results)
}

/// A revenue as far as its body could be read, with its problems.
type Draft = (Option<Revenue>, Problems);

fn draft(call: &Call<Write<Revenue>>, record: &SentRecord) -> Draft {
    let mut problems = record.problems.clone();
    if !problems.is_empty() {
        return (None, problems);
    }
    let Some(object) = object(&record.json, &mut ErrorSink::new(&mut problems)) else {
        return (None, problems);
    };
    let mut fields = Fields::new(object, ErrorSink::new(&mut problems), true, call.now());
    let default_source = call.workspace().config.default_source;
    let revenue = Revenue::read(
        &mut fields,
        default_source,
        |source, external_id| match external_id {
            Some(external_id) => call.access().revenue_id(source, external_id),
            None => call.new_id(),
        },
    );
    fields.finish();
    (Some(revenue), problems)
}

/// The revenue of a draft without problems, whose source exists.
fn check_source(
    (revenue, mut problems): Draft,
    unknown_sources: &HashSet<Target>,
) -> Result<Revenue, Problems> {
    let mut errors = ErrorSink::new(&mut problems);
    let source = revenue.as_ref().map(|revenue| revenue.revenue_source_id);
    if let Some(source) = source.filter(|source| unknown_sources.contains(&Target::Source(*source)))
        && errors.is_valid(&["revenue_source_id"])
    {
        let violation = records::not_found(&Target::Source(source));
        errors.at("revenue_source_id").take::<()>(Err(violation));
    }
    match revenue {
        Some(revenue) => problems.or(revenue),
        None => Err(problems),
    }
}

async fn put(
    call: &Call<Write<Revenue>>,
    revenue: &Result<Revenue, Problems>,
) -> WriteResult<Revenue> {
    let revenue = revenue.clone()?;
    let access = call.access();
    let listed = access.revenue_listed(revenue.occurred_at, revenue.id, revenue.created_at);
    let key = access.revenue(revenue.id);
    let action = Action::put(key, Some(listed), Condition::Absent, &revenue)?;
    // The nonce distinguishes a lost first attempt of this write from a duplicate.
    let outcome = call.table().write(vec![action], call.new_id()).await;
    let repeatable = revenue.external_id.is_some();
    match outcome.map_err(|error| Failure::from(error).of_create(repeatable))? {
        Outcome::Applied => Ok(written(Status::Created, revenue, Vec::new())),
        Outcome::Conflict => Err(Failure::Contention),
        // A revenue never changes, so the existing one was there before, whether or not an answer
        // was lost.
        Outcome::Refused(existing) | Outcome::Uncertain(existing) => {
            let existing = existing.into_iter().flatten().next();
            let missing = || Failure::Internal("a failed condition returned no item".into());
            let stored: Revenue = existing.ok_or_else(missing)?.read()?;
            let mut differences = batch::differences(&stored, &revenue);
            differences.retain(|found| !Revenue::OWN_FIELDS.contains(&found.field.as_str()));
            Ok(written(Status::SkippedDuplicate, stored, differences))
        }
    }
}

fn written(status: Status, record: Revenue, differences: Vec<Difference>) -> Written<Revenue> {
    let external_id = record.external_id.as_ref();
    Written {
        status,
        id: record.id,
        external_id: external_id.map(|external_id| external_id.as_str().to_owned()),
        version: None,
        record,
        differences,
    }
}
