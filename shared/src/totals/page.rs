//! A page of the revenues by its number, found through counters.
//!
//! The counts of the days tell the total and the days of the page; the counts of the parts of these days tell where in
//! them it begins and ends; what is read of the lists is then little more than the page. Three steps, whatever the
//! number of the page and of the rows.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;

use super::read::{self, Counts};
use crate::counting::{Part, Selection};
use crate::error::Failure;
use crate::filter::{Predicate, satisfies};
use crate::key::Range;
use crate::lists::{self, ListRequest, Listed, Place, Seal, Walk, continued};
use crate::problem::{Code, Reason};
use crate::table::{Query, Table};
use crate::value::Date;

/// A range with at most so many rows is walked through, which is exact to the moment.
pub const WALKED_ROWS_MAX: u64 = 5_000;
/// Among more rows than these a search is refused; nor are more walked through where counters should know of them.
pub const SEARCHED_ROWS_MAX: u64 = 50_000;
/// A gap of at most so many rows, in each of the lists, between two parts with wanted rows is read with them: one range
/// costs less than two, because DynamoDB charges at least half a unit, which is 4 KB, for each.
const GAP_ROWS_MAX: u64 = 8;
/// A day with so few rows is read as a whole: its counters would cost as much.
const SHORT_DAY_ROWS: u64 = 16;
/// Greater than every position.
const NEWEST: &str = "~";
/// The most ranges that one page reads at once.
const SPANS_AT_ONCE_MAX: usize = 64;

/// Neighbours in the list that are counted together.
struct Slot {
    /// The least and the greatest position.
    bounds: (String, String),
    all: u64,
    selected: u64,
}

/// A list of revenues.
pub struct List<'a, T> {
    /// The table.
    pub table: &'a Table,
    /// What is wanted.
    pub selection: &'a Selection,
    /// Whether the predicates also search, which no counter helps with.
    pub is_searched: bool,
    /// What rows must satisfy: the groups of the selection, and what is searched.
    pub predicates: &'a [Predicate<T>],
    /// The lists, within the days that are wanted, newest first.
    pub ranges: &'a [Query],
}

