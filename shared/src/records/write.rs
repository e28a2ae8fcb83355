//! Writing records.

use std::collections::HashSet;
use std::time::Duration;

use domain::fields::ResolvedIds;
use domain::resource::{Record, Resource, Target};
use domain::value::Timestamp;
use store::retry::jittered;
use store::table::{Existing, Outcome, StoreError};

use super::Records;
use super::actions::actions;
use super::external_ids::resolve;
use super::references::{CheckedReferences, new_references};
use super::request::{RecordSelector, WriteRequest};
use super::snapshot::{Claim, RecordSnapshot};
use crate::auth::{Access, Write};
use crate::batch::{self, Status, WriteResult, Written};
use crate::error::Failure;

/// How often a write is tried while other requests keep changing the record.
const CONTENTION_ATTEMPTS_MAX: u32 = 64;
/// The pause before the second attempt; later ones double, each drawn between zero and its length.
const CONTENTION_PAUSE_FIRST: Duration = Duration::from_millis(4);
/// The longest pause before an attempt.
const CONTENTION_PAUSE_MAX: Duration = Duration::from_millis(128);

/// Carries out requests as if one by one in their order, each with its own result.
///
/// # Errors
/// A failure to read the records; nothing was applied then.
pub async fn write<R: Resource>(
    records: &Records<'_>,
    access: &Access<Write<R>>,
    requests: Vec<Result<WriteRequest, Failure>>,
) -> Result<Vec<WriteResult<Record<R>>>, Failure> {
    let mut valid = Vec::new();
    let mut results: Vec<Option<WriteResult<Record<R>>>> = Vec::new();
    for request in requests {
        match request {
            Ok(request) => {
                valid.push(request);
                results.push(None);
            }
            Err(failure) => results.push(Some(Err(failure))),
        }
    }
    let snapshot = RecordSnapshot::new(records.table, access, records.claims);
    let resolved = resolve(records.table, access, &valid);
    let ((), resolved) = futures::try_join!(snapshot.load(&valid), resolved)?;
    let writer = Writer::new(records, access, snapshot, resolved, &valid).await?;
    let groups = batch::groups(
        valid
            .iter()
            .map(|request| writer.snapshot.names(request))
            .collect(),
    );
    let written = batch::run(groups, |index| writer.carry_out(&valid[index])).await;
    let mut written = written.into_iter();
    // Requests and results are in one order, so that each gap has a result.
    Ok(results
        .into_iter()
        .filter_map(|result| result.or_else(|| written.next()))
        .collect())
}

struct Writer<'a, R> {
    records: &'a Records<'a>,
    access: &'a Access<Write<R>>,
    snapshot: RecordSnapshot<'a, R>,
    resolved: ResolvedIds,
    references: CheckedReferences,
}

/// How one attempt of a write ended.
enum Attempt<R> {
    Written(Written<Record<R>>),
    /// Another request got in between.
    Again,
}

impl<'a, R: Resource> Writer<'a, R> {
    /// A writer that has looked up everything that the requests newly refer to.
    async fn new(
        records: &'a Records<'a>,
        access: &'a Access<Write<R>>,
        snapshot: RecordSnapshot<'a, R>,
        resolved: ResolvedIds,
        requests: &[WriteRequest],
    ) -> Result<Self, Failure> {
        let mut targets = HashSet::new();
        for request in requests {
            let current = snapshot.current(&request.selector);
            let (merged, _) = request.merge(current.as_ref(), &resolved, records.clock.now());
            let references = new_references(current.as_ref(), &merged).into_iter();
            targets.extend(references.map(|reference| reference.target));
        }
        let found = resolved.iter();
        let found = found.map(|((kind, _), id)| Target::Record(*kind, *id));
        let references =
            CheckedReferences::look_up(records.table, access, targets, found.collect()).await?;
        Ok(Self {
            records,
            access,
            snapshot,
            resolved,
            references,
        })
    }

