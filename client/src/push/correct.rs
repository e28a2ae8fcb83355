//! Corrections: an adjustment of the difference for each revenue that is stored with another
//! amount.
//!
//! The stored revenue never changes, so a duplicate with the corrected amount differs from it every
//! night. What counts is the sum of the stored amount and of the adjustments that were sent for it:
//! if that is the amount of the file, there is nothing to do.

use std::collections::HashMap;
use std::sync::Arc;

use domain::problem::quote;
use domain::upsert::UpsertMode;
use domain::value::{EXTERNAL_ID_CHARACTERS_MAX, FromText, Money, Sum, Timestamp};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::amounts::Amounts;
use super::deliver::deliver;
use super::entry::{Batch, Conflict, Entry, Prepared, RowOutcome};
use super::stored::{ADJUSTMENT_MARK, Adjustment, read};
use crate::api::{Api, ApiError, ItemStatus};
use crate::kind::RecordKind;
use crate::rows::RowProblem;

/// The most characters of an amount and of a number after it, in an external id.
const AMOUNT_CHARACTERS_MAX: usize = 40;

/// A revenue that is stored with the same values as in the file, but for the amount.
struct Duplicate {
    line: u64,
    record: Map<String, Value>,
    external_id: String,
    source: Uuid,
    day: String,
    stored: i128,
    submitted: i128,
}

/// The adjustments that corrections sent.
pub struct Adjustments {
    /// What the files have.
    amounts: Arc<Amounts>,
    /// Those of a day are read when they are needed.
    days: Mutex<HashMap<String, Vec<Adjustment>>>,
}

impl Adjustments {
    /// Nothing is read yet.
    pub fn new(amounts: Arc<Amounts>) -> Arc<Self> {
        let days = Mutex::default();
        Arc::new(Self { amounts, days })
    }

    /// Those of a revenue.
    async fn of(&self, api: &Api, one: &Duplicate) -> Result<Vec<Adjustment>, ApiError> {
        let mut days = self.days.lock().await;
        if !days.contains_key(&one.day) {
            days.insert(one.day.clone(), read(api, &one.day).await?);
        }
        let prefix = adjustment_prefix(&one.external_id);
        let is_of_this = |known: &&Adjustment| {
            let external_id = known.external_id.as_deref().unwrap_or_default();
            known.revenue_source_id == one.source && external_id.starts_with(&prefix)
        };
        let of_day = days.get(&one.day).into_iter().flatten();
        Ok(of_day.filter(is_of_this).cloned().collect())
    }

    async fn add(&self, day: &str, adjustment: Adjustment) {
        let mut days = self.days.lock().await;
        days.entry(day.to_owned()).or_default().push(adjustment);
    }

    /// Sends the adjustments that a batch needs. A duplicate with the stored amount needs one, too,
    /// if an earlier file had another amount.
    ///
    /// # Errors
    /// Why it cannot be found out what was corrected before, or an adjustment cannot be sent. The
    /// entry then has no outcome.
    pub async fn correct(&self, api: &Api, batch: &mut Batch) -> Result<(), ApiError> {
        for entry in &mut batch.entries {
            let Some(duplicate) = duplicate(entry) else {
                continue;
            };
            let objection = self
                .amounts
                .objection(duplicate.source, &duplicate.external_id);
            if let Some(objection) = objection {
                if let Some(RowOutcome::Conflict(conflicts)) = &mut entry.outcome {
                    let notes = conflicts.iter_mut().map(|conflict| &mut conflict.note);
                    notes.for_each(|note| *note = Some(objection.clone()));
                }
                continue;
            }
            let before = entry.outcome.take();
            entry.outcome = self.settle(api, &duplicate).await?.or(before);
        }
        Ok(())
    }

    /// Makes the sum what it should be. Returns nothing if there is nothing to say about it.
    async fn settle(&self, api: &Api, one: &Duplicate) -> Result<Option<RowOutcome>, ApiError> {
        let earlier = self.of(api, one).await?;
        let amounts = earlier
            .iter()
            .filter_map(|known| thousandths(&known.amount));
        let missing = one.submitted - one.stored - amounts.sum::<i128>();
        if missing == 0 {
            let is_corrected = one.submitted != one.stored;
            return Ok(is_corrected.then_some(RowOutcome::AlreadyCorrected));
        }
        let ids = earlier
            .iter()
            .filter_map(|known| known.external_id.as_deref());
        let ids: Vec<&str> = ids.collect();
        let prefix = adjustment_prefix(&one.external_id);
        let first_id = format!("{prefix}{}", Sum::from_thousandths(one.submitted));
        let is_back = one.submitted == one.stored || ids.contains(&first_id.as_str());
        let external_id = new_id(first_id, &ids);
        let amount = Sum::from_thousandths(missing).to_string();
        let mut batch = Batch::default();
        batch.push(adjustment(one, &external_id, &amount));
        deliver(api, RecordKind::Revenues, UpsertMode::default(), &mut batch).await?;
        let sent = batch.entries.pop().and_then(|entry| entry.outcome);
        let outcome = match sent {
            Some(RowOutcome::Done(ItemStatus::Created)) => RowOutcome::Corrected { is_back },
            // By another run in the meantime, or by an attempt of this one whose answer was lost.
            Some(RowOutcome::Done(_)) => RowOutcome::AlreadyCorrected,
            other => return Ok(Some(refused(one, &external_id, &amount, other))),
        };
        let sent = Adjustment {
            external_id: Some(external_id),
            revenue_source_id: one.source,
            amount,
        };
        self.add(&one.day, sent).await;
        Ok(Some(outcome))
    }
}

