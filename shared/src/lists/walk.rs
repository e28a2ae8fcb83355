//! Walking through one range, or through several at once in one order.

use std::cmp::Ordering;
use std::collections::VecDeque;

use futures::future::try_join_all;
use serde::de::DeserializeOwned;
use store::table::{Query, Start, StoreError, Stored, Table};

use crate::error::Failure;

/// The most rows of a page. DynamoDB ends a page at 1 MB, which is fewer rows than this; the
/// embedded engine would read the whole range for each page.
const PAGE_ROWS_MAX: usize = 4_000;

/// A walk through ranges of the same direction, whose rows come in one order.
pub struct Walk<'a> {
    table: &'a Table,
    descending: bool,
    cursors: Vec<RangeCursor>,
    passed: u64,
    number: u64,
}

/// One of the ranges, with its rows that were read and not returned yet.
struct RangeCursor {
    query: Query,
    /// Each with how many rows were read for it, about.
    rows: VecDeque<(Stored, u64)>,
    /// How many rows were read, wanted or not.
    read: u64,
    next: Next,
    sparing: Option<Sparing>,
}

/// Where the next rows of a range are.
enum Next {
    Beginning,
    At(Start),
    End,
}

/// How to continue when enough rows were read whole.
struct Sparing {
    whole_rows: usize,
    /// What is then read of a row.
    fields: Vec<&'static str>,
}

impl<'a> Walk<'a> {
    /// A walk through `ranges`. Nothing is read yet.
    pub fn new(table: &'a Table, ranges: &[Query]) -> Self {
        let cursor = |query: &Query| RangeCursor {
            query: query.clone().limited(PAGE_ROWS_MAX),
            rows: VecDeque::new(),
            read: 0,
            next: Next::Beginning,
            sparing: None,
        };
        let descending = ranges.first().is_some_and(|query| query.descending);
        Self {
            table,
            descending,
            cursors: ranges.iter().map(cursor).collect(),
            passed: 0,
            number: 0,
        }
    }

    /// A walk of which about `count` rows are wanted, so that pages are not much larger.
    pub fn with_estimate(table: &'a Table, ranges: &[Query], count: usize) -> Self {
        let mut walk = Self::new(table, ranges);
        let each = count.div_ceil(walk.cursors.len().max(1));
        // Rows are spread at random: two standard deviations above the mean are rarely too few.
        let spare = if walk.cursors.len() > 1 {
            2 * each.isqrt() + 1
        } else {
            0
        };
        for cursor in &mut walk.cursors {
            cursor.query.limit = Some(each + spare);
        }
        walk
    }

    /// A walk of which about `count` rows are read whole, and only `fields` of those after them.
    pub(super) fn sparing(
        table: &'a Table,
        ranges: &[Query],
        count: usize,
        fields: &[&'static str],
    ) -> Self {
        let mut walk = Self::with_estimate(table, ranges, count);
        for cursor in &mut walk.cursors {
            cursor.sparing = Some(Sparing {
                whole_rows: cursor.query.limit.unwrap_or(count),
                fields: fields.to_vec(),
            });
        }
        walk
    }

    /// The next row with its sort key, of a walk that should have at most `rows_max` rows.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] if there are more: counters said otherwise, and the walk would take
    /// too long.
    pub async fn next_of<T: DeserializeOwned>(
        &mut self,
        rows_max: u64,
    ) -> Result<Option<(String, T)>, Failure> {
        let next = self.next().await?;
        if next.is_some() && self.passed == rows_max {
            return Err(many_uncounted());
        }
        self.passed += 1;
        Ok(next)
    }

    /// The next row with its sort key.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<(String, T)>, StoreError> {
        let next = self.next_stored().await?;
        next.map(|row| Ok((row.sort().to_owned(), row.parse("reading an item")?)))
            .transpose()
    }

