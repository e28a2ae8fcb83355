//! Reading counters.

use std::collections::BTreeMap;

use domain::counting::{
    EVERYTHING, Group, Numbers, PRODUCT_COUNT, Selection, Sums, TimeSegment, counter,
};
use domain::value::{Date, ExternalId, FromText};
use futures::future::{try_join, try_join_all};
use store::key::Range;
use store::table::{Query, ReadSource, StoreError, Table};

use super::counts::Counts;
use super::segments::{self, Segment};
use crate::lists::ReadLimits;

/// A day of up to this many rows is read as a whole: its counters would cost as much.
const SHORT_DAY_ROWS: u64 = 16;

/// How many revenues there are on each day, within the days that are selected; calls that run at
/// once.
///
/// # Errors
/// [`StoreError`] if they could not be read.
pub async fn days(
    table: &Table,
    counters: &Range,
    selection: &Selection,
) -> Result<Counts<Date>, StoreError> {
    let level = Level {
        sort_prefix: counter::years,
        group: |sort: &str| counter::parse_year(sort).and_then(|(group, _)| Group::parse(group)),
        add: |sort: &str, numbers: Numbers, days: &mut BTreeMap<Date, u64>| {
            let year = counter::parse_year(sort).map_or("", |(_, year)| year);
            for (name, number) in numbers {
                let day = Date::of_year(year, &name).filter(|day| selection.has_day(*day));
                if let Some(day) = day {
                    *days.entry(day).or_default() += u64::try_from(number).unwrap_or_default();
                }
            }
        },
    };
    counted(table, counters, selection, level).await
}

/// How many revenues there are on the days that are selected.
///
/// # Errors
/// [`StoreError`] if they could not be read.
pub async fn count(
    table: &Table,
    counters: &Range,
    selection: &Selection,
) -> Result<u64, StoreError> {
    Ok(days(table, counters, selection).await?.selected())
}

/// The segments of the days that a page touches, and of those between them, newest first; calls
/// that run at once.
///
/// # Errors
/// [`StoreError`] if they could not be read.
pub(super) async fn segments(
    table: &Table,
    counters: &Range,
    days: &Counts<Date>,
    touched: Vec<Date>,
    selection: &Selection,
    limits: ReadLimits,
) -> Result<Vec<Segment>, StoreError> {
    let (Some(newest), Some(oldest)) = (touched.first(), touched.last()) else {
        return Ok(Vec::new());
    };
    let is_long = |day: &&Date| days.all.get(*day).is_some_and(|all| *all > SHORT_DAY_ROWS);
    let long: Vec<Date> = touched.iter().filter(is_long).copied().collect();
    let counts = long
        .iter()
        .map(|day| segments_of_day(table, counters, *day, selection));
    let counts = try_join_all(counts).await?;
    let counts: BTreeMap<Date, Counts<TimeSegment>> = long.into_iter().zip(counts).collect();
    let range = days.all.range(oldest..=newest).rev();
    let segments = range.flat_map(|(day, all)| {
        let selected = days.selected.get(day).copied().unwrap_or_default();
        segments::of_day(*day, *all, selected, counts.get(day), limits)
    });
    Ok(segments.collect())
}

/// How many revenues there are in each segment of a day; calls that run at once.
async fn segments_of_day(
    table: &Table,
    counters: &Range,
    day: Date,
    selection: &Selection,
) -> Result<Counts<TimeSegment>, StoreError> {
    let level = Level {
        sort_prefix: |group: &str| counter::day(&day.to_string(), group),
        group: |sort: &str| counter::parse_period(sort).and_then(|(_, group)| Group::parse(group)),
        add: |_: &str, numbers: Numbers, segments: &mut BTreeMap<TimeSegment, u64>| {
            for (name, number) in numbers {
                let count = u64::try_from(number).unwrap_or_default();
                *segments.entry(TimeSegment::named(&name)).or_default() += count;
            }
        },
    };
    counted(table, counters, selection, level).await
}

/// How counters of one level are named and read.
struct Level<P, G, A> {
    /// What their sort keys begin with, by group.
    sort_prefix: P,
    /// The group in a sort key.
    group: G,
    /// Adds the numbers of a counter to counts.
    add: A,
}

/// Counts of all revenues and of those that are selected.
async fn counted<K: Ord + Clone>(
    table: &Table,
    counters: &Range,
    selection: &Selection,
    level: Level<
        impl Fn(&str) -> String,
        impl Fn(&str) -> Option<Group>,
        impl Fn(&str, Numbers, &mut BTreeMap<K, u64>),
    >,
) -> Result<Counts<K>, StoreError> {
    let range = |group: &str| begins_with(counters, (level.sort_prefix)(group));
    let everything = range(EVERYTHING);
    let groups: Vec<Query> = match selection.has_every_group() {
        true => Vec::new(),
        false => selection
            .prefixes()
            .iter()
            .map(|prefix| range(prefix))
            .collect(),
    };
    let groups = try_join_all(groups.iter().map(|range| table.counters(range)));
    let (everything, groups) = try_join(table.counters(&everything), groups).await?;
    let (mut all, mut selected) = (BTreeMap::new(), BTreeMap::new());
    for (sort, numbers) in everything {
        (level.add)(&sort, numbers, &mut all);
    }
    for (sort, numbers) in groups.into_iter().flatten() {
        if (level.group)(&sort).is_some_and(|group| selection.has(&group)) {
            (level.add)(&sort, numbers, &mut selected);
        }
    }
    if selection.has_every_group() {
        selected.clone_from(&all);
    }
    // Counters are written one after another, so that a group may be ahead of the total for a
    // moment.
    for (place, count) in &selected {
        let all = all.entry(place.clone()).or_default();
        *all = (*all).max(*count);
    }
    Ok(Counts { all, selected })
}

/// The sums of each group on each day within the days that are selected; of all groups.
///
/// # Errors
/// [`StoreError`] if they could not be read.
pub async fn sums(
    table: &Table,
    counters: &Range,
    selection: &Selection,
) -> Result<BTreeMap<(Date, Group), Sums>, StoreError> {
    let mut range = begins_with(counters, counter::months());
    if let Some(from) = selection.from {
        range.from = counter::month(&from.month(), "");
    }
    if let Some(to) = selection.to {
        range.to = begins_with(counters, counter::month(&to.month(), "")).to;
    }
    let mut sums = BTreeMap::new();
    for (sort, numbers) in table.counters(&range).await? {
        let Some((month, group)) = counter::parse_period(&sort) else {
            continue;
        };
        let Some(group) = Group::parse(group) else {
            continue;
        };
        for (day, of_day) in Sums::of_month(&numbers) {
            if let Ok(day) = Date::from_text(&format!("{month}-{day}"))
                && selection.has_day(day)
            {
                sums.insert((day, group.clone()), of_day);
            }
        }
    }
    Ok(sums)
}

/// How many revenues name a product.
///
/// # Errors
/// [`StoreError`] if it could not be read.
pub async fn of_product(
    table: &Table,
    counters: &Range,
    identifier: &ExternalId,
) -> Result<u64, StoreError> {
    let sort = counter::product(identifier.as_str());
    let numbers = table.counter(&counters.key(sort)).await?;
    Ok(numbers
        .get(PRODUCT_COUNT)
        .and_then(|count| u64::try_from(*count).ok())
        .unwrap_or_default())
}

/// The counters whose sort keys begin with `prefix`.
fn begins_with(counters: &Range, prefix: String) -> Query {
    Query::all(counters.with_prefix(prefix)).through(ReadSource::EventualTable)
}
