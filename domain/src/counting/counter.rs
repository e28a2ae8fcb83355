//! The sort keys of counters, by what they count. A `group` is the text of a
//! [`Group`](super::Group), or [`EVERYTHING`](super::EVERYTHING).

/// The days of a year.
pub fn year(group: &str, year: &str) -> String {
    format!("{}#{year}", years(group))
}

/// The prefix of the years of all groups with this prefix.
pub fn years(group: &str) -> String {
    format!("Y#{group}")
}

/// The segments of a day, and the prefix of its instants that are split.
pub fn day(day: &str, group: &str) -> String {
    format!("{}#{group}", days(day))
}

/// The segments of an instant that is split, named by its hour and minute. They have a counter of
/// their own, so that no counter grows with the number of such instants.
pub fn instant(day: &str, group: &str, minute: &str) -> String {
    format!("{}#{minute}", self::day(day, group))
}

/// The prefix of the days with this prefix, as the days of a month.
pub fn days(prefix: &str) -> String {
    format!("D#{prefix}")
}

/// The sums of the days of a month.
pub fn month(month: &str, group: &str) -> String {
    format!("{}{month}#{group}", months())
}

/// The prefix of the months.
pub fn months() -> String {
    "M#".to_owned()
}

/// The revenues that name a product.
pub fn product(identifier: &str) -> String {
    format!("P#{identifier}")
}

/// The group and the year in a key made by [`year`].
pub fn parse_year(sort: &str) -> Option<(&str, &str)> {
    sort.strip_prefix("Y#")?.rsplit_once('#')
}

/// The day or the month, and the group, in a key made by [`day`], [`instant`] or [`month`].
pub fn parse_period(sort: &str) -> Option<(&str, &str)> {
    let (period, group) = sort.get(2..)?.split_once('#')?;
    // Nothing else in a group has a colon.
    let instant = group.rsplit_once('#').filter(|(_, end)| end.contains(':'));
    Some((period, instant.map_or(group, |(group, _)| group)))
}
