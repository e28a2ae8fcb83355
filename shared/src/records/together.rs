//! Creating many records in one transaction.
//!
//! A record and the claim on its external id are written together anyway, so a transaction of many
//! records costs the same capacity in far fewer calls. If it is cancelled, nothing was written, and
//! the reasons say which records it failed for: only these are handled one by one.

use domain::resource::{Record, Resource};
use futures::future::join_all;
use store::table::{ACTIONS_MAX, Action, Existing, Outcome, StoreError};

use super::actions::actions;
use super::request::WriteRequest;
use super::writer::{Attempt, Step, Writer, refused};
use crate::batch::{self, WriteResult};
use crate::error::Failure;

/// The actions that create one record: the record, and the claim on its external id.
const ACTIONS_OF_ONE: usize = 2;
/// How often records are sent together, the first time included. All failed conditions are reported
/// at once, so that a third time means that others are creating the same records just now.
const ROUNDS_MAX: usize = 3;

/// A record that is to be created.
struct New<'a, R> {
    place: usize,
    request: &'a WriteRequest,
    record: Record<R>,
}

/// The result for a record, with its place in the batch.
type Placed<R> = (usize, WriteResult<Record<R>>);

/// What became of the records of one transaction.
struct Sent<'a, R> {
    results: Vec<Placed<R>>,
    /// Nothing is wrong with them: others of their transaction failed.
    again: Vec<New<'a, R>>,
    /// Other requests got in between.
    contended: Vec<(usize, &'a WriteRequest)>,
}

/// Creates records whose external ids differ, each with its own result.
pub(super) async fn create<'a, R: Resource>(
    writer: &Writer<'a, R>,
    steps: Vec<(usize, Step<'a, R>)>,
) -> Vec<Placed<R>> {
    let mut results = Vec::with_capacity(steps.len());
    let (mut pending, mut contended) = (Vec::new(), Vec::new());
    for (place, step) in steps {
        let request = step.request;
        match writer.next_state(step).await {
            Ok(Some(record)) => pending.push(New {
                place,
                request,
                record,
            }),
            // There is no record that would stay unchanged.
            Ok(None) => results.push((place, Err(Failure::NotFound(R::KIND.one)))),
            Err(failure) => results.push((place, Err(failure))),
        }
    }
    for _ in 0..ROUNDS_MAX {
        let mut transactions = Vec::new();
        while !pending.is_empty() {
            let rest = pending.split_off(pending.len().min(ACTIONS_MAX / ACTIONS_OF_ONE));
            transactions.push(send(writer, std::mem::replace(&mut pending, rest)));
        }
        for sent in join_all(transactions).await {
            results.extend(sent.results);
            pending.extend(sent.again);
            contended.extend(sent.contended);
        }
    }
    contended.extend(pending.into_iter().map(|new| (new.place, new.request)));
    let alone = contended
        .into_iter()
        .map(|(place, request)| vec![(place, request)]);
    results.extend(batch::run(alone.collect(), |request| writer.retry(request)).await);
    results
}

/// Creates records in one transaction.
async fn send<'a, R: Resource>(writer: &Writer<'a, R>, records: Vec<New<'a, R>>) -> Sent<'a, R> {
    let mut sent = Sent {
        results: Vec::new(),
        again: Vec::new(),
        contended: Vec::new(),
    };
    let outcome = match all_actions(writer, &records) {
        Ok(actions) => {
            let nonce = writer.records.ids.new_id();
            writer.records.table.write(actions, nonce).await
        }
        Err(error) => Err(error),
    };
    let error = match outcome {
        Ok(Outcome::Applied) => {
            let created = records.into_iter();
            sent.results = created
                .map(|new| (new.place, Ok(writer.applied(None, new.record))))
                .collect();
            return sent;
        }
        Ok(Outcome::Conflict) => {
            let contended = records.into_iter().map(|new| (new.place, new.request));
            sent.contended = contended.collect();
            return sent;
        }
        Ok(Outcome::Refused(existing)) => {
            sent.refused(records, existing);
            return sent;
        }
        Ok(Outcome::Uncertain(_)) => StoreError::uncertain(),
        Err(error) => error,
    };
    let error = error.repeated();
    let failed = records.into_iter();
    sent.results = failed.map(|new| (new.place, Err(error().into()))).collect();
    sent
}

fn all_actions<R: Resource>(
    writer: &Writer<'_, R>,
    records: &[New<'_, R>],
) -> Result<Vec<Action>, StoreError> {
    let mut all = Vec::with_capacity(records.len() * ACTIONS_OF_ONE);
    for new in records {
        all.extend(actions(writer.access, None, &new.record)?);
    }
    Ok(all)
}

impl<'a, R: Resource> Sent<'a, R> {
    /// Sorts the records of a cancelled transaction by the conditions that did not hold.
    fn refused(&mut self, records: Vec<New<'a, R>>, existing: Vec<Option<Existing>>) {
        let mut existing = existing.into_iter();
        for new in records {
            let of_one: Vec<_> = existing.by_ref().take(ACTIONS_OF_ONE).collect();
            if of_one.iter().all(Option::is_none) {
                self.again.push(new);
                continue;
            }
            match refused(new.request, of_one) {
                Ok(Attempt::Written(written)) => self.results.push((new.place, Ok(written))),
                Ok(Attempt::Again) => self.contended.push((new.place, new.request)),
                Err(failure) => self.results.push((new.place, Err(failure))),
            }
        }
    }
}
