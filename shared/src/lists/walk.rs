//! Walking through one range, or through several at once in one order.

use std::cmp::Ordering;
use std::collections::VecDeque;

use futures::future::try_join_all;
use serde::de::DeserializeOwned;

use crate::table::{Query, Start, StoreError, Table};

/// A limit that is no less than what fits into a page of 1 MB, and so none.
const WHOLE_PAGE: usize = 2_000;

/// A walk through ranges of the same direction, whose rows come in one order.
pub struct Walk<'a, T> {
    table: &'a Table,
    descending: bool,
    strands: Vec<Strand<T>>,
}

/// One of the ranges, with the rows of it that were read and not yet given.
struct Strand<T> {
    query: Query,
    rows: VecDeque<(String, T)>,
    next: Next,
}

/// Where the next rows of a range are.
enum Next {
    Beginning,
    At(Start),
    Nowhere,
}

impl<'a, T: DeserializeOwned> Walk<'a, T> {
    /// A walk through `ranges`. Nothing is read yet.
    pub fn new(table: &'a Table, ranges: &[Query]) -> Self {
        let strand = |query: &Query| Strand {
            query: query.clone(),
            rows: VecDeque::new(),
            next: Next::Beginning,
        };
        let descending = ranges.first().is_some_and(|query| query.descending);
        Self {
            table,
            descending,
            strands: ranges.iter().map(strand).collect(),
        }
    }

    /// A walk of which about `count` rows are wanted, so that not many more are read at once.
    pub fn about(table: &'a Table, ranges: &[Query], count: usize) -> Self {
        let mut walk = Self::new(table, ranges);
        let each = count.div_ceil(walk.strands.len().max(1));
        // Rows are spread by chance: two standard deviations more are rarely too few.
        let spare = if walk.strands.len() > 1 {
            2 * each.isqrt() + 1
        } else {
            0
        };
        for strand in &mut walk.strands {
            strand.query.limit = Some(each + spare);
        }
        walk
    }

    /// The next row with its sort key.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub async fn next(&mut self) -> Result<Option<(String, T)>, StoreError> {
        // The next one may be in any of them.
        while self.strands.iter().any(Strand::is_dry) {
            let dry = self.strands.iter_mut().filter(|strand| strand.is_dry());
            try_join_all(dry.map(|strand| strand.read(self.table))).await?;
        }
        let first = if self.descending {
            Ordering::Greater
        } else {
            Ordering::Less
        };
        let mut best: Option<&mut Strand<T>> = None;
        for strand in self
            .strands
            .iter_mut()
            .filter(|strand| strand.first().is_some())
        {
            if best
                .as_ref()
                .is_none_or(|best| strand.first().cmp(&best.first()) == first)
            {
                best = Some(strand);
            }
        }
        Ok(best.and_then(|strand| strand.rows.pop_front()))
    }
}

impl<T: DeserializeOwned> Strand<T> {
    fn is_dry(&self) -> bool {
        self.rows.is_empty() && !matches!(self.next, Next::Nowhere)
    }

    fn first(&self) -> Option<&str> {
        self.rows.front().map(|(sort, _)| sort.as_str())
    }

    async fn read(&mut self, table: &Table) -> Result<(), StoreError> {
        let start = match std::mem::replace(&mut self.next, Next::Nowhere) {
            Next::At(start) => Some(start),
            Next::Beginning | Next::Nowhere => None,
        };
        let page = table.query(&self.query, start).await?;
        self.rows.extend(page.items);
        // Whoever goes on wants more than was thought.
        self.query.limit = self
            .query
            .limit
            .map(|limit| 2 * limit)
            .filter(|limit| *limit < WHOLE_PAGE);
        self.next = page.next.map_or(Next::Nowhere, Next::At);
        Ok(())
    }
}