/// The duplicate that an entry is, if everything about it is known.
fn duplicate(entry: &Entry) -> Option<Duplicate> {
    let prepared = entry.record.as_ref()?;
    let difference = match entry.outcome.as_ref()? {
        RowOutcome::Done(ItemStatus::SkippedDuplicate) => None,
        RowOutcome::Conflict(conflicts) => match &conflicts[..] {
            [conflict] if conflict.field == "amount" => Some(conflict),
            _ => return None,
        },
        RowOutcome::Done(_)
        | RowOutcome::Corrected { .. }
        | RowOutcome::AlreadyCorrected
        | RowOutcome::Rejected(_)
        | RowOutcome::Unknown(_)
        | RowOutcome::Unfinished(_) => return None,
    };
    let record: Map<String, Value> = serde_json::from_str(&prepared.json).ok()?;
    let occurred_at = Timestamp::from_text(record.get("occurred_at")?.as_str()?).ok()?;
    let submitted = match record.get("amount")? {
        Value::String(text) => thousandths(text)?,
        number => thousandths(&number.to_string())?,
    };
    let stored = match difference {
        Some(conflict) => thousandths(conflict.stored.as_ref()?.as_str()?)?,
        None => submitted,
    };
    Some(Duplicate {
        line: entry.line,
        record,
        external_id: prepared.external_id.clone()?,
        source: entry.source?,
        day: occurred_at.day().to_string(),
        stored,
        submitted,
    })
}

fn thousandths(text: &str) -> Option<i128> {
    let amount = Money::from_text(text).ok()?;
    Some(amount.thousandths().into())
}

/// What the external ids of all adjustments of a revenue begin with.
pub fn adjustment_prefix(external_id: &str) -> String {
    let longest = EXTERNAL_ID_CHARACTERS_MAX - ADJUSTMENT_MARK.len() - AMOUNT_CHARACTERS_MAX;
    if external_id.chars().count() <= longest {
        return format!("{external_id}{ADJUSTMENT_MARK}");
    }
    let hash = Sha256::digest(external_id.as_bytes());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hash}{ADJUSTMENT_MARK}")
}

/// The external id of an adjustment to a new amount. A revenue that has been adjusted to the same
/// amount before, and then to another one, gets a number after it.
fn new_id(first: String, earlier: &[&str]) -> String {
    let numbered = (2..).map(|number: usize| format!("{first}:{number}"));
    let mut ids = std::iter::once(first.clone()).chain(numbered);
    let new = ids.find(|id| !earlier.contains(&id.as_str()));
    new.unwrap_or(first)
}

/// The adjustment: everything as in the original, so that the same rule applies on the same day.
fn adjustment(one: &Duplicate, external_id: &str, amount: &str) -> Entry {
    let mut record = one.record.clone();
    let is_sale = record.get("type").and_then(Value::as_str) == Some("sale");
    let text = |text: &str| Value::String(text.to_owned());
    record.insert("external_id".to_owned(), text(external_id));
    record.insert("type".to_owned(), text("adjustment"));
    record.insert("amount".to_owned(), text(amount));
    // An original is a sale. What corrects a refund is about the sale of the refund.
    if is_sale {
        let original = text(&one.external_id);
        record.insert("original_external_id".to_owned(), original);
    }
    Entry {
        line: 0,
        original: crate::rows::Original::Json(Vec::new()),
        record: Some(Prepared {
            json: Value::Object(record).to_string(),
            external_id: Some(external_id.to_owned()),
        }),
        source: None,
        outcome: None,
    }
}

/// What becomes of a row whose adjustment ended with `outcome`, so that it is not corrected.
fn refused(one: &Duplicate, id: &str, amount: &str, outcome: Option<RowOutcome>) -> RowOutcome {
    let id = quote(id);
    let why = match outcome {
        Some(unfinished @ RowOutcome::Unfinished(_)) => return unfinished,
        Some(RowOutcome::Unknown(problem)) => {
            let detail = format!("the adjustment {id} of {amount}: {}", problem.detail);
            return RowOutcome::Unknown(RowProblem { detail, ..problem });
        }
        Some(RowOutcome::Conflict(conflicts)) => {
            let fields: Vec<_> = conflicts.into_iter().map(|one| one.field).collect();
            let fields = fields.join(", ");
            format!("already_exists: a revenue has this external_id, with another {fields}")
        }
        Some(RowOutcome::Rejected(problems)) => {
            let problems: Vec<_> = problems.iter().map(RowProblem::to_string).collect();
            problems.join("; ")
        }
        Some(RowOutcome::Done(_) | RowOutcome::Corrected { .. } | RowOutcome::AlreadyCorrected)
        | None => "the API did not say why".to_owned(),
    };
    let amount_of = |thousandths| Some(Sum::from_thousandths(thousandths).to_string().into());
    RowOutcome::Conflict(vec![Conflict {
        line: one.line,
        external_id: one.external_id.clone(),
        field: "amount".to_owned(),
        stored: amount_of(one.stored),
        submitted: amount_of(one.submitted),
        note: Some(format!(
            "not adjusted: the adjustment {id} of {amount} was not accepted: {why}"
        )),
    }])
}