impl<T: DeserializeOwned> List<'_, T> {
    /// One page. Without counters, or if there are few rows, a numbered page is found by walking.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] for a cursor of another list, [`Failure::QueryTooWide`] for a search among too many
    /// rows, and what reading the table can fail with.
    pub async fn page(
        &self,
        counters: Option<&Range>,
        request: &ListRequest,
        seal: &Seal,
    ) -> Result<Listed<T>, Failure> {
        if let (Place::Page(page), Some(counters)) = (&request.place, counters) {
            let days = read::days(self.table, counters, self.selection).await?;
            if self.is_searched && days.all() > SEARCHED_ROWS_MAX {
                return Err(too_many_to_search(days.all()));
            }
            if !self.is_searched && days.all() > WALKED_ROWS_MAX {
                return self.counted(counters, &days, request, *page, seal).await;
            }
            let walk = Walk::new(self.table, self.ranges);
            return lists::numbered(
                walk,
                request,
                *page,
                seal,
                self.predicates,
                SEARCHED_ROWS_MAX,
            )
            .await;
        }
        lists::list(self.table, self.ranges, request, seal, self.predicates).await
    }

    /// A numbered page. The total is as the counters know it, which may lag behind by a moment, but never less than
    /// the page proves.
    async fn counted(
        &self,
        counters: &Range,
        days: &Counts<Date>,
        request: &ListRequest,
        page: u64,
        seal: &Seal,
    ) -> Result<Listed<T>, Failure> {
        let per_page = request.per_page;
        let first = (page - 1).saturating_mul(per_page as u64);
        let mut rows = match self.plan(counters, days, first, per_page as u64).await? {
            Some((spans, skipped)) => self.read(&spans, skipped, per_page).await?,
            None => Vec::new(),
        };
        let promised = days.selected().saturating_sub(first).min(per_page as u64);
        // The lists may lag behind the counters as well: what is not there yet leaves room for what follows.
        if let Some((last, _)) = rows.last().filter(|_| (rows.len() as u64) < promised) {
            let missing = per_page - rows.len();
            let more = continued(
                self.table,
                self.ranges,
                &last.clone(),
                missing,
                self.predicates,
            )
            .await?;
            rows.extend(more.rows);
        }
        let end = first.saturating_add(rows.len() as u64);
        let total = if rows.is_empty() {
            days.selected()
        } else {
            days.selected().max(end)
        };
        let last = rows.last().filter(|_| total > end);
        Ok(Listed {
            next_cursor: last.map(|(last, _)| seal.close(last, &request.filters)),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            page: Some(page),
            per_page,
            total: Some(total),
        })
    }

    /// The parts of the list that hold the rows from number `first` on, and how many wanted rows stand in them before
    /// that; none if there are not so many rows.
    async fn plan(
        &self,
        counters: &Range,
        days: &Counts<Date>,
        first: u64,
        count: u64,
    ) -> Result<Option<(Vec<Slot>, u64)>, Failure> {
        let (mut before, mut held) = (0, 0);
        let mut touched = Vec::new();
        for (day, selected) in days
            .selected
            .iter()
            .rev()
            .filter(|(_, selected)| **selected > 0)
        {
            if before + selected <= first && touched.is_empty() {
                before += selected;
                continue;
            }
            touched.push(*day);
            held += selected;
            if before + held >= first.saturating_add(count) {
                break;
            }
        }
        let (Some(newest), Some(oldest)) = (touched.first(), touched.last()) else {
            return Ok(None);
        };
        let long = touched
            .iter()
            .copied()
            .filter(|day| days.all.get(day).is_some_and(|all| *all > SHORT_DAY_ROWS));
        let long: Vec<Date> = long.collect();
        let parts = long
            .iter()
            .map(|day| read::parts(self.table, counters, *day, self.selection));
        let parts: BTreeMap<Date, Counts<Part>> = long
            .iter()
            .copied()
            .zip(try_join_all(parts).await?)
            .collect();
        let slots = days
            .all
            .range(oldest..=newest)
            .rev()
            .flat_map(|(day, all)| {
                let selected = days.selected.get(day).copied().unwrap_or_default();
                slots(*day, *all, selected, parts.get(day))
            });
        let mut skipped = first - before;
        let mut wanted = Vec::new();
        let mut held = 0;
        for slot in slots {
            if wanted.is_empty() && slot.selected <= skipped {
                skipped -= slot.selected;
                continue;
            }
            held += slot.selected;
            wanted.push(slot);
            if held >= skipped.saturating_add(count) {
                break;
            }
        }
        let mut spans = spans(wanted, GAP_ROWS_MAX * self.ranges.len() as u64);
        if first == 0 && self.selection.has_every_group() {
            // What is newer than all that is counted belongs to the first page too.
            if let Some(newest) = spans.first_mut() {
                newest.bounds.1 = NEWEST.to_owned();
            }
        }
        Ok(Some((spans, skipped)))
    }

    /// Reads the wanted rows of these spans but for the first `skipped`, which all are in the first span, and no more than
    /// `count`.
    async fn read(
        &self,
        spans: &[Slot],
        skipped: u64,
        count: usize,
    ) -> Result<Vec<(String, T)>, Failure> {
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        // Collected, because a stream that borrows from its closures cannot be sent between threads.
        let skipped = |span: usize| if span == 0 { skipped } else { 0 };
        let reads: Vec<_> = spans
            .iter()
            .enumerate()
            .map(|(at, span)| self.span(span, skipped(at), count))
            .collect();
        let found: Vec<Vec<(String, T)>> = stream::iter(reads)
            .buffered(SPANS_AT_ONCE_MAX)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().take(count).collect())
    }

    /// The wanted rows of a span but for the first `skipped`, and no more than `count`.
    async fn span(
        &self,
        span: &Slot,
        skipped: usize,
        count: usize,
    ) -> Result<Vec<(String, T)>, Failure> {
        let (from, to) = &span.bounds;
        let within = |range: &Query| Query {
            from: from.max(&range.from).clone(),
            to: to.min(&range.to).clone(),
            ..range.clone()
        };
        let ranges: Vec<Query> = self.ranges.iter().map(within).collect();
        let needed = skipped.saturating_add(count);
        let selected = usize::try_from(span.selected).unwrap_or(usize::MAX);
        let mut walk = if needed < selected {
            // Of every so many rows one is wanted; twice as many more as chance makes common.
            let expected = needed
                .saturating_mul(usize::try_from(span.all).unwrap_or(usize::MAX))
                .div_ceil(selected);
            let spare = if span.selected < span.all {
                2 * expected.isqrt()
            } else {
                0
            };
            Walk::<T>::about(self.table, &ranges, expected + spare)
        } else {
            Walk::new(self.table, &ranges)
        };
        let (mut rows, mut passed) = (Vec::new(), 0);
        while rows.len() < count {
            match walk.next().await? {
                Some((_, row)) if !satisfies(&row, self.predicates) => {}
                Some(_) if passed < skipped => passed += 1,
                Some(wanted) => rows.push(wanted),
                None => break,
            }
        }
        Ok(rows)
    }
}

fn too_many_to_search(rows: u64) -> Failure {
    let detail = format!(
        "can look at {SEARCHED_ROWS_MAX} revenues, and there are {rows}; narrow them with date_from and date_to, or \
         name a whole external_id"
    );
    Failure::QueryTooWide(vec![(
        "search".to_owned(),
        Reason::new(Code::OutOfRange, detail),
    )])
}

/// The slots of a day, newest first: its parts, if they were read.
fn slots(day: Date, all: u64, selected: u64, parts: Option<&Counts<Part>>) -> Vec<Slot> {
    // The counters of a day are written after one another, so that for a moment they may differ. A day that is not too
    // long is then walked through; in a long one the parts, which were read later, are as good as anything.
    let fit = |parts: &Counts<Part>| parts.all() == all && parts.selected() == selected;
    let Some(parts) = parts.filter(|parts| fit(parts) || all > WALKED_ROWS_MAX) else {
        return vec![Slot {
            bounds: (day.to_string(), format!("{day}~")),
            all,
            selected,
        }];
    };
    let slot = |(part, all): (&Part, &u64)| Slot {
        bounds: part.bounds(day),
        all: *all,
        selected: parts.selected.get(part).copied().unwrap_or_default(),
    };
    parts.all.iter().rev().map(slot).collect()
}

/// Joins slots with wanted rows, between which there are at most `gap_max` others.
fn spans(slots: Vec<Slot>, gap_max: u64) -> Vec<Slot> {
    let mut spans: Vec<Slot> = Vec::new();
    let mut gap = 0;
    for slot in slots {
        if slot.selected == 0 {
            gap += slot.all;
            continue;
        }
        match spans.last_mut().filter(|_| gap <= gap_max) {
            Some(span) => {
                span.bounds.0 = slot.bounds.0;
                span.all += gap + slot.all;
                span.selected += slot.selected;
            }
            None => spans.push(slot),
        }
        gap = 0;
    }
    spans
}
