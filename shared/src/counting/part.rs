//! The parts of a day, the smallest things that are counted for finding a place.

use std::fmt;

use uuid::Uuid;

use crate::key;
use crate::value::{Date, Timestamp};

/// A part of a day that holds neighbours of the list, in the order of time.
///
/// It is ten minutes, as in `10:3` for 10:30 to 10:39. Many systems know only days or hours, so that thousands of
/// revenues can have one instant; at a full hour a part is therefore what has that very instant and an id with the
/// same first two digits, as in `10#a3`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part(String);

/// Where the text of the time begins in that of an instant.
const TIME: usize = "2026-05-31T".len();
/// The characters of an hour.
const HOUR: usize = "10".len();
/// The characters of ten minutes.
const TEN_MINUTES: usize = "10:3".len();
/// The characters of an id that a part of a full hour has in common.
const ID: usize = 2;
/// What follows the hour in the text of a full hour.
const FULL_HOUR: &str = ":00:00.000000Z";

impl Part {
    /// The part in which a revenue stands.
    pub fn of(occurred_at: Timestamp, id: Uuid) -> Self {
        let position = key::revenue_position(occurred_at, id);
        let time = &position[TIME..];
        match time[HOUR..].strip_prefix(FULL_HOUR) {
            Some(id) => Self(format!("{}{}", &time[..HOUR], &id[..=ID])),
            None => Self(time[..TEN_MINUTES].to_owned()),
        }
    }

    /// The part with this name.
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The least and the greatest position in the lists that belong to this part of `day`.
    pub fn bounds(&self, day: Date) -> (String, String) {
        let (hour, rest) = self.0.split_at(HOUR.min(self.0.len()));
        if rest.starts_with('#') {
            let from = format!("{day}T{hour}{FULL_HOUR}{rest}");
            return (from.clone(), end(&from));
        }
        let first = format!("{day}T{}", self.0);
        // The first ten minutes begin after the full hour, whose positions go on with `#`.
        let from = if rest == ":0" { format!("{day}T{hour}{FULL_HOUR}$") } else { first.clone() };
        (from, end(&first))
    }
}

/// What is greater than every position that begins like this.
fn end(prefix: &str) -> String {
    format!("{prefix}~")
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
