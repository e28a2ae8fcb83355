//! Lists: filters, pages, cursors and totals.

mod cursor;
mod params;
mod walk;

use std::cmp::Ordering;

use serde::de::DeserializeOwned;

pub use cursor::Seal;
pub use params::{ListRequest, PER_PAGE_DEFAULT, PER_PAGE_MAX, Params, Place, instant};
pub use walk::Walk;

use crate::error::Failure;
use crate::filter::{Predicate, satisfies};
use crate::table::{Query, Table};

/// The most rows that are looked at for one page behind a cursor; what it ends with is then less than a full page.
const LOOKED_AT_MAX: usize = 50_000;

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
    pub fn of_rows(
        mut rows: Vec<(String, T)>,
        request: &ListRequest,
        seal: &Seal,
    ) -> Result<Self, Failure> {
        let total = rows.len() as u64;
        let (page, skipped) = match &request.place {
            Place::Page(page) => (
                Some(*page),
                (page - 1).saturating_mul(request.per_page as u64),
            ),
            Place::Cursor(cursor) => {
                let after = seal.open(cursor, &request.filters)?;
                (
                    None,
                    rows.iter()
                        .position(|(position, _)| *position == after)
                        .map_or(total, |at| at as u64 + 1),
                )
            }
        };
        rows.drain(
            ..usize::try_from(skipped)
                .unwrap_or(usize::MAX)
                .min(rows.len()),
        );
        let more = rows.len() > request.per_page;
        rows.truncate(request.per_page);
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|(last, _)| seal.close(last, &request.filters));
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        Ok(Self {
            rows,
            page,
            per_page: request.per_page,
            total: page.map(|_| total),
            next_cursor,
        })
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

/// Walks through ranges that are one list and gives one page of the rows that satisfy every predicate.
///
/// A numbered page walks through all of it, for the total; a cursor reads on from where it stands.
///
/// # Errors
/// [`Failure::MalformedQuery`] for a cursor of another list, and what reading the table can fail with.
pub async fn list<T: DeserializeOwned>(
    table: &Table,
    ranges: &[Query],
    request: &ListRequest,
    seal: &Seal,
    predicates: &[Predicate<T>],
) -> Result<Listed<T>, Failure> {
    match &request.place {
        Place::Page(page) => {
            numbered(
                Walk::new(table, ranges),
                request,
                *page,
                seal,
                predicates,
                u64::MAX,
            )
            .await
        }
        Place::Cursor(cursor) => {
            let after = seal.open(cursor, &request.filters)?;
            let part = continued(table, ranges, &after, request.per_page, predicates).await?;
            let next_cursor = part
                .goes_on
                .then(|| seal.close(&part.last, &request.filters));
            let rows = part.rows.into_iter().map(|(_, row)| row).collect();
            Ok(Listed {
                rows,
                page: None,
                per_page: request.per_page,
                total: None,
                next_cursor,
            })
        }
    }
}

/// The failure of a walk that came to more rows than the counters know by far: it would take too long.
pub fn counters_are_behind() -> Failure {
    Failure::Unavailable("there are many more revenues than are counted yet".into())
}

/// A numbered page, found by a walk through not more than `most` rows.
pub(crate) async fn numbered<T: DeserializeOwned>(
    mut walk: Walk<'_, T>,
    request: &ListRequest,
    page: u64,
    seal: &Seal,
    predicates: &[Predicate<T>],
    most: u64,
) -> Result<Listed<T>, Failure> {
    let first = (page - 1).saturating_mul(request.per_page as u64);
    let end = first.saturating_add(request.per_page as u64);
    let (mut rows, mut last, mut total, mut passed) = (Vec::new(), String::new(), 0, 0);
    while let Some((sort, row)) = walk.next().await? {
        if passed == most {
            return Err(counters_are_behind());
        }
        passed += 1;
        if !satisfies(&row, predicates) {
            continue;
        }
        if (first..end).contains(&total) {
            rows.push(row);
            last = sort;
        }
        total += 1;
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

/// A part of a list, behind some position.
pub(crate) struct Part<T> {
    /// The rows with their positions.
    pub(crate) rows: Vec<(String, T)>,
    /// The position up to which everything was looked at.
    pub(crate) last: String,
    /// Whether there may be more behind it.
    pub(crate) goes_on: bool,
}

/// The next `count` rows behind a position that satisfy every predicate; fewer if they are rare, since no more than
/// [`LOOKED_AT_MAX`] are looked at.
pub(crate) async fn continued<T: DeserializeOwned>(
    table: &Table,
    ranges: &[Query],
    after: &str,
    count: usize,
    predicates: &[Predicate<T>],
) -> Result<Part<T>, Failure> {
    let mut ranges = ranges.to_vec();
    for range in &mut ranges {
        // The bounds include the row that stands at the position, which is skipped below.
        let bound = if range.descending {
            &mut range.to
        } else {
            &mut range.from
        };
        let beyond = if range.descending {
            Ordering::Less
        } else {
            Ordering::Greater
        };
        if after.cmp(bound) == beyond {
            *bound = after.to_owned();
        }
    }
    // That row, the others, and one more to know whether there is one; where only some are wanted, more of them.
    let about = if predicates.is_empty() {
        count + 2
    } else {
        4 * (count + 2)
    };
    let mut walk = Walk::<T>::about(table, &ranges, about);
    let mut part = Part {
        rows: Vec::with_capacity(count),
        last: after.to_owned(),
        goes_on: false,
    };
    let mut looked_at = 0;
    while let Some((sort, row)) = walk.next().await? {
        let wanted = sort != after && satisfies(&row, predicates);
        if (wanted && part.rows.len() == count) || looked_at == LOOKED_AT_MAX {
            part.goes_on = true;
            break;
        }
        looked_at += 1;
        part.last.clone_from(&sort);
        if wanted {
            part.rows.push((sort, row));
        }
    }
    Ok(part)
}
