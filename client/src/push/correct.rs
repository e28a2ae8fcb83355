//! Corrections: an adjustment of the difference for each revenue that is stored with another
//! amount.
//!
//! The stored revenue never changes, so a duplicate with the corrected amount differs from it every
//! night. What counts is the sum of the stored amount and of the adjustments that were sent for it:
//! if that is the amount of the file, there is nothing to do.

use std::collections::HashMap;
use std::sync::Arc;

use domain::upsert::UpsertMode;
use domain::value::{EXTERNAL_ID_CHARACTERS_MAX, FromText, Money, Sum, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::amounts::Amounts;
use super::deliver::deliver;
use super::entry::{Batch, Entry, Prepared, RowOutcome};
use crate::api::{Api, ApiError, Cause, ItemStatus};
use crate::kind::RecordKind;

/// What the external id of an adjustment has between that of the original and the new amount.
pub const ADJUSTMENT_MARK: &str = ":adjusted-to:";
/// The most characters of an amount and of a number after it, in an external id.
const AMOUNT_CHARACTERS_MAX: usize = 40;

/// An adjustment that is stored.
#[derive(Clone, Debug, Deserialize)]
struct Adjustment {
    external_id: Option<String>,
    revenue_source_id: Uuid,
    amount: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    data: Vec<Adjustment>,
    meta: Meta,
}

#[derive(Debug, Deserialize)]
struct Meta {
    next_cursor: Option<String>,
}

/// A revenue that is stored with the same values as in the file, but for the amount.
struct Duplicate {
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

    /// Makes the sum what it should be. Returns nothing if there is nothing to say about it, or the
    /// API does not accept the adjustment.
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
            Some(unfinished @ RowOutcome::Unfinished(_)) => return Ok(Some(unfinished)),
            Some(_) | None => return Ok(None),
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

/// The adjustments of a day that corrections sent.
async fn read(api: &Api, day: &str) -> Result<Vec<Adjustment>, ApiError> {
    match listed(api, day, true).await {
        // A search reads at most 50,000 revenues; without it, counters find the adjustments.
        Err(ApiError {
            cause: Cause::Problem(problem),
            ..
        }) if problem.status == 422 => listed(api, day, false).await,
        found => found,
    }
}

async fn listed(api: &Api, day: &str, is_search: bool) -> Result<Vec<Adjustment>, ApiError> {
    let mut found = Vec::new();
    let mut position = ("page", "1".to_owned());
    loop {
        let mut query = vec![
            ("type", "adjustment".to_owned()),
            ("date_from", day.to_owned()),
            ("date_to", day.to_owned()),
            ("per_page", "100".to_owned()),
            position,
        ];
        if is_search {
            query.push(("search", ADJUSTMENT_MARK.to_owned()));
        }
        let page: Page = api.get("/api/v1/revenues", &query).await?;
        let is_ours = |one: &Adjustment| {
            one.external_id
                .as_deref()
                .is_some_and(|id| id.contains(ADJUSTMENT_MARK))
        };
        found.extend(page.data.into_iter().filter(is_ours));
        match page.meta.next_cursor {
            Some(cursor) => position = ("cursor", cursor),
            None => return Ok(found),
        }
    }
}
