//! The envelopes: one, many, and the results of a batch.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Answer;
use super::problem::{ProblemDocument, document};
use crate::batch::{Answered, Difference, Done, Outcomes, Status};
use crate::error::Failure;
use crate::lists::Listed;

/// `{"data": …}` with whatever else a kind adds beside it.
#[derive(Serialize)]
struct Envelope<T> {
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Value>,
    #[serde(flatten)]
    beside: Option<BTreeMap<&'static str, Value>>,
}

impl<T: Serialize> Envelope<T> {
    fn answer(
        data: T,
        meta: Option<Value>,
        beside: Option<(&'static str, Value)>,
    ) -> Result<Answer, Failure> {
        Answer::ok(&Self {
            data,
            meta,
            beside: beside.map(|beside| BTreeMap::from([beside])),
        })
    }
}

/// What the `meta` of a batch counts.
pub struct Tally {
    /// The statuses that the endpoint can give, beside `failed` and `outcome_unknown`.
    pub statuses: &'static [Status],
    /// Whether duplicates with differences are counted too.
    pub duplicate_conflicts: bool,
}

impl Answer {
    /// The answer with one record, and what stands beside it.
    ///
    /// # Errors
    /// [`Failure::Internal`] if it cannot be written as JSON, which is a bug.
    pub fn one(
        data: &impl Serialize,
        beside: Option<(&'static str, Value)>,
    ) -> Result<Self, Failure> {
        Envelope::answer(data, None, beside)
    }

    /// The answer with a page of a list.
    ///
    /// # Errors
    /// As [`Self::one`].
    pub fn many(
        listed: Listed<impl Serialize>,
        beside: Option<(&'static str, Value)>,
    ) -> Result<Self, Failure> {
        let meta = Some(list_meta(&listed));
        Envelope::answer(listed.rows, meta, beside)
    }

    /// The answer with the results of a batch.
    ///
    /// # Errors
    /// As [`Self::one`].
    pub fn batch(
        answered: Vec<Answered<impl Serialize>>,
        tally: &Tally,
        beside: Option<(&'static str, Value)>,
    ) -> Result<Self, Failure> {
        let outcomes = Outcomes::of(answered.iter().map(|answered| &answered.result));
        let meta = Some(batch_meta(tally, &outcomes, answered.len()));
        let data: Vec<_> = answered
            .into_iter()
            .enumerate()
            .map(|(index, answered)| row(index, answered))
            .collect();
        Envelope::answer(data, meta, beside)
    }
}

/// The `meta` of a list.
fn list_meta<T>(listed: &Listed<T>) -> Value {
    let per_page = listed.per_page as u64;
    let last_page = listed.total.map(|total| total.div_ceil(per_page).max(1));
    let mut meta =
        json!({ "current_page": listed.page, "last_page": last_page, "per_page": per_page });
    if let Some(total) = listed.total {
        meta["total"] = total.into();
    }
    meta["next_cursor"] = json!(listed.next_cursor);
    meta
}

/// The result of one record of a batch.
#[derive(Serialize)]
struct Row<T> {
    index: usize,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retryable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ProblemDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

fn row<T>(
    index: usize,
    Answered {
        sent_id,
        sent_external_id,
        result,
    }: Answered<T>,
) -> Row<T> {
    let status = Outcomes::status(&result);
    match result {
        Ok(Done {
            status: done,
            id,
            external_id,
            record,
            differences,
        }) => Row {
            index,
            status,
            id: Some(Uuid::to_string(&id)),
            external_id,
            retryable: None,
            error: None,
            differences: (done == Status::SkippedDuplicate).then_some(differences),
            data: Some(record),
        },
        Err(failure) => {
            let error = document(failure);
            Row {
                index,
                status,
                id: sent_id,
                external_id: sent_external_id,
                retryable: Some(error.retryable),
                error: Some(error),
                differences: None,
                data: None,
            }
        }
    }
}

/// The `meta` of a batch: every status that the endpoint can give, and their sum.
fn batch_meta(tally: &Tally, outcomes: &Outcomes, total: usize) -> Value {
    let mut meta = json!({ "total": total });
    let statuses = tally.statuses.iter().map(|status| status.name());
    let conflicts = tally
        .duplicate_conflicts
        .then_some(Outcomes::DUPLICATE_CONFLICTS);
    for name in statuses
        .chain([Outcomes::FAILED, Outcomes::UNKNOWN])
        .chain(conflicts)
    {
        meta[name] = outcomes.count(name).into();
    }
    meta
}
