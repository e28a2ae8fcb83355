//! A numbered page of the revenues, found through counters.
//!
//! The counts of the days give the total and the days that the page is on. The counts of the
//! segments of these days say where in them the page begins and ends. What is then read of the list
//! is little more than the page: three steps, whatever the number of the page and of the rows.

use domain::counting::Selection;
use domain::problem::{Code, Violation};
use domain::revenue::Revenue;
use domain::value::Date;
use futures::{StreamExt, TryStreamExt, stream};
use store::key::Range;
use store::table::{Query, Table};

use super::counts::Counts;
use super::read;
use super::segments::{Segment, join};
use crate::error::Failure;
use crate::lists::{self, ListPage, PageStart, Pager, RowFilter, Walk, satisfies};

/// A gap of up to this many rows in each shard between two segments with wanted rows is read with
/// them: one range costs less than two, because DynamoDB charges at least half a unit, which is 4
/// KB, for each.
const GAP_ROWS_MAX: u64 = 8;
/// Greater than every position.
const NEWEST: &str = "~";
/// The most ranges that one page reads at once.
const SPANS_AT_ONCE_MAX: usize = 64;

/// A list of revenues.
pub struct RevenueList<'a> {
    /// The table.
    pub table: &'a Table,
    /// The counters of the revenues, unless these were never counted.
    pub counters: Option<Range>,
    /// Which revenues are wanted.
    pub selection: &'a Selection,
    /// Whether the filters also search, for which there are no counters.
    pub is_searched: bool,
    /// What rows must satisfy: the groups of the selection, and the search.
    pub filters: &'a [RowFilter],
    /// The shards of the list, within the days that are wanted, newest first.
    pub ranges: &'a [Query],
}