    async fn carry_out(&self, request: &WriteRequest) -> WriteResult<Record<R>> {
        for attempt in 0..CONTENTION_ATTEMPTS_MAX {
            if attempt > 0 {
                let pause = jittered(attempt, CONTENTION_PAUSE_FIRST, CONTENTION_PAUSE_MAX);
                tokio::time::sleep(pause).await;
                self.snapshot.reload(request).await?;
            }
            match self.attempt(request).await? {
                Attempt::Written(written) => return Ok(written),
                Attempt::Again => {}
            }
        }
        Err(Failure::Contention)
    }

    async fn attempt(&self, request: &WriteRequest) -> Result<Attempt<R>, Failure> {
        let Records {
            table, clock, ids, ..
        } = self.records;
        let current = self.snapshot.current(&request.selector);
        let Some(after) = self
            .next_state(request, current.as_ref(), clock.now())
            .await?
        else {
            let unchanged = current.ok_or(Failure::NotFound(R::KIND.one))?;
            return Ok(Attempt::Written(written(Status::Unchanged, unchanged)));
        };
        let actions = actions(self.access, current.as_ref(), &after)?;
        let outcome = table.write(actions, ids.new_id()).await;
        let repeatable = current.is_some() || after.body.external_id().is_some();
        match outcome.map_err(|error| Failure::from(error).of_create(repeatable))? {
            Outcome::Applied => {
                self.snapshot.remember(current.as_ref(), &after);
                let status = match current {
                    Some(_) => Status::Updated,
                    None => Status::Created,
                };
                Ok(Attempt::Written(written(status, after)))
            }
            Outcome::Conflict => Ok(Attempt::Again),
            Outcome::Uncertain(_) => {
                Err(Failure::from(StoreError::uncertain()).of_create(repeatable))
            }
            Outcome::Refused(existing) => refused(request, existing),
        }
    }

    /// The record after a write; `None` if it would not change.
    async fn next_state(
        &self,
        request: &WriteRequest,
        current: Option<&Record<R>>,
        now: Timestamp,
    ) -> Result<Option<Record<R>>, Failure> {
        let (body, mut problems) = request.apply(current, &self.resolved, now);
        let references = new_references(current, &body);
        let Records { table, ids, .. } = self.records;
        self.references
            .require(table, self.access, &references, &mut problems)
            .await?;
        let body = problems.or(body)?;
        request.check_state(current)?;
        Ok(match current {
            Some(before) if before.body == body => None,
            Some(before) => Some(Record {
                id: before.id,
                body,
                version: before.version + 1,
                created_at: before.created_at,
                updated_at: now,
            }),
            None => Some(Record {
                id: ids.new_id(),
                body,
                version: 1,
                created_at: now,
                updated_at: now,
            }),
        })
    }
}

/// What follows from conditions that did not hold: there is one entry for each of the [`actions`].
fn refused<R>(
    request: &WriteRequest,
    existing: Vec<Option<Existing>>,
) -> Result<Attempt<R>, Failure> {
    let mut existing = existing.into_iter();
    let record_changed = existing.next().flatten().is_some();
    let holder = existing.next().flatten();
    let holder = holder.and_then(|existing| existing.read::<Claim>().ok());
    match (&request.selector, holder) {
        // The external id of an update, or of a create, belongs to another record.
        (RecordSelector::New | RecordSelector::Id(_), Some(holder)) if !record_changed => {
            Err(Failure::AlreadyExists(holder.id))
        }
        // An upsert that met another one continues with the record that won; other writes, with the
        // record as it is now.
        (
            RecordSelector::New
            | RecordSelector::Id(_)
            | RecordSelector::ExternalId(_)
            | RecordSelector::Invalid,
            _,
        ) => Ok(Attempt::Again),
    }
}

fn written<R: Resource>(status: Status, record: Record<R>) -> Written<Record<R>> {
    let external_id = record.body.external_id();
    Written {
        status,
        id: record.id,
        external_id: external_id.map(|external_id| external_id.as_str().to_owned()),
        version: Some(record.version),
        record,
        differences: Vec::new(),
    }
}
