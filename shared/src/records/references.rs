//! Whether what a record refers to exists in its workspace.

use std::collections::HashSet;

use domain::permission::HasKind;
use domain::problem::{Code, Problems, Violation, quote};
use domain::resource::{Record, Reference, Resource, Target};
use store::table::Table;

use crate::auth::{Access, Write};
use crate::error::Failure;

/// The targets that do not exist; at most one round of calls.
///
/// # Errors
/// Any failure to read the table.
pub async fn missing<R: HasKind>(
    table: &Table,
    access: &Access<Write<R>>,
    targets: &HashSet<Target>,
) -> Result<HashSet<Target>, Failure> {
    let mut missing = unconfigured(access, targets);
    if !missing.is_empty() {
        // What was configured a moment ago is not in the cache yet.
        access.refresh(table).await?;
        missing = unconfigured(access, targets);
    }
    let records = targets.iter().filter_map(|target| match target {
        Target::Record(kind, id) => Some((target, access.referred(*kind, *id))),
        Target::Category(_) | Target::Source(_) => None,
    });
    let (records, keys): (Vec<&Target>, Vec<_>) = records.unzip();
    if !keys.is_empty() {
        let found = table.existing(&keys).await?;
        let absent = records
            .into_iter()
            .zip(&keys)
            .filter(|(_, key)| !found.contains(key));
        missing.extend(absent.map(|(target, _)| target.clone()));
    }
    Ok(missing)
}

fn unconfigured<P>(access: &Access<P>, targets: &HashSet<Target>) -> HashSet<Target> {
    let workspace = access.workspace();
    let unknown = targets.iter().filter(|target| match target {
        Target::Record(..) => false,
        Target::Category(name) => !workspace.has_category(name),
        Target::Source(id) => !workspace.has_source(*id),
    });
    unknown.cloned().collect()
}

/// The references of a batch that were looked up together.
#[derive(Default)]
pub(super) struct CheckedReferences {
    /// What was looked up.
    checked: HashSet<Target>,
    /// What does not exist.
    missing: HashSet<Target>,
}

impl CheckedReferences {
    /// Looks up all targets at once, except those that are known to exist.
    pub(super) async fn look_up<R: HasKind>(
        table: &Table,
        access: &Access<Write<R>>,
        targets: HashSet<Target>,
        existing: HashSet<Target>,
    ) -> Result<Self, Failure> {
        let missing = missing(table, access, &(&targets - &existing)).await?;
        Ok(Self {
            checked: &targets | &existing,
            missing,
        })
    }

    /// Reports the references that do not exist; those that were not looked up yet are looked up
    /// now.
    pub(super) async fn require<R: HasKind>(
        &self,
        table: &Table,
        access: &Access<Write<R>>,
        references: &[Reference],
        problems: &mut Problems,
    ) -> Result<(), Failure> {
        let unchecked: HashSet<_> = references
            .iter()
            .map(|reference| &reference.target)
            .filter(|target| !self.checked.contains(target))
            .cloned()
            .collect();
        let also_missing = match unchecked.is_empty() {
            true => HashSet::new(),
            false => missing(table, access, &unchecked).await?,
        };
        for Reference { pointer, target } in references {
            if self.missing.contains(target) || also_missing.contains(target) {
                problems.push(pointer, not_found(target));
            }
        }
        Ok(())
    }
}

/// The references that a write adds. Records are never deleted, so that an earlier reference still
/// holds.
pub(super) fn new_references<R: Resource>(before: Option<&Record<R>>, after: &R) -> Vec<Reference> {
    let before = before.map(|record| record.body.references());
    let old: HashSet<_> = before
        .unwrap_or_default()
        .into_iter()
        .map(|reference| reference.target)
        .collect();
    let references = after.references().into_iter();
    references
        .filter(|reference| !old.contains(&reference.target))
        .collect()
}

/// What is wrong with a reference to something that does not exist.
pub fn not_found(target: &Target) -> Violation {
    let what = match target {
        Target::Record(kind, id) => format!("{} \"{id}\"", kind.one),
        Target::Category(name) => format!("category option {}", quote(name)),
        Target::Source(id) => format!("revenue source \"{id}\""),
    };
    let detail = format!("there is no {what} in this workspace");
    Violation::new(Code::NotFound, detail)
}
