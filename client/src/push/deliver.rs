//! Sends a batch until the outcome of each record is known.

use std::collections::HashSet;

use domain::upsert::UpsertMode;

use super::codes;
use super::entry::{Batch, Conflict, Entry, RowOutcome};
use crate::api::{Api, ApiError, Ended, ItemStatus, Outcome, Pause, Problem, RecordResult, Repeat};
use crate::kind::RecordKind;
use crate::numbers::counted;
use crate::rows::RowProblem;

/// How a repeated record fails if an earlier attempt was applied: see `docs/errors.md`.
const FAILED_AGAIN: [&str; 3] = ["already_exists", "version_conflict", "precondition_failed"];

/// Where the records of a kind are sent. Revenues never change, so they are created; everything
/// else is created or updated.
fn endpoint(kind: RecordKind) -> String {
    let operation = match kind {
        RecordKind::Payees | RecordKind::Products | RecordKind::Rules => "upsert",
        RecordKind::Revenues => "batch",
    };
    format!("/api/v1/{}/{operation}", kind.name())
}

/// Whether a later record with the same external id changes what an earlier one wrote.
fn is_updated(kind: RecordKind) -> bool {
    match kind {
        RecordKind::Payees | RecordKind::Products | RecordKind::Rules => true,
        RecordKind::Revenues => false,
    }
}

