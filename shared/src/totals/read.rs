//! Reading counters.

use std::collections::BTreeMap;

use futures::future::{try_join, try_join_all};

use crate::counting::{EVERYTHING, Group, Numbers, Part, Row, Selection, Sums};
use crate::key::{Key, Range, counter};
use crate::table::{Query, StoreError, Table, Through};
use crate::value::{Date, ExternalId, FromText};

/// Counts, in order: of all revenues, and of those that are selected.
#[derive(Debug, Default)]
pub struct Counts<K> {
    /// Of all revenues.
    pub all: BTreeMap<K, u64>,
    /// Of those that are selected; not more.
    pub selected: BTreeMap<K, u64>,
}

impl<K> Counts<K> {
    /// How many revenues there are.
    pub fn all(&self) -> u64 {
        self.all.values().sum()
    }

    /// How many are selected.
    pub fn selected(&self) -> u64 {
        self.selected.values().sum()
    }
}

/// How many revenues there are on each day, within the days that are selected; calls that run at once.
///
/// # Errors
/// [`StoreError`] if they could not be read.
pub async fn days(
    table: &Table,
    counters: &Range,
    selection: &Selection,
) -> Result<Counts<Date>, StoreError> {
    let prefix = |prefix: &str| counter::years(prefix);
    let add = |sort: &str, numbers: Numbers, days: &mut BTreeMap<Date, u64>| {
        let year = counter::parse_year(sort).map_or("", |(_, year)| year);
        for (name, number) in numbers {
            if let Some(day) = Date::of_year(year, &name).filter(|day| selection.has_day(*day)) {
                *days.entry(day).or_default() += u64::try_from(number).unwrap_or_default();
            }
        }
    };
    let group = |sort: &str| counter::parse_year(sort).and_then(|(group, _)| Group::parse(group));
    counted(table, counters, selection, prefix, group, add).await
}

/// How many revenues there are in each part of a day; calls that run at once.
///
/// # Errors
/// [`StoreError`] if they could not be read.
pub async fn parts(
    table: &Table,
    counters: &Range,
    day: Date,
    selection: &Selection,
) -> Result<Counts<Part>, StoreError> {
    let prefix = |prefix: &str| counter::day(&day.to_string(), prefix);
    let add = |_: &str, numbers: Numbers, parts: &mut BTreeMap<Part, u64>| {
        for (name, number) in numbers {
            *parts.entry(Part::named(&name)).or_default() +=
                u64::try_from(number).unwrap_or_default();
        }
    };
    let group = |sort: &str| counter::parse_period(sort).and_then(|(_, group)| Group::parse(group));
    counted(table, counters, selection, prefix, group, add).await
}

/// Counts of everything and of what is selected.
async fn counted<K: Ord + Clone>(
    table: &Table,
    counters: &Range,
    selection: &Selection,
    prefix: impl Fn(&str) -> String,
    group: impl Fn(&str) -> Option<Group>,
    add: impl Fn(&str, Numbers, &mut BTreeMap<K, u64>),
) -> Result<Counts<K>, StoreError> {
    let range = |group: &str| begins_with(counters, prefix(group));
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
        add(&sort, numbers, &mut all);
    }
    for (sort, numbers) in groups.into_iter().flatten() {
        if group(&sort).is_some_and(|group| selection.has(&group)) {
            add(&sort, numbers, &mut selected);
        }
    }
    if selection.has_every_group() {
        selected.clone_from(&all);
    }
    // Counters are written after one another, so that for a moment a group may be ahead of everything.
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
    let numbers = table
        .counter(&Key {
            partition: counters.partition.clone(),
            sort,
        })
        .await?;
    Ok(numbers
        .get(Row::PRODUCT)
        .and_then(|count| u64::try_from(*count).ok())
        .unwrap_or_default())
}

/// The counters whose sort keys begin like this.
fn begins_with(counters: &Range, prefix: String) -> Query {
    let range = Range {
        partition: counters.partition.clone(),
        prefix,
    };
    Query {
        through: Through::LaggingTable,
        ..Query::all(range)
    }
}
