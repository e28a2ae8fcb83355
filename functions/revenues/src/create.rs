//! Creating revenues: idempotent by source and external id, for ever.
//!
//! The id is derived from both, so that the revenue is its own claim: it is inserted, which never
//! changes an existing one.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

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
use shared::table::{Insertion, NewItem, StoreError};

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
    let items = records.iter().map(SentRecord::ids).zip(results);
    let items = items
        .map(|(sent, result)| BatchItem { sent, result })
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
    let revenues = drafts
        .into_iter()
        .map(|draft| check_source(draft, &unknown));
    let results = insert_in_order(call, revenues).await?;
    call.count(&results);
    Ok(results)
}

/// A revenue that is to be inserted, with its place in the batch.
struct Step {
    index: usize,
    revenue: Revenue,
    item: NewItem,
}

/// Inserts all revenues at once, but for those with an id that the batch has several times: each of
/// them meets the result of the one before it.
async fn insert_in_order(
    call: &Call<Write<Revenue>>,
    revenues: impl Iterator<Item = Result<Revenue, Problems>>,
) -> Result<Vec<WriteResult<Revenue>>, Failure> {
    let mut results: Vec<Option<WriteResult<Revenue>>> = Vec::new();
    let mut waiting = Vec::new();
    for (index, revenue) in revenues.enumerate() {
        match revenue {
            Ok(revenue) => {
                waiting.push(step(call, index, revenue)?);
                results.push(None);
            }
            Err(problems) => results.push(Some(Err(problems.into()))),
        }
    }
    while !waiting.is_empty() {
        let mut first_with = HashMap::new();
        let (first, later): (Vec<Step>, Vec<Step>) =
            waiting
                .into_iter()
                .partition(|step| match first_with.entry(step.revenue.id) {
                    Entry::Vacant(entry) => {
                        entry.insert(step.index);
                        true
                    }
                    Entry::Occupied(_) => false,
                });
        for (index, result) in insert(call, first).await {
            results[index] = Some(result);
        }
        waiting = Vec::new();
        for step in later {
            match &results[first_with[&step.revenue.id]] {
                Some(Ok(first)) => {
                    let duplicate = duplicate(first.record.clone(), &step.revenue);
                    results[step.index] = Some(Ok(duplicate));
                }
                Some(Err(_)) | None => waiting.push(step),
            }
        }
    }
    Ok(results.into_iter().flatten().collect())
}

fn step(call: &Call<Write<Revenue>>, index: usize, revenue: Revenue) -> Result<Step, Failure> {
    let access = call.access();
    let key = access.revenue(revenue.id);
    let listed = access.revenue_listed(revenue.occurred_at, revenue.id, revenue.created_at);
    let item = NewItem::new(key, &listed, &revenue)?;
    Ok(Step {
        index,
        revenue,
        item,
    })
}

/// Inserts revenues whose ids differ, and returns the result of each.
async fn insert(
    call: &Call<Write<Revenue>>,
    steps: Vec<Step>,
) -> impl Iterator<Item = (usize, WriteResult<Revenue>)> {
    let mut revenues = Vec::with_capacity(steps.len());
    let mut items = Vec::with_capacity(steps.len());
    for step in steps {
        revenues.push((step.index, step.revenue));
        items.push(step.item);
    }
    // The nonce distinguishes a lost first attempt of this insertion from a duplicate.
    let outcomes = call.table().insert(items, call.new_id()).await;
    let results = revenues.into_iter().zip(outcomes);
    results.map(|((index, revenue), outcome)| (index, result(revenue, outcome)))
}

fn result(revenue: Revenue, outcome: Result<Insertion, StoreError>) -> WriteResult<Revenue> {
    let repeatable = revenue.external_id.is_some();
    match outcome.map_err(|error| Failure::from(error).of_create(repeatable))? {
        Insertion::Applied => Ok(written(Status::Created, revenue, Vec::new())),
        Insertion::Existed(existing) => Ok(duplicate(existing.read()?, &revenue)),
    }
}

/// The result of a revenue that is `stored` already.
fn duplicate(stored: Revenue, revenue: &Revenue) -> Written<Revenue> {
    let mut differences = match stored.says_the_same(revenue) {
        true => Vec::new(),
        false => batch::differences(&stored, revenue),
    };
    differences.retain(|found| !Revenue::OWN_FIELDS.contains(&found.field.as_str()));
    written(Status::SkippedDuplicate, stored, differences)
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
