//! Whether what a record refers to exists in its workspace.

use std::collections::HashSet;

use crate::auth::Access;
use crate::error::Failure;
use crate::resource::Target;
use crate::table::Table;

/// The targets that do not exist; at most one round of calls.
///
/// # Errors
/// What reading the table can fail with.
pub async fn missing<P>(
    table: &Table,
    access: &Access<P>,
    targets: &HashSet<Target>,
) -> Result<HashSet<Target>, Failure> {
    let mut missing = unconfigured(access, targets);
    if !missing.is_empty() {
        // What was configured a moment ago is not in the cache yet.
        access.refresh(table).await?;
        missing = unconfigured(access, targets);
    }
    let records = targets.iter().filter_map(|target| match target {
        Target::Record(noun, id) => Some((target, access.referred(*noun, *id))),
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