impl RevenueList<'_> {
    /// One page. Without counters, or if there are few rows, a numbered page is found by reading
    /// the whole list.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] for a cursor of another list, [`Failure::QueryTooWide`] for a
    /// search among too many rows, and any failure to read the table.
    pub async fn page(&self, pager: &Pager) -> Result<ListPage<Revenue>, Failure> {
        if let (PageStart::Number(page), Some(counters)) = (pager.start()?, &self.counters) {
            let days = read::days(self.table, counters, self.selection).await?;
            let limits = pager.limits();
            let rows_max = limits.searched_rows_max;
            if self.is_searched && days.all() > rows_max {
                return Err(too_many_to_search(days.all(), rows_max));
            }
            if !self.is_searched && days.all() > limits.walked_rows_max {
                return self.counted(counters, &days, page, pager).await;
            }
            let (table, ranges, filters) = (self.table, self.ranges, self.filters);
            return lists::numbered(table, ranges, filters, pager, page, rows_max).await;
        }
        lists::list(self.table, self.ranges, pager, self.filters).await
    }

    /// A numbered page. The total comes from the counters, which may lag by a moment, but is never
    /// less than the page proves.
    async fn counted(
        &self,
        counters: &Range,
        days: &Counts<Date>,
        page: u64,
        pager: &Pager,
    ) -> Result<ListPage<Revenue>, Failure> {
        let per_page = pager.per_page();
        let first = (page - 1).saturating_mul(per_page as u64);
        let mut rows = match self.plan(counters, days, first, pager).await? {
            Some((spans, skipped)) => self.read(&spans, skipped, per_page).await?,
            None => Vec::new(),
        };
        let promised = days.selected().saturating_sub(first).min(per_page as u64);
        // The list may lag behind the counters as well: later rows fill the place of rows that are
        // not there yet.
        if let Some((last, _)) = rows.last().filter(|_| (rows.len() as u64) < promised) {
            let (last, missing) = (last.clone(), per_page - rows.len());
            let (table, filters, limits) = (self.table, self.filters, pager.limits());
            let more = lists::rows_after(table, self.ranges, &last, missing, filters, limits);
            rows.extend(more.await?.rows);
        }
        let end = first.saturating_add(rows.len() as u64);
        let total = match rows.is_empty() {
            true => days.selected(),
            false => days.selected().max(end),
        };
        let last = rows.last().filter(|_| total > end);
        Ok(ListPage {
            next_cursor: last.map(|(last, _)| pager.cursor_after(last)),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            page: Some(page),
            per_page,
            total: Some(total),
        })
    }

    /// The spans of the list that hold the rows from number `first` on, and how many wanted rows of
    /// the first span come before them; `None` if there are not so many rows.
    async fn plan(
        &self,
        counters: &Range,
        days: &Counts<Date>,
        first: u64,
        pager: &Pager,
    ) -> Result<Option<(Vec<Segment>, u64)>, Failure> {
        let count = pager.per_page() as u64;
        let Some((touched, before)) = days.holding(first, count) else {
            return Ok(None);
        };
        let (table, selection, limits) = (self.table, self.selection, pager.limits());
        let segments = read::segments(table, counters, days, touched, selection, limits).await?;
        let mut skipped = first - before;
        let mut wanted = Vec::new();
        let mut held = 0;
        for segment in segments {
            if wanted.is_empty() && segment.selected <= skipped {
                skipped -= segment.selected;
                continue;
            }
            held += segment.selected;
            wanted.push(segment);
            if held >= skipped.saturating_add(count) {
                break;
            }
        }
        let mut spans = join(wanted, GAP_ROWS_MAX * self.ranges.len() as u64);
        if first == 0 && self.selection.has_every_group() {
            // Revenues newer than all that are counted belong to the first page too.
            if let Some(newest) = spans.first_mut() {
                newest.bounds.1 = NEWEST.to_owned();
            }
        }
        Ok(Some((spans, skipped)))
    }

    /// Reads up to `count` wanted rows of these spans, without the first `skipped`, which are all
    /// in the first span.
    async fn read(
        &self,
        spans: &[Segment],
        skipped: u64,
        count: usize,
    ) -> Result<Vec<(String, Revenue)>, Failure> {
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        // Collected, because a stream that borrows from its closures cannot be sent between
        // threads.
        let reads: Vec<_> = spans
            .iter()
            .enumerate()
            .map(|(at, span)| self.read_span(span, if at == 0 { skipped } else { 0 }, count))
            .collect();
        let found: Vec<Vec<(String, Revenue)>> = stream::iter(reads)
            .buffered(SPANS_AT_ONCE_MAX)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().take(count).collect())
    }

    /// Reads up to `count` wanted rows of a span, without the first `skipped`.
    async fn read_span(
        &self,
        span: &Segment,
        skipped: usize,
        count: usize,
    ) -> Result<Vec<(String, Revenue)>, Failure> {
        let (from, to) = &span.bounds;
        let within = |range: &Query| {
            let (from, to) = (from.max(&range.from), to.min(&range.to));
            range.clone().between(from.clone(), to.clone())
        };
        let ranges: Vec<Query> = self.ranges.iter().map(within).collect();
        let needed = skipped.saturating_add(count);
        let mut walk = match span.expected_rows(needed) {
            Some(estimate) => Walk::with_estimate(self.table, &ranges, estimate),
            None => Walk::new(self.table, &ranges),
        };
        let (mut rows, mut passed) = (Vec::new(), 0);
        while rows.len() < count {
            let Some(row) = walk.next_stored().await? else {
                break;
            };
            if !satisfies(&row, self.filters)? {
                continue;
            }
            if passed < skipped {
                passed += 1;
                continue;
            }
            rows.push((row.sort().to_owned(), row.parse("reading an item")?));
        }
        Ok(rows)
    }
}

fn too_many_to_search(rows: u64, rows_max: u64) -> Failure {
    let detail = format!(
        "can search {rows_max} revenues, and there are {rows}; narrow the range with date_from and date_to, \
         or filter by external_id"
    );
    let violation = Violation::new(Code::OutOfRange, detail);
    Failure::QueryTooWide(vec![("search".to_owned(), violation)])
}