    /// The next row as it was read.
    pub(crate) async fn next_stored(&mut self) -> Result<Option<Stored>, StoreError> {
        // The next row may be in any range.
        while self.cursors.iter().any(RangeCursor::needs_page) {
            let empty = self.cursors.iter_mut().filter(|cursor| cursor.needs_page());
            try_join_all(empty.map(|cursor| cursor.read(self.table))).await?;
        }
        let first = if self.descending {
            Ordering::Greater
        } else {
            Ordering::Less
        };
        let mut best: Option<&mut RangeCursor> = None;
        for cursor in self
            .cursors
            .iter_mut()
            .filter(|cursor| cursor.first().is_some())
        {
            if best
                .as_ref()
                .is_none_or(|best| cursor.first().cmp(&best.first()) == first)
            {
                best = Some(cursor);
            }
        }
        let next = best.and_then(|cursor| cursor.rows.pop_front());
        Ok(next.map(|(row, read)| {
            self.number += read;
            row
        }))
    }

    /// The number of the row that was returned last, among all that were read, wanted or not: an
    /// estimate if the table looks for some of them.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// How many rows were read so far, wanted or not, also those that are only counted.
    pub(super) fn read(&self) -> u64 {
        self.cursors.iter().map(|cursor| cursor.read).sum()
    }

    /// Passes over the next rows, which are only counted, until about `rows_max` are read in each
    /// range. Returns how many of them are wanted. Only in a walk through a single range are they
    /// the next ones of the walk.
    pub(super) async fn pass(&mut self, rows_max: u64) -> Result<u64, StoreError> {
        let cursors = self.cursors.iter_mut();
        let passed = cursors.map(|cursor| cursor.pass(self.table, rows_max));
        Ok(try_join_all(passed).await?.into_iter().sum())
    }
}

/// The failure of a walk through many more rows than counters know of.
pub(super) fn many_uncounted() -> Failure {
    let cause = "there are many more revenues than are counted yet";
    Failure::Unavailable(cause.into())
}

impl RangeCursor {
    fn needs_page(&self) -> bool {
        self.rows.is_empty() && !matches!(self.next, Next::End)
    }

    fn first(&self) -> Option<&str> {
        self.rows.front().map(|(row, _)| row.sort())
    }

    /// Where the next page starts; it has to be read now.
    fn take_start(&mut self) -> Option<Start> {
        match std::mem::replace(&mut self.next, Next::End) {
            Next::At(start) => Some(start),
            Next::Beginning | Next::End => None,
        }
    }

    async fn read(&mut self, table: &Table) -> Result<(), StoreError> {
        let start = self.take_start();
        let page = table.query_page(&self.query, start).await?;
        self.read += page.read;
        match &mut self.sparing {
            Some(sparing) => {
                let read = usize::try_from(page.read).unwrap_or(usize::MAX);
                sparing.whole_rows = sparing.whole_rows.saturating_sub(read);
                if sparing.whole_rows == 0 {
                    self.query = self.query.clone().only(sparing.fields.clone());
                }
                self.query.limit = Some(match sparing.whole_rows {
                    0 => PAGE_ROWS_MAX,
                    rows => rows,
                });
            }
            // The estimate was low: double the page size.
            None => {
                let doubled = |limit: usize| (2 * limit).min(PAGE_ROWS_MAX);
                self.query.limit = self.query.limit.map(doubled);
            }
        }
        let wanted = page.rows.len() as u64;
        let read_for =
            |number: u64| number * page.read / wanted - (number - 1) * page.read / wanted;
        self.rows
            .extend(page.rows.into_iter().zip((1..).map(read_for)));
        self.next = page.next.map_or(Next::End, Next::At);
        Ok(())
    }

    async fn pass(&mut self, table: &Table, rows_max: u64) -> Result<u64, StoreError> {
        let at_hand = usize::try_from(rows_max).unwrap_or(usize::MAX);
        let mut passed = self.rows.drain(..at_hand.min(self.rows.len())).count() as u64;
        let mut left = rows_max.saturating_sub(passed);
        while left > 0 && !matches!(self.next, Next::End) {
            let limit = usize::try_from(left).unwrap_or(usize::MAX);
            let query = self.query.clone().limited(limit.min(PAGE_ROWS_MAX));
            let start = self.take_start();
            let page = table.count_page(&query, start).await?;
            passed += page.wanted;
            self.read += page.read;
            left = left.saturating_sub(page.read);
            self.next = page.next.map_or(Next::End, Next::At);
        }
        Ok(passed)
    }
}
