//! One write of one record: an attempt, and further ones while other requests get in between.

use std::sync::Arc;
use std::time::Duration;

use domain::fields::ResolvedIds;
use domain::problem::Problems;
use domain::resource::{Record, Resource, Target};
use domain::value::Timestamp;
use store::retry::jittered;
use store::table::{Existing, Outcome, StoreError};
use uuid::Uuid;

use super::Records;
use super::actions::actions;
use super::references::{CheckedReferences, new_references};
use super::request::{RecordSelector, WriteRequest};
use super::snapshot::{Claim, RecordSnapshot};
use crate::auth::{Access, Write};
use crate::batch::{Status, WriteResult, Written};
use crate::error::Failure;

/// How often a write is tried while other requests keep changing the record.
const CONTENTION_ATTEMPTS_MAX: u32 = 64;
/// The pause before the second attempt; later ones double, each drawn between zero and its length.
const CONTENTION_PAUSE_FIRST: Duration = Duration::from_millis(4);
/// The longest pause before an attempt.
const CONTENTION_PAUSE_MAX: Duration = Duration::from_millis(128);

/// Writes the records of a batch.
pub(super) struct Writer<'a, R> {
    pub(super) records: &'a Records<'a>,
    pub(super) access: &'a Access<Write<R>>,
    snapshot: RecordSnapshot<'a, R>,
    resolved: ResolvedIds,
    references: CheckedReferences,
}

/// A request, with what its body makes of the record as it was last read.
pub(super) struct Step<'a, R> {
    pub(super) request: &'a WriteRequest,
    current: Option<Arc<Record<R>>>,
    /// The id of the record, also if it is to be created: ids are in the order of the batch, and so
    /// are lists, and the rules of which the first one wins.
    id: Uuid,
    now: Timestamp,
    merged: R,
    problems: Problems,
}

impl<R: Resource> Step<'_, R> {
    /// Whether it creates a record with an external id.
    pub(super) fn creates_claim(&self) -> bool {
        self.request.creates(self.current.as_deref()) && self.merged.external_id().is_some()
    }
}

/// How one attempt of a write ended.
pub(super) enum Attempt<R> {
    Written(Written<Record<R>>),
    /// Another request got in between.
    Again,
}

impl<'a, R: Resource> Writer<'a, R> {
    /// The steps of the requests, and a writer that has looked up everything that they newly refer
    /// to.
    pub(super) async fn new(
        records: &'a Records<'a>,
        access: &'a Access<Write<R>>,
        snapshot: RecordSnapshot<'a, R>,
        resolved: ResolvedIds,
        requests: &'a [WriteRequest],
    ) -> Result<(Self, Vec<Step<'a, R>>), Failure> {
        let mut writer = Self {
            records,
            access,
            snapshot,
            resolved,
            references: CheckedReferences::default(),
        };
        let steps = requests.iter().map(|request| writer.step(request));
        let steps: Vec<_> = steps.collect();
        let references = steps
            .iter()
            .flat_map(|step| new_references(step.current.as_deref(), &step.merged));
        let targets = references.map(|reference| reference.target).collect();
        let found = writer.resolved.iter();
        let found = found.map(|((kind, _), id)| Target::Record(*kind, *id));
        let found = found.collect();
        writer.references =
            CheckedReferences::look_up(records.table, access, targets, found).await?;
        Ok((writer, steps))
    }

    /// What a request makes of the record as it was last read.
    fn step(&self, request: &'a WriteRequest) -> Step<'a, R> {
        let current = self.snapshot.current(&request.selector);
        let Records { clock, ids, .. } = self.records;
        let now = clock.now();
        let id = current
            .as_ref()
            .map_or_else(|| ids.new_id(), |record| record.id);
        let (merged, problems) = request.merge(current.as_deref(), &self.resolved, now);
        Step {
            request,
            current,
            id,
            now,
            merged,
            problems,
        }
    }

    /// Writes a record, unless an earlier step of the batch has changed it: then its new state is
    /// merged first.
    pub(super) async fn carry_out(&self, step: Step<'a, R>) -> WriteResult<Record<R>> {
        let request = step.request;
        let current = self.snapshot.current(&request.selector);
        let is_current = match (&current, &step.current) {
            (Some(now), Some(then)) => Arc::ptr_eq(now, then),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let step = match is_current {
            true => step,
            false => self.step(request),
        };
        match self.attempt(step).await? {
            Attempt::Written(written) => Ok(written),
            Attempt::Again => self.retry(request).await,
        }
    }

    /// Reads the record again and writes it, after another request got in between.
    pub(super) async fn retry(&self, request: &'a WriteRequest) -> WriteResult<Record<R>> {
        for attempt in 1..CONTENTION_ATTEMPTS_MAX {
            let pause = jittered(attempt, CONTENTION_PAUSE_FIRST, CONTENTION_PAUSE_MAX);
            tokio::time::sleep(pause).await;
            self.snapshot.reload(request).await?;
            match self.attempt(self.step(request)).await? {
                Attempt::Written(written) => return Ok(written),
                Attempt::Again => {}
            }
        }
        Err(Failure::Contention)
    }

    async fn attempt(&self, step: Step<'a, R>) -> Result<Attempt<R>, Failure> {
        let (request, current) = (step.request, step.current.clone());
        let current = current.as_deref();
        let Some(after) = self.next_state(step).await? else {
            let unchanged = current.ok_or(Failure::NotFound(R::KIND.one))?;
            let unchanged = written(Status::Unchanged, unchanged.clone());
            return Ok(Attempt::Written(unchanged));
        };
        let actions = actions(self.access, current, &after)?;
        let Records { table, ids, .. } = self.records;
        let outcome = table.write(actions, ids.new_id()).await;
        let repeatable = current.is_some() || after.body.external_id().is_some();
        match outcome.map_err(|error| Failure::from(error).of_create(repeatable))? {
            Outcome::Applied => Ok(Attempt::Written(self.applied(current, after))),
            Outcome::Conflict => Ok(Attempt::Again),
            Outcome::Uncertain(_) => {
                Err(Failure::from(StoreError::uncertain()).of_create(repeatable))
            }
            Outcome::Refused(existing) => refused(request, existing),
        }
    }

    /// The record after a write; `None` if it would not change.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub(super) async fn next_state(&self, step: Step<'a, R>) -> Result<Option<Record<R>>, Failure> {
        let Step {
            request,
            current,
            id,
            now,
            merged,
            problems,
        } = step;
        let current = current.as_deref();
        let (body, mut problems) = request.finish(current, merged, problems);
        let references = new_references(current, &body);
        self.references
            .require(self.records.table, self.access, &references, &mut problems)
            .await?;
        let body = problems.or(body)?;
        request.check_state(current)?;
        Ok(match current {
            Some(before) if before.body == body => None,
            Some(before) => Some(Record {
                id,
                body,
                version: before.version + 1,
                created_at: before.created_at,
                updated_at: now,
            }),
            None => Some(Record {
                id,
                body,
                version: 1,
                created_at: now,
                updated_at: now,
            }),
        })
    }

    /// The result of a write that was applied, which later steps of the batch find.
    pub(super) fn applied(
        &self,
        before: Option<&Record<R>>,
        after: Record<R>,
    ) -> Written<Record<R>> {
        self.snapshot.remember(before, &after);
        let status = match before {
            Some(_) => Status::Updated,
            None => Status::Created,
        };
        written(status, after)
    }
}

/// What follows from conditions that did not hold: there is one entry for each of the [`actions`].
pub(super) fn refused<R>(
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
