//! Ranges of days, and how they are divided so that every answer has room for all its rows.

use domain::value::{Date, FromText};
use jiff::civil;

/// The last day of the first half of a month.
const MIDDLE: i8 = 16;

/// Some days, the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl Range {
    /// Whether it has a day.
    pub fn has(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// One range for each year of it. A digest by month has at most 10,000 rows: enough for the
    /// months of a year in every currency and type.
    pub fn years(self) -> Vec<Self> {
        self.divided(civil::Date::last_of_year)
    }

    /// The part of a month in it, in two halves. A digest by day has at most 10,000 rows: enough
    /// for half a month in every currency and type.
    pub fn halves_of(self, month: &str) -> Vec<Self> {
        let halves = self.divided(|day| match day.day() {
            ..=MIDDLE => middle_of(day),
            _ => day.last_of_month(),
        });
        let in_month = |half: &Self| half.from.month() == month;
        halves.into_iter().filter(in_month).collect()
    }

    /// Parts that each end with the day that `end` returns for their first day.
    fn divided(self, end: impl Fn(civil::Date) -> civil::Date) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut next = Some(self.from);
        while let Some(from) = next.filter(|from| *from <= self.to) {
            let to = day(end(from.civil())).min(self.to);
            parts.push(Self { from, to });
            next = to.tomorrow();
        }
        parts
    }
}

fn middle_of(day: civil::Date) -> civil::Date {
    civil::Date::new(day.year(), day.month(), MIDDLE).expect("every month has this day")
}

fn day(civil: civil::Date) -> Date {
    Date::from_text(&civil.to_string()).expect("it is in the year of a date")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> Range {
        let day = |text| Date::from_text(text).expect("it is a date");
        Range {
            from: day(from),
            to: day(to),
        }
    }

    fn texts(ranges: Vec<Range>) -> Vec<String> {
        let text = |range: &Range| format!("{}..{}", range.from, range.to);
        ranges.iter().map(text).collect()
    }

    #[test]
    fn years_cover_every_day_once() {
        assert_eq!(
            texts(range("2025-11-30", "2027-01-01").years()),
            [
                "2025-11-30..2025-12-31",
                "2026-01-01..2026-12-31",
                "2027-01-01..2027-01-01"
            ]
        );
        assert_eq!(
            texts(range("9999-12-30", "9999-12-31").years()),
            ["9999-12-30..9999-12-31"]
        );
    }

    #[test]
    fn halves_cover_every_day_of_their_month_once() {
        let long = range("2026-02-10", "2026-04-02");
        assert_eq!(
            texts(long.halves_of("2026-02")),
            ["2026-02-10..2026-02-16", "2026-02-17..2026-02-28"]
        );
        assert_eq!(
            texts(long.halves_of("2026-03")),
            ["2026-03-01..2026-03-16", "2026-03-17..2026-03-31"]
        );
        assert_eq!(texts(long.halves_of("2026-04")), ["2026-04-01..2026-04-02"]);
        assert_eq!(
            texts(range("2026-02-17", "2026-02-17").halves_of("2026-02")),
            ["2026-02-17..2026-02-17"]
        );
    }
}