/// Sends the records of a batch, and again those whose outcome another request can settle.
///
/// # Errors
/// Why no request can settle the rest, which stays without an outcome.
pub async fn deliver(
    api: &Api,
    kind: RecordKind,
    operation: UpsertMode,
    batch: &mut Batch,
) -> Result<(), ApiError> {
    let path = endpoint(kind);
    let operation = is_updated(kind).then(|| operation.into());
    let entries = &mut batch.entries;
    let undecided = |entry: &Entry| entry.outcome.is_none();
    let mut left: Vec<usize> = (0..entries.len())
        .filter(|at| undecided(&entries[*at]))
        .collect();
    // Those that an earlier attempt may have applied.
    let mut lost = HashSet::new();
    let mut round = 0;
    while !left.is_empty() {
        // The API refuses an upsert without an external id, so it can be repeated.
        let anonymous = |at: &usize| !is_updated(kind) && external_id(&entries[*at]).is_none();
        let has_anonymous = left.iter().any(anonymous);
        let repeat = match has_anonymous {
            true => Repeat::UnlessUnknown,
            false => Repeat::Always,
        };
        let records = left.iter().map(|at| &entries[*at]);
        let records: Vec<_> = records.map(|one| (json(one), external_id(one))).collect();
        match api.batch(&path, operation, &records, repeat).await {
            Ok((results, before)) => {
                if before == Outcome::Unknown {
                    lost.extend(&left);
                }
                let again = settle(entries, &left, results, &mut lost);
                if again.is_empty() {
                    return Ok(());
                }
                round += 1;
                let what = || {
                    let (_, problem) = &again[0];
                    let records = counted(again.len() as u64, "record");
                    format!(
                        "{path}: {records} failed: {}: {}",
                        problem.code, problem.detail
                    )
                };
                if let Pause::Never(ended) = api.pause(round, None, what).await {
                    give_up(entries, again, ended);
                    return Ok(());
                }
                let again = again.into_iter().map(|(at, _)| at).collect();
                left = with_followers(kind, entries, again);
            }
            Err(error) if error.outcome == Outcome::Unknown && has_anonymous => {
                let (unknown, named): (Vec<usize>, Vec<usize>) =
                    left.iter().partition(|at| anonymous(at));
                for at in unknown {
                    entries[at].outcome = Some(RowOutcome::Unknown(not_repeated(&error)));
                }
                lost.extend(&named);
                left = named;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Notes that nothing more is done about records that another request could settle.
fn give_up(entries: &mut [Entry], again: Vec<(usize, Problem)>, ended: Ended) {
    for (at, problem) in again {
        let problem = of_record(&problem, &format!("; {ended}"));
        entries[at].outcome = Some(RowOutcome::Unfinished(problem));
    }
}

fn external_id(entry: &Entry) -> Option<&str> {
    entry.record.as_ref()?.external_id.as_deref()
}

fn json(entry: &Entry) -> &str {
    entry.record.as_ref().map_or("", |record| &record.json)
}

/// Notes the outcome of each record that was sent, and in `lost` if it is not known. Returns those
/// to send again, each with why.
fn settle(
    entries: &mut [Entry],
    sent: &[usize],
    results: Vec<RecordResult>,
    lost: &mut HashSet<usize>,
) -> Vec<(usize, Problem)> {
    let mut again = Vec::new();
    for (at, result) in sent.iter().zip(results) {
        let entry = &mut entries[*at];
        entry.source = result.data.and_then(|data| data.revenue_source_id);
        match (result.status, result.error) {
            (ItemStatus::Failed | ItemStatus::OutcomeUnknown, error) => {
                let error = error.unwrap_or_else(Problem::missing);
                if result.status == ItemStatus::OutcomeUnknown {
                    lost.insert(*at);
                }
                let is_failed_again = FAILED_AGAIN.contains(&error.code.as_str());
                match (result.status, result.retryable) {
                    (_, true) => again.push((*at, error)),
                    (ItemStatus::Failed, false) if is_failed_again && lost.contains(at) => {
                        entry.outcome = Some(RowOutcome::Unknown(perhaps_applied(&error)));
                    }
                    (ItemStatus::OutcomeUnknown, false) => {
                        entry.outcome = Some(RowOutcome::Unknown(of_record(&error, "")));
                    }
                    (_, false) => entry.outcome = Some(RowOutcome::Rejected(problems(&error))),
                }
            }
            (ItemStatus::SkippedDuplicate, _) if !result.differences.is_empty() => {
                let external_id = external_id(entry).unwrap_or_default().to_owned();
                let conflicts = result.differences.into_iter().map(|difference| Conflict {
                    line: entry.line,
                    external_id: external_id.clone(),
                    field: difference.field,
                    stored: difference.stored,
                    submitted: difference.submitted,
                    note: None,
                });
                entry.outcome = Some(RowOutcome::Conflict(conflicts.collect()));
            }
            (status, _) => entry.outcome = Some(RowOutcome::Done(status)),
        }
    }
    again
}

/// The records to send again, and every later one of the batch with the same external id: otherwise
/// an earlier state of a record would replace a later one.
fn with_followers(kind: RecordKind, entries: &mut [Entry], again: Vec<usize>) -> Vec<usize> {
    if !is_updated(kind) {
        return again;
    }
    let mut repeated = HashSet::new();
    let mut with_followers = Vec::new();
    for (at, entry) in entries.iter_mut().enumerate() {
        let Some(record) = &entry.record else {
            continue;
        };
        let is_follower = record
            .external_id
            .as_ref()
            .is_some_and(|external_id| repeated.contains(external_id));
        if again.contains(&at) || is_follower {
            repeated.extend(record.external_id.clone());
            entry.outcome = None;
            with_followers.push(at);
        }
    }
    with_followers
}

/// The problems of a record, one for each field.
fn problems(problem: &Problem) -> Vec<RowProblem> {
    if problem.errors.is_empty() {
        return vec![of_record(problem, "")];
    }
    let errors = problem.errors.iter();
    let errors = errors.map(|error| match codes::named(&error.code) {
        codes::OTHER => RowProblem {
            field: error.pointer.clone(),
            column: None,
            code: codes::OTHER,
            detail: format!("{}: {}", error.code, error.detail),
        },
        code => RowProblem {
            field: error.pointer.clone(),
            column: None,
            code,
            detail: error.detail.clone(),
        },
    });
    errors.collect()
}

fn of_record(problem: &Problem, more: &str) -> RowProblem {
    let detail = problem.detail.trim_end_matches('.');
    match codes::named(&problem.code) {
        codes::OTHER => {
            RowProblem::of_row(codes::OTHER, format!("{}: {detail}{more}", problem.code))
        }
        code => RowProblem::of_row(code, format!("{detail}{more}")),
    }
}

/// The API refuses what exists, but this run may have been what created or changed it.
fn perhaps_applied(error: &Problem) -> RowProblem {
    let detail = format!(
        "the answer to an earlier attempt was lost, and this run may have applied it then; now {}: {}",
        error.code, error.detail
    );
    RowProblem::of_row(codes::named("outcome_unknown"), detail)
}

fn not_repeated(error: &ApiError) -> RowProblem {
    let detail = format!(
        "may have been created: without an external_id it was not sent again, so check before you do; {error}"
    );
    RowProblem::of_row(codes::named("outcome_unknown"), detail)
}
