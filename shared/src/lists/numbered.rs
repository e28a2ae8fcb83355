//! Finding a page by its number: the rows before it and after it are only counted.

use std::collections::{HashMap, VecDeque};

use serde::de::DeserializeOwned;
use store::table::{Query, StoreError, Stored, Table};

use super::ListPage;
use super::filter::{RowFilter, equal, fields, is_all_equal, satisfies};
use super::query::Pager;
use super::walk::{Walk, many_uncounted};
use crate::error::Failure;

/// Of how many rows for each wanted one a range is read again: reading a small row by its key costs
/// as much.
const ROWS_FOR_ONE_MAX: u64 = 8;

/// A numbered page of the rows that satisfy every filter, out of ranges that together are one list,
/// which has at most `rows_max` rows.
///
/// Every row is read at most once to be counted. Those that are only counted are not transferred,
/// or only the fields that decide; those of the page are then read whole.
///
/// # Errors
/// [`Failure::Unavailable`] if there are more rows, and any failure to read the table.
pub(crate) async fn numbered<T: DeserializeOwned>(
    table: &Table,
    ranges: &[Query],
    filters: &[RowFilter],
    pager: &Pager,
    page: u64,
    rows_max: u64,
) -> Result<ListPage<T>, Failure> {
    let having = |range: &Query| range.clone().having(equal(filters));
    let ranges: &[Query] = &ranges.iter().map(having).collect::<Vec<_>>();
    let per_page = pager.per_page();
    let first = (page - 1).saturating_mul(per_page as u64);
    let Located {
        mut rows,
        mut total,
    } = locate(table, ranges, filters, first, per_page, rows_max).await?;
    let (mut read, mut last) = (Vec::with_capacity(per_page), String::new());
    // A record may have changed since it was located. If it does not satisfy the filters any more,
    // it does not count, and the next one takes its place.
    while read.len() < per_page && !rows.is_empty() {
        let wanted = (per_page - read.len()).min(rows.len());
        total -= wanted as u64;
        let located = rows.drain(..wanted).collect();
        for row in whole(table, ranges, located).await? {
            if satisfies(&row, filters)? {
                total += 1;
                row.sort().clone_into(&mut last);
                read.push(row.parse("reading an item")?);
            }
        }
    }
    let more = !read.is_empty() && total > first.saturating_add(read.len() as u64);
    Ok(ListPage {
        rows: read,
        page: Some(page),
        per_page,
        total: Some(total),
        next_cursor: more.then(|| pager.cursor_after(&last)),
    })
}

/// The rows of a page and of the next one, whole or not, and how many rows the list has.
struct Located {
    rows: VecDeque<LocatedRow>,
    total: u64,
}

struct LocatedRow {
    row: Stored,
    /// Its number among all rows that were read, about.
    number: u64,
}

async fn locate(
    table: &Table,
    ranges: &[Query],
    filters: &[RowFilter],
    first: u64,
    per_page: usize,
    rows_max: u64,
) -> Result<Located, Failure> {
    let every_row = filters.is_empty();
    let table_decides = is_all_equal(filters);
    let mut walk = Walk::sparing(
        table,
        ranges,
        whole_rows(per_page, every_row),
        &fields(filters),
    );
    let (mut rows, mut total) = (VecDeque::<LocatedRow>::new(), 0);
    if every_row && ranges.len() <= 1 {
        total = walk.pass(first.min(rows_max.saturating_add(1))).await?;
    }
    let page_end = first.saturating_add(per_page as u64);
    let next_end = page_end.saturating_add(per_page as u64);
    while walk.read() <= rows_max {
        let is_final = |located: &LocatedRow| every_row || located.row.is_whole();
        let end = match rows.back().is_none_or(is_final) {
            true => page_end,
            false => next_end,
        };
        if table_decides && total >= end {
            total += walk.pass(rows_max.saturating_add(1)).await?;
            break;
        }
        let Some(row) = walk.next_stored().await? else {
            break;
        };
        if satisfies(&row, filters)? {
            if (first..next_end).contains(&total) {
                let number = walk.number();
                rows.push_back(LocatedRow { row, number });
            }
            total += 1;
        }
    }
    match walk.read() > rows_max {
        true => Err(many_uncounted()),
        false => Ok(Located { rows, total }),
    }
}

/// How many rows are read whole before the others are only counted: those of the page and one more,
/// which shows whether that is the end of the list; more if only some rows are wanted, so that a
/// short list is read once.
fn whole_rows(per_page: usize, every_row: bool) -> usize {
    match every_row {
        true => per_page + 1,
        false => 4 * (per_page + 2),
    }
}

/// The same rows whole, in their order. A range is read again if it has little else, otherwise
/// they are read by their keys, like those that an index does not show this time.
async fn whole(
    table: &Table,
    ranges: &[Query],
    located: Vec<LocatedRow>,
) -> Result<Vec<Stored>, StoreError> {
    let partial = || located.iter().filter(|located| !located.row.is_whole());
    let wanted = partial().count();
    let mut found = HashMap::with_capacity(wanted);
    let (Some(first), Some(last)) = (partial().next(), partial().next_back()) else {
        return Ok(located.into_iter().map(|located| located.row).collect());
    };
    let rows_max = wanted as u64 * ROWS_FOR_ONE_MAX;
    if last.number - first.number < rows_max {
        let between = |range: &Query| {
            let (from, to) = match range.descending {
                true => (last, first),
                false => (first, last),
            };
            let (from, to) = (from.row.sort().to_owned(), to.row.sort().to_owned());
            range.clone().between(from, to)
        };
        let ranges: Vec<Query> = ranges.iter().map(between).collect();
        let mut walk = Walk::new(table, &ranges);
        // Rows that were added meanwhile are not wanted.
        for _ in 0..rows_max {
            let Some(row) = walk.next_stored().await? else {
                break;
            };
            found.insert(row.sort().to_owned(), row);
        }
    }
    let missing = partial().map(|located| located.row.sort());
    let missing = missing.filter(|sort| !found.contains_key(*sort));
    let missing: Vec<String> = missing.map(str::to_owned).collect();
    if let Some(range) = ranges.first().filter(|_| !missing.is_empty()) {
        let rows = table.rows(range, &missing).await?;
        found.extend(rows.into_iter().map(|row| (row.sort().to_owned(), row)));
    }
    let rows = located
        .into_iter()
        .filter_map(|located| match located.row.is_whole() {
            true => Some(located.row),
            false => found.remove(located.row.sort()),
        });
    Ok(rows.collect())
}
