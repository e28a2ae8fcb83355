//! Carrying out writes on records.

use std::collections::HashSet;
use std::time::Duration;

use super::order::{Order, Target};
use super::references;
use super::seen::{Claim, Seen};
use crate::app::App;
use crate::auth::{Access, Write};
use crate::batch::{self, Done, Ended, Status};
use crate::error::Failure;
use crate::pause::jittered;
use crate::problem::{Code, Problems, Reason};
use crate::resource::{self, Record, Reference, Resource, SavedVersion};
use crate::table::{Action, Condition, Existing, Outcome, StoreError, Table};

/// How often a write that others got in the way of is tried.
const CONTENTION_ATTEMPTS_MAX: u32 = 64;
/// The pause before the first of these tries; later ones double, each drawn between zero and its length.
const CONTENTION_PAUSE_FIRST: Duration = Duration::from_millis(4);
/// The longest pause before such a try.
const CONTENTION_PAUSE_MAX: Duration = Duration::from_millis(128);

/// Carries out orders as if one by one in their order, each with its own result.
///
/// # Errors
/// A failure of reading what they are about; nothing was applied then.
pub async fn write<R: Resource>(
    app: &App,
    table: &Table,
    access: &Access<Write<R>>,
    orders: Vec<Result<Order, Failure>>,
) -> Result<Vec<Ended<Record<R>>>, Failure> {
    let (readable, unreadable): (Vec<_>, Vec<_>) = orders
        .into_iter()
        .enumerate()
        .partition(|(_, order)| order.is_ok());
    let (places, orders): (Vec<usize>, Vec<Order>) = readable
        .into_iter()
        .filter_map(|(place, order)| Some((place, order.ok()?)))
        .unzip();
    let seen = Seen::new(table, access, &app.hints);
    seen.load(&orders).await?;
    let mut writer = Writer {
        app,
        table,
        access,
        seen,
        missing: HashSet::new(),
        checked: HashSet::new(),
    };
    writer.check_references(&orders).await?;
    let groups = batch::groups(
        orders
            .iter()
            .map(|order| writer.seen.names(order))
            .collect(),
    );
    let done = batch::run(groups, |index| writer.carry_out(&orders[index])).await;
    let failed = unreadable
        .into_iter()
        .filter_map(|(place, order)| Some((place, Err(order.err()?))));
    let mut results: Vec<_> = places.into_iter().zip(done).chain(failed).collect();
    results.sort_by_key(|(place, _)| *place);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

struct Writer<'a, R> {
    app: &'a App,
    table: &'a Table,
    access: &'a Access<Write<R>>,
    seen: Seen<'a, R>,
    /// References that were looked up.
    checked: HashSet<resource::Target>,
    /// Those of them that do not exist.
    missing: HashSet<resource::Target>,
}

/// How one try of a write ended.
enum Tried<R> {
    Done(Done<Record<R>>),
    /// Others got in the way.
    Again,
}

