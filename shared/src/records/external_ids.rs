//! Records of other kinds, found by their external ids.
//!
//! A claim is written together with its record, so a claim alone says which record has an external
//! id: the record need not be read.

use std::collections::HashSet;

use domain::fields::ResolvedIds;
use domain::resource::Resource;
use domain::rule::Rule;
use domain::value::ExternalId;
use serde::Deserialize;
use store::table::{StoreError, Table};
use uuid::Uuid;

use super::request::WriteRequest;
use super::snapshot::Claim;
use crate::auth::{Access, Read, Write};

/// The ids of the records that the requests name by external id: one call for a hundred names, and
/// none without.
pub(super) async fn resolve<R: Resource>(
    table: &Table,
    access: &Access<Write<R>>,
    requests: &[WriteRequest],
) -> Result<ResolvedIds, StoreError> {
    let named = requests
        .iter()
        .flat_map(|request| R::named_in(&request.fields));
    let named: HashSet<_> = named.collect();
    let keys: Vec<_> = named
        .iter()
        .map(|(kind, external_id)| access.referred_claim(*kind, external_id))
        .collect();
    let claims = table.get::<Claim>(&keys).await?;
    let resolved = named.into_iter().zip(claims);
    Ok(resolved
        .filter_map(|(name, claim)| Some((name, claim?.id)))
        .collect())
}

/// The payee with this external id, for rules that are found by it.
///
/// # Errors
/// [`StoreError`] if it could not be read.
pub async fn payee_of_rules(
    table: &Table,
    access: &Access<Read<Rule>>,
    external_id: &ExternalId,
) -> Result<Option<Uuid>, StoreError> {
    let key = access.payee_claim(external_id);
    let claim = table.get_one::<Claim>(&key).await?;
    Ok(claim.map(|claim| claim.id))
}

/// The external ids of the payees of a rule, in the order of its allocations.
///
/// # Errors
/// [`StoreError`] if they could not be read.
pub async fn payee_external_ids(
    table: &Table,
    access: &Access<Read<Rule>>,
    rule: &Rule,
) -> Result<Vec<Option<ExternalId>>, StoreError> {
    /// All that is read of a payee.
    #[derive(Deserialize)]
    struct Named {
        external_id: Option<ExternalId>,
    }
    let payees = rule.allocations.payees();
    let keys: Vec<_> = payees.map(|payee| access.payee(payee)).collect();
    let found = table.get::<Named>(&keys).await?.into_iter();
    Ok(found.map(|payee| payee?.external_id).collect())
}
