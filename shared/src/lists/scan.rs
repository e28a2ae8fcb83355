//! Finding a page by reading the list: from its beginning for a page number, after a position for a
//! cursor.

use std::cmp::Ordering;

use domain::filter::{Predicate, satisfies};
use serde::de::DeserializeOwned;
use store::table::{Query, Table};

use super::ListPage;
use super::limits::ReadLimits;
use super::query::{PageStart, Pager};
use super::walk::Walk;
use crate::error::Failure;

/// One page of the rows that satisfy every predicate, out of ranges that together are one list.
///
/// A numbered page reads the whole list, for the total; a cursor reads on from its position.
///
/// # Errors
/// [`Failure::MalformedQuery`] for a cursor of another list, and any failure to read the table.
pub async fn list<T: DeserializeOwned>(
    table: &Table,
    ranges: &[Query],
    pager: &Pager,
    predicates: &[Predicate<T>],
) -> Result<ListPage<T>, Failure> {
    match pager.start()? {
        PageStart::Number(page) => {
            let walk = Walk::new(table, ranges);
            numbered(walk, pager, page, predicates, u64::MAX).await
        }
        PageStart::After(position) => {
            let per_page = pager.per_page();
            let limits = pager.limits();
            let found = rows_after(table, ranges, &position, per_page, predicates, limits).await?;
            let next_cursor = found.has_more.then(|| pager.cursor_after(&found.last));
            Ok(ListPage {
                rows: found.rows.into_iter().map(|(_, row)| row).collect(),
                page: None,
                per_page,
                total: None,
                next_cursor,
            })
        }
    }
}

/// A numbered page, found by reading every row of a walk, which has at most `rows_max`.
pub(crate) async fn numbered<T: DeserializeOwned>(
    mut walk: Walk<'_, T>,
    pager: &Pager,
    page: u64,
    predicates: &[Predicate<T>],
    rows_max: u64,
) -> Result<ListPage<T>, Failure> {
    let per_page = pager.per_page();
    let first = (page - 1).saturating_mul(per_page as u64);
    let end = first.saturating_add(per_page as u64);
    let (mut rows, mut last, mut total) = (Vec::new(), String::new(), 0);
    while let Some((sort, row)) = walk.next_of(rows_max).await? {
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
    Ok(ListPage {
        rows,
        page: Some(page),
        per_page,
        total: Some(total),
        next_cursor: more.then(|| pager.cursor_after(&last)),
    })
}

/// Consecutive rows of a list.
pub(crate) struct RowsAfter<T> {
    /// The rows with their positions.
    pub(crate) rows: Vec<(String, T)>,
    /// The position of the last row that was read.
    pub(crate) last: String,
    /// Whether there may be more rows after it.
    pub(crate) has_more: bool,
}

/// The next `count` rows after a position that satisfy every predicate. There are fewer if such
/// rows are rare, since only so many are read.
pub(crate) async fn rows_after<T: DeserializeOwned>(
    table: &Table,
    ranges: &[Query],
    position: &str,
    count: usize,
    predicates: &[Predicate<T>],
    limits: ReadLimits,
) -> Result<RowsAfter<T>, Failure> {
    let ranges: Vec<Query> = ranges.iter().map(|range| from(range, position)).collect();
    // The row at the position, the wanted rows, and one more to know whether there is one; more if
    // only some rows are wanted.
    let estimate = if predicates.is_empty() {
        count + 2
    } else {
        4 * (count + 2)
    };
    let mut walk = Walk::<T>::with_estimate(table, &ranges, estimate);
    let mut found = RowsAfter {
        rows: Vec::with_capacity(count),
        last: position.to_owned(),
        has_more: false,
    };
    let mut read = 0;
    while let Some((sort, row)) = walk.next().await? {
        let wanted = sort != position && satisfies(&row, predicates);
        if (wanted && found.rows.len() == count) || read == limits.read_rows_max {
            found.has_more = true;
            break;
        }
        read += 1;
        found.last.clone_from(&sort);
        if wanted {
            found.rows.push((sort, row));
        }
    }
    Ok(found)
}

/// The range from a position on, which it includes.
fn from(range: &Query, position: &str) -> Query {
    let mut range = range.clone();
    let (bound, later) = if range.descending {
        (&mut range.to, Ordering::Less)
    } else {
        (&mut range.from, Ordering::Greater)
    };
    if position.cmp(bound) == later {
        position.clone_into(bound);
    }
    range
}
