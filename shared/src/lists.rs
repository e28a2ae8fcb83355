//! Lists: filters, pages, cursors and totals.

mod cursor;
mod params;

use std::cmp::Ordering;

use serde::de::DeserializeOwned;

pub use cursor::Seal;
pub use params::{ListRequest, PER_PAGE_DEFAULT, PER_PAGE_MAX, Params, Place, instant};

use crate::error::Failure;
use crate::filter::{Predicate, satisfies};
use crate::table::{Query, Table};

/// One page of a list.
#[derive(Debug)]
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The number of the page; `None` if it was found by a cursor.
    pub page: Option<u64>,
    /// How many rows a page has.
    pub per_page: usize,
    /// How many rows there are; `None` if the page was found by a cursor.
    pub total: Option<u64>,
    /// Where the list goes on, unless this is the end.
    pub next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// A page of these rows, which are all there are, in order, each with its position in the list.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] for a cursor of another list.
    pub fn of_rows(mut rows: Vec<(String, T)>, request: &ListRequest, seal: &Seal) -> Result<Self, Failure> {
        let total = rows.len() as u64;
        let (page, skipped) = match &request.place {
            Place::Page(page) => (Some(*page), (page - 1).saturating_mul(request.per_page as u64)),
            Place::Cursor(cursor) => {
                let after = seal.open(cursor, &request.filters)?;
                (None, rows.iter().position(|(position, _)| *position == after).map_or(total, |at| at as u64 + 1))
            }
        };
        rows.drain(..usize::try_from(skipped).unwrap_or(usize::MAX).min(rows.len()));
        let more = rows.len() > request.per_page;
        rows.truncate(request.per_page);
        let next_cursor = rows.last().filter(|_| more).map(|(last, _)| seal.close(last, &request.filters));
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        Ok(Self { rows, page, per_page: request.per_page, total: page.map(|_| total), next_cursor })
    }

    /// The same page with its rows seen in another way.
    pub fn map<U>(self, see: impl FnMut(T) -> U) -> Listed<U> {
        Listed {
            rows: self.rows.into_iter().map(see).collect(),
            page: self.page,
            per_page: self.per_page,
            total: self.total,
            next_cursor: self.next_cursor,
        }
    }
}

/// Walks a range and gives one page of the rows that satisfy every predicate.
///
/// A numbered page walks the whole range, for the total; a cursor reads on from where it stands.
///
/// # Errors
/// [`Failure::MalformedQuery`] for a cursor of another list, and what reading the table can fail with.
pub async fn list<T: DeserializeOwned>(
    table: &Table,
    range: Query,
    request: &ListRequest,
    seal: &Seal,
    predicates: &[Predicate<T>],
) -> Result<Listed<T>, Failure> {
    match &request.place {
        Place::Page(page) => numbered(table, range, request, *page, seal, predicates).await,
        Place::Cursor(cursor) => {
            let after = seal.open(cursor, &request.filters)?;
            continued(table, range, request, &after, seal, predicates).await
        }
    }
}

async fn numbered<T: DeserializeOwned>(
    table: &Table,
    range: Query,
    request: &ListRequest,
    page: u64,
    seal: &Seal,
    predicates: &[Predicate<T>],
) -> Result<Listed<T>, Failure> {
    let first = (page - 1).saturating_mul(request.per_page as u64);
    let end = first.saturating_add(request.per_page as u64);
    let (mut rows, mut last, mut total, mut start) = (Vec::new(), String::new(), 0, None);
    loop {
        let found = table.query::<T>(&range, start).await?;
        for (sort, row) in found.items.into_iter().filter(|(_, row)| satisfies(row, predicates)) {
            if (first..end).contains(&total) {
                rows.push(row);
                last = sort;
            }
            total += 1;
        }
        start = found.next;
        if start.is_none() {
            break;
        }
    }
    let more = !rows.is_empty() && total > end;
    Ok(Listed {
        rows,
        page: Some(page),
        per_page: request.per_page,
        total: Some(total),
        next_cursor: more.then(|| seal.close(&last, &request.filters)),
    })
}

async fn continued<T: DeserializeOwned>(
    table: &Table,
    mut range: Query,
    request: &ListRequest,
    after: &str,
    seal: &Seal,
    predicates: &[Predicate<T>],
) -> Result<Listed<T>, Failure> {
    // The bounds include the row that the cursor stands on, which is skipped below.
    let bound = if range.descending { &mut range.to } else { &mut range.from };
    let beyond = if range.descending { Ordering::Less } else { Ordering::Greater };
    if after.cmp(bound) == beyond {
        *bound = after.to_owned();
    }
    if predicates.is_empty() {
        // That row, the page, and one more to know whether there is one.
        range.limit = Some(request.per_page + 2);
    }
    let mut rows: Vec<(String, T)> = Vec::with_capacity(request.per_page + 1);
    let mut start = None;
    loop {
        let found = table.query::<T>(&range, start).await?;
        rows.extend(found.items.into_iter().filter(|(sort, row)| sort != after && satisfies(row, predicates)));
        start = found.next;
        if start.is_none() || rows.len() > request.per_page {
            break;
        }
    }
    let more = rows.len() > request.per_page;
    rows.truncate(request.per_page);
    let last = rows.last().map_or(after, |(sort, _)| sort);
    let next_cursor = more.then(|| seal.close(last, &request.filters));
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    Ok(Listed { rows, page: None, per_page: request.per_page, total: None, next_cursor })
}
