//! Windows: the calendar periods over which a rule accumulates.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rule::Accumulation;
use crate::value::Date;

/// The months of a quarter.
const MONTHS_PER_QUARTER: i8 = 3;

/// A calendar period in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// A month of a year.
    Month(i16, i8),
    /// A quarter of a year, from 1 to 4.
    Quarter(i16, i8),
    /// A year.
    Year(i16),
    /// All time.
    Lifetime,
}

impl Window {
    /// The window that a day is in.
    pub fn of(accumulation: Accumulation, day: Date) -> Self {
        let day = day.civil();
        match accumulation {
            Accumulation::Month => Self::Month(day.year(), day.month()),
            Accumulation::Quarter => {
                Self::Quarter(day.year(), (day.month() - 1) / MONTHS_PER_QUARTER + 1)
            }
            Accumulation::Year => Self::Year(day.year()),
            Accumulation::Lifetime => Self::Lifetime,
        }
    }

    /// Its first day; `None` for all time.
    pub fn first_day(self) -> Option<Date> {
        let (year, month) = match self {
            Self::Month(year, month) => (year, month),
            Self::Quarter(year, quarter) => (year, (quarter - 1) * MONTHS_PER_QUARTER + 1),
            Self::Year(year) => (year, 1),
            Self::Lifetime => return None,
        };
        Date::first_of(year, month)
    }
}

impl fmt::Display for Window {
    /// As in `2026-05`, `2026-Q2`, `2026` and `lifetime`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Quarter(year, quarter) => write!(f, "{year:04}-Q{quarter}"),
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Lifetime => f.write_str("lifetime"),
        }
    }
}
