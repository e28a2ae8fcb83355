//! Finding a page without counters: by its number, or after a position for a cursor.

use std::cmp::Ordering;

use serde::de::DeserializeOwned;
use store::table::{Query, Table};

use super::ListPage;
use super::filter::{RowFilter, satisfies};
use super::limits::ReadLimits;
use super::numbered::numbered;
use super::query::{PageStart, Pager};
use super::walk::Walk;
use crate::error::Failure;

/// One page of the rows that satisfy every filter, out of ranges that together are one list.
///
/// A numbered page counts the whole list, for the total; a cursor reads on from its position.
///
/// # Errors
/// [`Failure::MalformedQuery`] for a cursor of another list, and any failure to read the table.
pub async fn list<T: DeserializeOwned>(
    table: &Table,
    ranges: &[Query],
    pager: &Pager,
    filters: &[RowFilter],
) -> Result<ListPage<T>, Failure> {
    match pager.start()? {
        PageStart::Number(page) => numbered(table, ranges, filters, pager, page, u64::MAX).await,
        PageStart::After(position) => {
            let per_page = pager.per_page();
            let limits = pager.limits();
            let found = rows_after(table, ranges, &position, per_page, filters, limits).await?;
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

/// Consecutive rows of a list.
pub(crate) struct RowsAfter<T> {
    /// The rows with their positions.
    pub(crate) rows: Vec<(String, T)>,
    /// The position of the last row that was read.
    pub(crate) last: String,
    /// Whether there may be more rows after it.
    pub(crate) has_more: bool,
}

/// The next `count` rows after a position that satisfy every filter. There are fewer if such
/// rows are rare, since only so many are read.
pub(crate) async fn rows_after<T: DeserializeOwned>(
    table: &Table,
    ranges: &[Query],
    position: &str,
    count: usize,
    filters: &[RowFilter],
    limits: ReadLimits,
) -> Result<RowsAfter<T>, Failure> {
    let ranges: Vec<Query> = ranges.iter().map(|range| from(range, position)).collect();
    // The row at the position, the wanted rows, and one more to know whether there is one; more if
    // only some rows are wanted.
    let estimate = if filters.is_empty() {
        count + 2
    } else {
        4 * (count + 2)
    };
    let mut walk = Walk::with_estimate(table, &ranges, estimate);
    let mut found = RowsAfter {
        rows: Vec::with_capacity(count),
        last: position.to_owned(),
        has_more: false,
    };
    let mut read = 0;
    while let Some(row) = walk.next_stored().await? {
        let wanted = row.sort() != position && satisfies(&row, filters)?;
        if (wanted && found.rows.len() == count) || read == limits.read_rows_max {
            found.has_more = true;
            break;
        }
        read += 1;
        row.sort().clone_into(&mut found.last);
        if wanted {
            let sort = row.sort().to_owned();
            found.rows.push((sort, row.parse("reading an item")?));
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
