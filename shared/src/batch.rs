//! Batches: the envelope of their bodies, the order of their steps, and what each record is answered.
//!
//! A single write is a batch of one.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use futures::{StreamExt, stream};
use serde::{Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

use crate::error::Failure;
use crate::patch::Object;
use crate::problem::{Code, Problems, Report};

/// The most records of one batch.
pub const BATCH_RECORDS_MAX: usize = 100;
/// How many steps of a batch are under way at once.
pub const STEPS_AT_ONCE_MAX: usize = 16;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It made a new record.
    Created,
    /// It changed a record.
    Updated,
    /// It would have changed nothing, and wrote nothing.
    Unchanged,
    /// It archived a record.
    Archived,
    /// It met the same record from before.
    SkippedDuplicate,
}

impl Status {
    /// The status as it is told.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Archived => "archived",
            Self::SkippedDuplicate => "skipped_duplicate",
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A step that was carried out.
#[derive(Debug)]
pub struct Done<T> {
    /// What it did.
    pub status: Status,
    /// The id of the record.
    pub id: Uuid,
    /// The external id of the record.
    pub external_id: Option<String>,
    /// The record as it is now.
    pub record: T,
    /// For a duplicate: where what was sent differs from what is stored.
    pub differences: Vec<Difference>,
}

/// A field in which a duplicate differs from the stored record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// What is stored, and stays.
    pub stored: Value,
    /// What was sent, and is not stored.
    pub submitted: Value,
}

/// What became of a record: what was done, or why not.
pub type Ended<T> = Result<Done<T>, Failure>;

/// How many records came to which end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes(BTreeMap<&'static str, u64>);

impl Outcomes {
    /// The status of a record that was not written.
    pub const FAILED: &str = "failed";
    /// The status of a record that may or may not have been written.
    pub const UNKNOWN: &str = "outcome_unknown";
    /// Duplicates that differ from what is stored.
    pub const DUPLICATE_CONFLICTS: &str = "duplicate_conflicts";
    /// Failures because the record was at another version, or kept changing.
    pub const VERSION_CONFLICTS: &str = "version_conflicts";

    /// The status of a record, as it is told.
    pub fn status<T>(ended: &Ended<T>) -> &'static str {
        match ended {
            Ok(done) => done.status.name(),
            Err(Failure::OutcomeUnknown(_) | Failure::CreateUnknown(_)) => Self::UNKNOWN,
            Err(_) => Self::FAILED,
        }
    }

    /// Counts records.
    pub fn of<'a, T: 'a>(records: impl IntoIterator<Item = &'a Ended<T>>) -> Self {
        let mut outcomes = Self::default();
        for ended in records {
            *outcomes.0.entry(Self::status(ended)).or_default() += 1;
            let conflicts = match ended {
                Ok(done) if !done.differences.is_empty() => Self::DUPLICATE_CONFLICTS,
                Err(
                    Failure::VersionConflict { .. }
                    | Failure::PreconditionFailed(_)
                    | Failure::Contention,
                ) => Self::VERSION_CONFLICTS,
                Ok(_) | Err(_) => continue,
            };
            *outcomes.0.entry(conflicts).or_default() += 1;
        }
        outcomes
    }

    /// How many records came to this end.
    pub fn count(&self, end: &str) -> u64 {
        self.0.get(end).copied().unwrap_or_default()
    }
}

/// The answer to one record of a batch.
#[derive(Debug)]
pub struct Answered<T> {
    /// The id that was sent.
    pub sent_id: Option<String>,
    /// The external id that was sent.
    pub sent_external_id: Option<String>,
    /// What was done, or why not.
    pub result: Ended<T>,
}

impl<T> Answered<T> {
    /// The answer to `record`.
    pub fn new(record: &Value, result: Ended<T>) -> Self {
        let sent = |name| Some(record.get(name)?.as_str()?.to_owned());
        Self {
            sent_id: sent("id"),
            sent_external_id: sent("external_id"),
            result,
        }
    }
}

/// The records of a batch body.
///
/// # Errors
/// The problems of the envelope.
pub fn records(body: &Object) -> Result<&[Value], Problems> {
    records_beside(body, &[], Problems::default())
}

/// The records of a batch body that may have the fields named in `others` beside them, of which these problems are
/// known.
///
/// # Errors
/// The problems of the envelope.
pub fn records_beside<'a>(
    body: &'a Object,
    others: &[&str],
    mut problems: Problems,
) -> Result<&'a [Value], Problems> {
    let mut report = Report::new(&mut problems);
    for name in body
        .keys()
        .filter(|name| *name != "records" && !others.contains(&name.as_str()))
    {
        report.at(name).add(
            Code::UnknownField,
            "is not a field of a batch; the fields of a record stand in records",
        );
    }
    let mut at = report.at("records");
    let mut records: &[Value] = &[];
    match body.get("records") {
        None => at.add(
            Code::Required,
            format!("must be a list of 1 to {BATCH_RECORDS_MAX} records"),
        ),
        Some(Value::Array(list)) if list.is_empty() => {
            at.add(Code::TooFew, "must have at least 1 record, got 0");
        }
        Some(Value::Array(list)) if list.len() > BATCH_RECORDS_MAX => {
            at.add(
                Code::TooMany,
                format!(
                    "must have at most {BATCH_RECORDS_MAX} records, got {}",
                    list.len()
                ),
            );
        }
        Some(Value::Array(list)) => records = list,
        Some(other) => {
            at.take::<()>(Err(crate::value::wrong_type("a list of records", other)));
        }
    }
    problems.or(records)
}

/// The steps in groups: steps that share a name stand in one group, in their order.
pub fn groups<K: Hash + Eq>(names: Vec<Vec<K>>) -> Vec<Vec<usize>> {
    let mut group_of: Vec<usize> = (0..names.len()).collect();
    let mut first_with: HashMap<K, usize> = HashMap::new();
    for (step, names) in names.into_iter().enumerate() {
        for name in names {
            let first = *first_with.entry(name).or_insert(step);
            let (from, to) = (
                group_of[step].max(group_of[first]),
                group_of[step].min(group_of[first]),
            );
            group_of
                .iter_mut()
                .filter(|group| **group == from)
                .for_each(|group| *group = to);
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); group_of.len()];
    for (step, group) in group_of.into_iter().enumerate() {
        groups[group].push(step);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// Carries out all steps: the steps of a group one after the other, the groups side by side. The results stand
/// in the order of the steps.
pub async fn run<T, F: Future<Output = T>>(
    groups: Vec<Vec<usize>>,
    step: impl Fn(usize) -> F,
) -> Vec<T> {
    let step = &step;
    let run_group = |group: Vec<usize>| async move {
        let mut results = Vec::with_capacity(group.len());
        for index in group {
            results.push((index, step(index).await));
        }
        results
    };
    let results: Vec<Vec<(usize, T)>> = stream::iter(groups)
        .map(run_group)
        .buffer_unordered(STEPS_AT_ONCE_MAX)
        .collect()
        .await;
    let mut results: Vec<(usize, T)> = results.into_iter().flatten().collect();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The top-level fields in which two values of one type differ, in the order of the type.
pub fn differences<T: Serialize>(stored: &T, submitted: &T) -> Vec<Difference> {
    let object = |value: &T| match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        Ok(_) | Err(_) => Object::default(),
    };
    let submitted = object(submitted);
    object(stored)
        .into_iter()
        .filter_map(|(field, stored)| {
            let submitted = submitted.get(&field).cloned().unwrap_or(Value::Null);
            (stored != submitted).then_some(Difference {
                field,
                stored,
                submitted,
            })
        })
        .collect()
}
