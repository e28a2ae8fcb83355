//! Reading records: one, a list, and saved versions.

use uuid::Uuid;

use crate::auth::{Access, Read};
use crate::error::Failure;
use crate::filter::{self, Predicate};
use crate::lists::{self, Listed, Params};
use crate::resource::{Record, Resource, SavedVersion};
use crate::table::{Query, Table};
use crate::value::{ExternalId, FromText};

use super::seen::Claim;

/// The record with this id.
///
/// # Errors
/// [`Failure::NotFound`] if this workspace has none.
pub async fn read<R: Resource>(
    table: &Table,
    access: &Access<Read<R>>,
    id: Uuid,
) -> Result<Record<R>, Failure> {
    let found = table.get::<Record<R>>(&[access.record(id)]).await?;
    found
        .into_iter()
        .flatten()
        .next()
        .ok_or(Failure::NotFound(R::NOUN.one))
}

/// One page of the records that satisfy every filter, in order of creation.
///
/// # Errors
/// [`Failure::MalformedQuery`], and what reading the table can fail with.
pub async fn list<R: Resource>(
    table: &Table,
    access: &Access<Read<R>>,
    mut params: Params,
) -> Result<Listed<Record<R>>, Failure> {
    let of_body = |filter: Predicate<R>| -> Predicate<Record<R>> {
        Box::new(move |record| filter(&record.body))
    };
    let filters = R::FILTERS
        .iter()
        .filter_map(|filter| params.take(filter.name, filter.parse));
    let mut predicates: Vec<Predicate<Record<R>>> = filters.map(of_body).collect();
    if let Some(wanted) = params.take("search", |text| Ok(text.to_lowercase())) {
        predicates.push(Box::new(move |record| {
            filter::contains(&record.body.searched(), &wanted)
        }));
    }
    if let Some(since) = params.take("updated_since", lists::instant) {
        predicates.push(Box::new(move |record| record.updated_at >= since));
    }
    let external_id = params.take("external_id", ExternalId::from_text);
    let request = params.into_list_request()?;
    let seal = access.seal(R::NOUN.many);
    let Some(external_id) = external_id else {
        return lists::list(
            table,
            &[Query::all(access.records())],
            &request,
            &seal,
            &predicates,
        )
        .await;
    };
    // The claim leads straight to the one record that the filter can match.
    let claims = table.get::<Claim>(&[access.claim(&external_id)]).await?;
    let keys: Vec<_> = claims
        .into_iter()
        .flatten()
        .map(|claim| access.record(claim.id))
        .collect();
    let found = table.get::<Record<R>>(&keys).await?.into_iter().flatten();
    // A rename between the two calls may have given the external id away.
    let found = found.filter(|record| {
        record.body.external_id() == Some(&external_id) && filter::satisfies(record, &predicates)
    });
    Listed::of_rows(
        found
            .map(|record| (record.id.to_string(), record))
            .collect(),
        &request,
        &seal,
    )
}

/// One page of the saved versions of a record, newest first.
///
/// # Errors
/// [`Failure::NotFound`] if this workspace has no such record, [`Failure::MalformedQuery`], and what reading the
/// table can fail with.
pub async fn saved_versions<R: Resource>(
    table: &Table,
    access: &Access<Read<R>>,
    id: Uuid,
    params: Params,
) -> Result<Listed<SavedVersion<R>>, Failure> {
    let request = params.into_list_request()?;
    let seal = access.seal(format!("{}/{id}/versions", R::NOUN.many));
    let range = [Query {
        descending: true,
        ..Query::all(access.saved_versions(id))
    }];
    let (record, listed) = futures::join!(
        read(table, access, id),
        lists::list(table, &range, &request, &seal, &[])
    );
    record.and(listed)
}

/// One saved version of a record.
///
/// # Errors
/// [`Failure::NotFound`] if there is none.
pub async fn saved_version<R: Resource>(
    table: &Table,
    access: &Access<Read<R>>,
    id: Uuid,
    version: u64,
) -> Result<SavedVersion<R>, Failure> {
    let found = table.get(&[access.saved_version(id, version)]).await?;
    found
        .into_iter()
        .flatten()
        .next()
        .ok_or(Failure::NotFound("saved version"))
}
