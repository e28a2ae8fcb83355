//! Walking through one range, or through several at once in one order.

use std::cmp::Ordering;
use std::collections::VecDeque;

use futures::future::try_join_all;
use serde::de::DeserializeOwned;
use store::table::{Query, Start, StoreError, Table};

use crate::error::Failure;

/// The most rows of a page. DynamoDB ends a page at 1 MB, which is fewer rows than this; the
/// embedded engine would read the whole range for each page.
const PAGE_ROWS_MAX: usize = 4_000;

/// A walk through ranges of the same direction, whose rows come in one order.
pub struct Walk<'a, T> {
    table: &'a Table,
    descending: bool,
    cursors: Vec<RangeCursor<T>>,
    passed: u64,
}

/// One of the ranges, with its rows that were read and not returned yet.
struct RangeCursor<T> {
    query: Query,
    rows: VecDeque<(String, T)>,
    next: Next,
}

/// Where the next rows of a range are.
enum Next {
    Beginning,
    At(Start),
    End,
}

impl<'a, T: DeserializeOwned> Walk<'a, T> {
    /// A walk through `ranges`. Nothing is read yet.
    pub fn new(table: &'a Table, ranges: &[Query]) -> Self {
        let cursor = |query: &Query| RangeCursor {
            query: query.clone().limited(PAGE_ROWS_MAX),
            rows: VecDeque::new(),
            next: Next::Beginning,
        };
        let descending = ranges.first().is_some_and(|query| query.descending);
        Self {
            table,
            descending,
            cursors: ranges.iter().map(cursor).collect(),
            passed: 0,
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

    /// The next row with its sort key, of a walk that should have at most `rows_max` rows.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] if there are more: counters said otherwise, and the walk would take
    /// too long.
    pub async fn next_of(&mut self, rows_max: u64) -> Result<Option<(String, T)>, Failure> {
        let next = self.next().await?;
        if next.is_some() && self.passed == rows_max {
            let cause = "there are many more revenues than are counted yet";
            return Err(Failure::Unavailable(cause.into()));
        }
        self.passed += 1;
        Ok(next)
    }

    /// The next row with its sort key.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub async fn next(&mut self) -> Result<Option<(String, T)>, StoreError> {
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
        let mut best: Option<&mut RangeCursor<T>> = None;
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
        Ok(best.and_then(|cursor| cursor.rows.pop_front()))
    }
}

impl<T: DeserializeOwned> RangeCursor<T> {
    fn needs_page(&self) -> bool {
        self.rows.is_empty() && !matches!(self.next, Next::End)
    }

    fn first(&self) -> Option<&str> {
        self.rows.front().map(|(sort, _)| sort.as_str())
    }

    async fn read(&mut self, table: &Table) -> Result<(), StoreError> {
        let start = match std::mem::replace(&mut self.next, Next::End) {
            Next::At(start) => Some(start),
            Next::Beginning | Next::End => None,
        };
        let page = table.query(&self.query, start).await?;
        // The embedded engine would read everything before the start of a page again.
        if let Some((last, _)) = page.items.last() {
            let bound = match self.query.descending {
                true => &mut self.query.to,
                false => &mut self.query.from,
            };
            last.clone_into(bound);
        }
        self.rows.extend(page.items);
        // The estimate was low: double the page size.
        let doubled = |limit: usize| (2 * limit).min(PAGE_ROWS_MAX);
        self.query.limit = self.query.limit.map(doubled);
        self.next = page.next.map_or(Next::End, Next::At);
        Ok(())
    }
}
