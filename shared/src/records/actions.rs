//! The items that a write of a record puts and deletes, in one transaction.

use domain::resource::{Record, Resource, SavedVersion};
use store::table::{Action, Condition, StoreError};

use super::snapshot::Claim;
use crate::auth::{Access, Write};
use crate::batch;

/// The items to write: first the record, then the claim on its new external id, then the claim it
/// gives up, then the saved version.
pub(super) fn actions<R: Resource>(
    access: &Access<Write<R>>,
    before: Option<&Record<R>>,
    after: &Record<R>,
) -> Result<Vec<Action>, StoreError> {
    let held = before.map_or(Condition::Absent, |record| {
        Condition::Version(record.version)
    });
    let mut actions = vec![Action::put(access.record(after.id), held, after)?];
    let old = before.and_then(|record| record.body.external_id());
    let new = after.body.external_id();
    if old != new {
        if let Some(new) = new {
            let claim = Claim { id: after.id };
            actions.push(Action::put(access.claim(new), Condition::Absent, &claim)?);
        }
        if let Some(old) = old {
            actions.push(Action::delete(access.claim(old), Condition::Id(after.id)));
        }
    }
    if let Some(before) = before.filter(|_| R::SAVES_VERSIONS) {
        let saved = SavedVersion {
            version: before.version,
            saved_at: after.updated_at,
            saved_by: access.key_id().to_owned(),
            changed_fields: changed_fields(&before.body, &after.body),
            record: before.clone(),
        };
        let key = access.saved_version(before.id, before.version);
        actions.push(Action::put(key, Condition::Absent, &saved)?);
    }
    Ok(actions)
}

/// The fields whose values differ, without derived ones.
fn changed_fields<R: Resource>(before: &R, after: &R) -> Vec<String> {
    batch::differences(before, after)
        .into_iter()
        .map(|difference| difference.field)
        .filter(|field| !R::READ_ONLY.contains(&field.as_str()))
        .collect()
}
