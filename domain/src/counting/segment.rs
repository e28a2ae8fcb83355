//! Segments of a day: the smallest units that are counted, to find a page.

use std::fmt;

use uuid::Uuid;

use crate::revenue;
use crate::value::{Date, Timestamp};

/// A segment of a day: neighbours in the list, in order of time.
///
/// A segment is ten minutes, as in `10:10+`. Many systems only record days or hours, so that
/// thousands of revenues can have one instant. At a full or a half hour, where midnight falls in
/// almost all time zones, that very instant is therefore split by the first two digits of the id,
/// as in `10:00#a3`, and the ten minutes after it are another segment, as in `10:00+`.
///
/// The number of segments is bounded, whatever ids there are: 144 of ten minutes, and 256 for each
/// very instant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeSegment(String);

/// Where the time begins in the text of an instant.
const TIME: usize = "2026-05-31T".len();
/// The characters of hour and minute, and of ten minutes.
const MINUTE: usize = "10:30".len();
const TEN_MINUTES: usize = "10:3".len();
/// What follows the minute in the text of a full or half hour.
const VERY_INSTANT: &str = ":00.000000Z#";
/// How many digits of an id the revenues of a segment share. An id that is derived from an external
/// id is a hash, of which two digits split an instant into 256 parts. Ids without an external id
/// begin with the time of creation, so that those of an instant are often one segment.
const DIGITS: usize = 2;

impl TimeSegment {
    /// The segment of a revenue.
    pub fn of(occurred_at: Timestamp, id: Uuid) -> Self {
        let position = revenue::position(occurred_at, id);
        let time = &position[TIME..];
        let (minute, rest) = time.split_at(MINUTE);
        match rest.strip_prefix(VERY_INSTANT).filter(|_| is_split(minute)) {
            Some(id) => Self(format!("{minute}#{}", &id[..DIGITS])),
            None => Self(format!("{}0+", &time[..TEN_MINUTES])),
        }
    }

    /// The segment with this name. Counters of earlier versions split some instants by more digits
    /// of the id: those parts belong to one segment.
    pub fn named(name: &str) -> Self {
        const OF_INSTANT: usize = MINUTE + "#".len() + DIGITS;
        let is_longer = name.as_bytes().get(MINUTE) == Some(&b'#');
        let name = name.get(..OF_INSTANT).filter(|_| is_longer).unwrap_or(name);
        Self(name.to_owned())
    }

    /// The hour and minute of the instant that this segment is a part of, if it is a part of one.
    pub fn instant(&self) -> Option<&str> {
        self.0.split_once('#').map(|(minute, _)| minute)
    }

    /// The least and the greatest position in the list that belong to this segment of `day`.
    pub fn bounds(&self, day: Date) -> (String, String) {
        let minute = self.0.get(..MINUTE).unwrap_or_default();
        let instant = format!("{day}T{minute}{VERY_INSTANT}");
        if let Some((_, id)) = self.0.split_once('#') {
            let from = format!("{instant}{id}");
            return (from.clone(), end(&from));
        }
        let ten_minutes = format!("{day}T{}", self.0.get(..TEN_MINUTES).unwrap_or_default());
        let from = if is_split(minute) {
            end(&instant)
        } else {
            ten_minutes.clone()
        };
        (from, end(&ten_minutes))
    }
}

/// Whether the instant at which this minute begins is split by ids.
fn is_split(minute: &str) -> bool {
    minute.ends_with(":00") || minute.ends_with(":30")
}

/// A text greater than every position with this prefix.
fn end(prefix: &str) -> String {
    format!("{prefix}~")
}

impl fmt::Display for TimeSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
