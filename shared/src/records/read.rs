//! Reading records: one, a list, and saved versions.

use domain::filter::{Filter, Search};
use domain::resource::{Record, Resource, SavedVersion};
use domain::value::{ExternalId, Timestamp};
use serde::Deserialize;
use store::table::{Query, Table};
use uuid::Uuid;

use super::snapshot::Claim;
use crate::auth::{Access, Read};
use crate::error::Failure;
use crate::lists::{self, ListPage, ListQuery, RowFilter, Walk, satisfies};

/// Which records of a kind are wanted, and which page of them.
pub struct RecordQuery<R> {
    /// Which page.
    pub list: ListQuery,
    /// The filters of the kind.
    pub filters: Vec<Filter<R>>,
    /// A text that one of the search fields contains, in any case.
    pub search: Option<Search>,
    /// Records that changed at this instant or later.
    pub updated_since: Option<Timestamp>,
    /// The record with this external id.
    pub external_id: Option<ExternalId>,
}

impl<R> Default for RecordQuery<R> {
    /// The first page of all records.
    fn default() -> Self {
        Self {
            list: ListQuery::default(),
            filters: Vec::new(),
            search: None,
            updated_since: None,
            external_id: None,
        }
    }
}

/// The record with this id.
///
/// # Errors
/// [`Failure::NotFound`] if this workspace has none.
pub async fn read<R: Resource>(
    table: &Table,
    access: &Access<Read<R>>,
    id: Uuid,
) -> Result<Record<R>, Failure> {
    let found = table.get_one(&access.record(id)).await?;
    found.ok_or(Failure::NotFound(R::KIND.one))
}

/// One page of the records that satisfy every filter, in order of creation.
///
/// # Errors
/// [`Failure::MalformedQuery`] for a cursor of another list, and any failure to read the table.
pub async fn list<R: Resource>(
    table: &Table,
    access: &Access<Read<R>>,
    query: RecordQuery<R>,
) -> Result<ListPage<Record<R>>, Failure> {
    let pager = access.pager(R::KIND.many, query.list);
    let mut filters: Vec<RowFilter> = query.filters.into_iter().map(RowFilter::from).collect();
    if let Some(search) = query.search {
        let finds = Filter::<R>::Test {
            fields: R::SEARCHED_FIELDS,
            satisfies: Box::new(move |record| search.finds(&record.search_fields())),
        };
        filters.push(finds.into());
    }
    if let Some(since) = query.updated_since {
        let is_later = Filter::<Update>::Test {
            fields: Update::FIELDS,
            satisfies: Box::new(move |update| update.updated_at >= since),
        };
        filters.push(is_later.into());
    }
    let Some(external_id) = query.external_id else {
        let range = Query::all(access.records());
        return lists::list(table, &[range], &pager, &filters).await;
    };
    // The claim names the one record that can match.
    let claim = table.get_one::<Claim>(&access.claim(&external_id)).await?;
    let keys: Vec<_> = claim
        .into_iter()
        .map(|claim| access.record(claim.id))
        .collect();
    let mut rows = Vec::new();
    for row in table.get_stored(&keys).await? {
        let is_wanted = satisfies(&row, &filters)?;
        let record: Record<R> = row.parse("reading an item")?;
        // A rename between the two calls may have freed the external id.
        if is_wanted && record.body.external_id() == Some(&external_id) {
            rows.push((record.id.to_string(), record));
        }
    }
    ListPage::of_rows(rows, &pager)
}

/// When a record changed.
#[derive(Deserialize)]
struct Update {
    updated_at: Timestamp,
}

impl Update {
    const FIELDS: &'static [&'static str] = &["updated_at"];
}

/// All records of a kind, in order of creation.
///
/// # Errors
/// [`Failure::LimitExceeded`] if there are more than `max`, and any failure to read the table.
pub async fn read_all<R: Resource>(
    table: &Table,
    access: &Access<Read<R>>,
    max: usize,
) -> Result<Vec<Record<R>>, Failure> {
    let mut walk = Walk::new(table, &[Query::all(access.records())]);
    let mut records = Vec::new();
    while let Some((_, record)) = walk.next::<Record<R>>().await? {
        if records.len() == max {
            let kind = R::KIND.many;
            let detail = format!(
                "There are more than {max} {kind}, and a computation takes at most that many."
            );
            return Err(Failure::LimitExceeded(detail));
        }
        records.push(record);
    }
    Ok(records)
}

/// One page of the saved versions of a record, newest first.
///
/// # Errors
/// [`Failure::NotFound`] if this workspace has no such record, [`Failure::MalformedQuery`] for a
/// cursor of another list, and any failure to read the table.
pub async fn saved_versions<R: Resource>(
    table: &Table,
    access: &Access<Read<R>>,
    id: Uuid,
    query: ListQuery,
) -> Result<ListPage<SavedVersion<R>>, Failure> {
    let pager = access.pager(format!("{}/{id}/versions", R::KIND.many), query);
    let range = [Query::all(access.saved_versions(id)).descending()];
    let (record, page) = futures::join!(
        read(table, access, id),
        lists::list(table, &range, &pager, &[])
    );
    record.and(page)
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
    let found = table.get_one(&access.saved_version(id, version)).await?;
    found.ok_or(Failure::NotFound("saved version"))
}