impl<R: Resource> Writer<'_, R> {
    /// Looks up what the orders newly refer to, all at once.
    async fn check_references(&mut self, orders: &[Order]) -> Result<(), Failure> {
        for order in orders {
            let current = self.seen.current(&order.target);
            let (merged, _) = order.merge(current.as_ref(), self.app.now());
            self.checked.extend(
                new_references(current.as_ref(), &merged)
                    .into_iter()
                    .map(|found| found.target),
            );
        }
        self.missing = references::missing(self.table, self.access, &self.checked).await?;
        Ok(())
    }

    async fn carry_out(&self, order: &Order) -> Result<Done<Record<R>>, Failure> {
        for attempt in 0..CONTENTION_ATTEMPTS_MAX {
            if attempt > 0 {
                tokio::time::sleep(jittered(
                    attempt,
                    CONTENTION_PAUSE_FIRST,
                    CONTENTION_PAUSE_MAX,
                ))
                .await;
                self.seen.reload(order).await?;
            }
            match self.attempt(order).await? {
                Tried::Done(done) => return Ok(done),
                Tried::Again => {}
            }
        }
        Err(Failure::Contention)
    }

    async fn attempt(&self, order: &Order) -> Result<Tried<R>, Failure> {
        let now = self.app.now();
        let current = self.seen.current(&order.target);
        let (body, mut problems) = order.merge(current.as_ref(), now);
        self.require(&new_references(current.as_ref(), &body), &mut problems)
            .await?;
        let body = problems.or(body)?;
        order.check_state(current.as_ref())?;
        let after = match &current {
            Some(before) if before.body == body => {
                return Ok(Tried::Done(done(Status::Unchanged, before.clone())));
            }
            Some(before) => Record {
                id: before.id,
                body,
                version: before.version + 1,
                created_at: before.created_at,
                updated_at: now,
            },
            None => Record {
                id: self.app.new_id(),
                body,
                version: 1,
                created_at: now,
                updated_at: now,
            },
        };
        let actions = self.actions(current.as_ref(), &after)?;
        let outcome = self.table.write(actions, self.app.new_id()).await;
        let safe = current.is_some() || after.body.external_id().is_some();
        match outcome.map_err(|error| Failure::from(error).of_create(safe))? {
            Outcome::Applied => {
                self.seen.note(current.as_ref(), &after);
                let status = if current.is_some() {
                    Status::Updated
                } else {
                    Status::Created
                };
                Ok(Tried::Done(done(status, after)))
            }
            Outcome::Conflict => Ok(Tried::Again),
            Outcome::Refused(refusal) if !refusal.certain => {
                let cause = "the record changed after an attempt whose answer was lost";
                Err(Failure::OutcomeUnknown(cause.into()).of_create(safe))
            }
            Outcome::Refused(refusal) => refused(order, refusal.existing),
        }
    }

    /// The items to write: the record first, then its claim, then the claim it gives up, then the saved version.
    fn actions(
        &self,
        before: Option<&Record<R>>,
        after: &Record<R>,
    ) -> Result<Vec<Action>, StoreError> {
        let held = before.map_or(Condition::Absent, |record| {
            Condition::Version(record.version)
        });
        let mut actions = vec![Action::put(
            self.access.record(after.id),
            None,
            held,
            after,
        )?];
        let old = before.and_then(|record| record.body.external_id());
        let new = after.body.external_id();
        if old != new {
            if let Some(new) = new {
                actions.push(Action::put(
                    self.access.claim(new),
                    None,
                    Condition::Absent,
                    &Claim { id: after.id },
                )?);
            }
            if let Some(old) = old {
                actions.push(Action::delete(
                    self.access.claim(old),
                    Condition::Id(after.id),
                ));
            }
        }
        if let Some(before) = before.filter(|_| R::SAVES_VERSIONS) {
            let saved = SavedVersion {
                version: before.version,
                saved_at: after.updated_at,
                saved_by: self.access.key_id().to_owned(),
                changed_fields: changed_fields(&before.body, &after.body),
                record: before.clone(),
            };
            let key = self.access.saved_version(before.id, before.version);
            actions.push(Action::put(key, None, Condition::Absent, &saved)?);
        }
        Ok(actions)
    }

    /// Reports the references that lead nowhere.
    async fn require(
        &self,
        references: &[Reference],
        problems: &mut Problems,
    ) -> Result<(), Failure> {
        let unchecked: HashSet<_> = references
            .iter()
            .map(|reference| &reference.target)
            .filter(|target| !self.checked.contains(target))
            .cloned()
            .collect();
        let also_missing = if unchecked.is_empty() {
            HashSet::new()
        } else {
            references::missing(self.table, self.access, &unchecked).await?
        };
        for Reference { pointer, target } in references {
            if self.missing.contains(target) || also_missing.contains(target) {
                problems.push(pointer, Reason::new(Code::NotFound, unknown(target)));
            }
        }
        Ok(())
    }
}

/// What to do after conditions did not hold: there is one entry for each of the [`Writer::actions`].
fn refused<R>(order: &Order, existing: Vec<Option<Existing>>) -> Result<Tried<R>, Failure> {
    let mut existing = existing.into_iter();
    let record_changed = existing.next().flatten().is_some();
    let holder = existing
        .next()
        .flatten()
        .and_then(|existing| existing.read::<Claim>().ok());
    match (&order.target, holder) {
        // The external id of an update, or of a create, belongs to another record.
        (Target::New | Target::Id(_), Some(holder)) if !record_changed => {
            Err(Failure::AlreadyExists(holder.id))
        }
        // An upsert that met another one goes on with the record that won; every other write, with what it is now.
        (Target::New | Target::Id(_) | Target::ExternalId(_) | Target::Nothing, _) => {
            Ok(Tried::Again)
        }
    }
}

fn done<R: Resource>(status: Status, record: Record<R>) -> Done<Record<R>> {
    let external_id = record
        .body
        .external_id()
        .map(|external_id| external_id.as_str().to_owned());
    Done {
        status,
        id: record.id,
        external_id,
        record,
        differences: Vec::new(),
    }
}

/// The references that a write adds. Records are never deleted, so what was there stays there.
fn new_references<R: Resource>(before: Option<&Record<R>>, after: &R) -> Vec<Reference> {
    let old: HashSet<_> = before
        .map(|record| record.body.references())
        .unwrap_or_default()
        .into_iter()
        .map(|r| r.target)
        .collect();
    after
        .references()
        .into_iter()
        .filter(|reference| !old.contains(&reference.target))
        .collect()
}

fn unknown(target: &resource::Target) -> String {
    match target {
        resource::Target::Record(noun, id) => {
            format!("there is no {} {id} in this workspace", noun.one)
        }
        resource::Target::Category(name) => {
            format!(
                "there is no category option {} in this workspace",
                crate::problem::quoted(name)
            )
        }
        resource::Target::Source(id) => {
            format!("there is no revenue source {id} in this workspace")
        }
    }
}

/// The fields whose values differ, without those that only follow from others.
fn changed_fields<R: Resource>(before: &R, after: &R) -> Vec<String> {
    let fields = batch::differences(before, after)
        .into_iter()
        .map(|difference| difference.field);
    fields
        .filter(|field| !R::READ_ONLY.contains(&field.as_str()))
        .collect()
}
