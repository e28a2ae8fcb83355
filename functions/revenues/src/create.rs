//! Creating revenues: idempotent by source and external id, for ever.
//!
//! The id is made from both, so the revenue is its own claim: one conditional write either creates it or gives back
//! the one that is there.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;
use shared::app::App;
use shared::auth::{Access, Write};
use shared::batch::{self, Answered, Difference, Done, Ended, Status, differences};
use shared::error::Failure;
use shared::http::{Answer, Call, Tally};
use shared::patch::{Fields, object};
use shared::problem::{Code, Problems, Report};
use shared::records;
use shared::resource::Target;
use shared::table::{Action, Condition, Outcome, Table};

use crate::{Body, Revenue};

/// A single answer.
#[derive(Serialize)]
struct Created {
    data: Revenue,
    outcome: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
}

/// Creates one revenue.
pub async fn one(call: Call<Write<Revenue>>) -> Result<Answer, Failure> {
    let body = call.json().await?;
    let results = create(&call, std::slice::from_ref(&body)).await?;
    let done = results
        .into_iter()
        .next()
        .unwrap_or_else(|| Err(Failure::Internal("a batch of one has no result".into())))?;
    let location = format!("/api/v1/revenues/{}", done.id);
    let duplicate = done.status == Status::SkippedDuplicate;
    let differences = duplicate.then_some(done.differences);
    let answer = Answer::ok(&Created {
        data: done.record,
        outcome: done.status,
        differences,
    })?;
    Ok(if duplicate {
        answer
    } else {
        answer.created(location)
    })
}

/// Creates the revenues of a batch.
pub async fn batch(call: Call<Write<Revenue>>) -> Result<Answer, Failure> {
    let body = call.object().await?;
    let records = batch::records(&body)?;
    let results = create(&call, records).await?;
    let answered = records
        .iter()
        .zip(results)
        .map(|(record, result)| Answered::new(record, result))
        .collect();
    let tally = Tally {
        statuses: &[Status::Created, Status::SkippedDuplicate],
        duplicate_conflicts: true,
    };
    Answer::batch(answered, &tally, None)
}

/// Creates revenues as if one by one in their order, each with its own result.
async fn create(
    call: &Call<Write<Revenue>>,
    records: &[Value],
) -> Result<Vec<Ended<Revenue>>, Failure> {
    let Call {
        app, table, access, ..
    } = call;
    let drafts: Vec<_> = records
        .iter()
        .map(|record| draft(app, access, record))
        .collect();
    let sources = drafts
        .iter()
        .flat_map(|(body, _)| body)
        .map(|body| Target::Source(body.revenue_source_id))
        .collect();
    let unknown = records::missing(table, access, &sources).await?;
    let drafts: Vec<_> = drafts
        .into_iter()
        .map(|draft| revenue(app, access, draft, &unknown))
        .collect();
    // The same external id twice is two steps, and the second one meets the first.
    let names = drafts
        .iter()
        .map(|draft| draft.iter().map(|revenue| revenue.id).collect())
        .collect();
    let results = batch::run(batch::groups(names), |index| {
        put(app, table, access, &drafts[index])
    })
    .await;
    call.note(&results);
    Ok(results)
}

/// The body as far as it could be read, and what is wrong with it.
type Draft = (Option<Body>, Problems);

fn draft(app: &App, access: &Access<Write<Revenue>>, record: &Value) -> Draft {
    let mut problems = Problems::default();
    let Some(object) = object(record, &mut Report::new(&mut problems)) else {
        return (None, problems);
    };
    let mut fields = Fields::new(object, Report::new(&mut problems), true, app.now());
    let body = Body::read(&mut fields, access.workspace().config.default_source);
    fields.finish();
    body.check(&mut Report::new(&mut problems));
    (Some(body), problems)
}

/// The revenue of a draft, if nothing is wrong with it.
fn revenue(
    app: &App,
    access: &Access<Write<Revenue>>,
    (body, mut problems): Draft,
    unknown_sources: &HashSet<Target>,
) -> Result<Revenue, Problems> {
    let body = body.unwrap_or_default();
    let mut report = Report::new(&mut problems);
    if report.sound(&["revenue_source_id"])
        && unknown_sources.contains(&Target::Source(body.revenue_source_id))
    {
        let detail = format!(
            "there is no revenue source {} in this workspace",
            body.revenue_source_id
        );
        report.at("revenue_source_id").add(Code::NotFound, detail);
    }
    let id = match &body.external_id {
        Some(external_id) => access.revenue_id(body.revenue_source_id, external_id),
        None => app.new_id(),
    };
    problems.or(Revenue {
        id,
        body,
        created_at: app.now(),
    })
}

async fn put(
    app: &App,
    table: &Table,
    access: &Access<Write<Revenue>>,
    draft: &Result<Revenue, Problems>,
) -> Ended<Revenue> {
    let revenue = draft.clone()?;
    let listed = access.revenue_listed(revenue.body.occurred_at, revenue.id, revenue.created_at);
    let action = Action::put(
        access.revenue(revenue.id),
        Some(listed),
        Condition::Absent,
        &revenue,
    )?;
    // The nonce tells a lost first attempt of this write from a duplicate.
    let outcome = table.write(vec![action], app.new_id()).await;
    match outcome
        .map_err(|error| Failure::from(error).of_create(revenue.body.external_id.is_some()))?
    {
        Outcome::Applied => Ok(done(Status::Created, revenue, Vec::new())),
        Outcome::Conflict => Err(Failure::Contention),
        // A revenue never changes, so what stands there was there before, whether or not an answer was lost.
        Outcome::Refused(refusal) => {
            let existing = refusal.existing.into_iter().flatten().next();
            let existing = existing
                .ok_or_else(|| Failure::Internal("a failed condition shows no item".into()))?;
            let stored: Revenue = existing.read()?;
            let differences = differences(&stored.body, &revenue.body);
            Ok(done(Status::SkippedDuplicate, stored, differences))
        }
    }
}

fn done(status: Status, record: Revenue, differences: Vec<Difference>) -> Done<Revenue> {
    let external_id = record
        .body
        .external_id
        .as_ref()
        .map(|external_id| external_id.as_str().to_owned());
    Done {
        status,
        id: record.id,
        external_id,
        record,
        differences,
    }
}
