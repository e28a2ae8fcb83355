//! Instants and days.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use jiff::{RoundMode, TimestampRound, Unit};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::{FromJson, FromText, string};
use crate::problem::{Code, ErrorSink, Violation, quote};

/// The years that dates and instants can have: four digits.
const YEARS: RangeInclusive<i16> = 1..=9999;

/// The day of the last instant there is, at 22:00:00 UTC.
const LAST_DAY: civil::Date = civil::date(9999, 12, 30);

/// The form of an instant up to its seconds, in ASCII.
const SECOND_FORM: &[u8; 19] = b"dddd-dd-ddTdd:dd:dd";

/// An instant in UTC, to the microsecond; finer digits are cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The instant, cut to the microsecond.
    pub fn new(instant: jiff::Timestamp) -> Self {
        if instant.subsec_nanosecond() == 0 {
            return Self(instant);
        }
        let round = TimestampRound::new()
            .smallest(Unit::Microsecond)
            .mode(RoundMode::Floor);
        Self(instant.round(round).unwrap_or(instant))
    }

    /// Midnight UTC on 1 January 1970.
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// The instant itself.
    pub fn instant(self) -> jiff::Timestamp {
        self.0
    }

    /// The day in UTC.
    pub fn day(self) -> Date {
        Date(Offset::UTC.to_datetime(self.0).date())
    }

    /// A text of fixed width that sorts in order of time.
    pub fn sortable(self) -> String {
        format!("{:.6}", self.0)
    }
}

impl fmt::Display for Timestamp {
    /// As in `2026-05-31T10:00:00+00:00`, with a fraction of six digits when it is not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.display_with_offset(Offset::UTC);
        if self.0.subsec_nanosecond() == 0 {
            write!(f, "{text}")
        } else {
            write!(f, "{text:.6}")
        }
    }
}

impl FromText for Timestamp {
    /// RFC 3339 with an offset, or a bare date, which means midnight UTC.
    fn from_text(text: &str) -> Result<Self, Violation> {
        let refused = |code, expected| {
            let got = quote(text);
            Violation::new(code, format!("must be {expected}, got {got}"))
        };
        let malformed = || {
            let forms = "RFC 3339 with an offset such as 2026-05-31T10:00:00Z, or a date such as 2026-05-31";
            refused(Code::InvalidFormat, forms)
        };
        let beyond = || {
            let range = "from 0001-01-01 to 9999-12-30T22:00:00Z";
            refused(Code::OutOfRange, range)
        };
        if let Some(date) = Date::parse(text) {
            return date.start().map(Self).ok_or_else(beyond);
        }
        if !has_rfc3339_form(text.as_bytes()) {
            return Err(malformed());
        }
        let Ok(instant) = text.parse::<jiff::Timestamp>() else {
            let start = text[..SECOND_FORM.len()].parse::<civil::DateTime>();
            let is_beyond = start.is_ok_and(|start| start.date() >= LAST_DAY);
            return Err(if is_beyond { beyond() } else { malformed() });
        };
        if YEARS.contains(&Offset::UTC.to_datetime(instant).year()) {
            Ok(Self::new(instant))
        } else {
            Err(beyond())
        }
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let instant = json_schema!({ "type": "string", "format": "date-time" });
        match generator.contract().is_deserialize() {
            true => json_schema!({ "anyOf": [instant, Date::json_schema(generator)] }),
            false => instant,
        }
    }
}

impl FromJson for Timestamp {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        string(json, errors)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).map_err(|violation| de::Error::custom(violation.detail))
    }
}

/// A calendar day, as in `2026-05-31`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "date"))]
pub struct Date(#[schemars(with = "String")] civil::Date);

impl Date {
    /// Its first instant in UTC; `None` on the last day, which is beyond the last instant.
    pub fn start(self) -> Option<jiff::Timestamp> {
        self.0
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|midnight| midnight.timestamp())
    }

    /// The first instant after it in UTC; `None` if there is none.
    pub fn end(self) -> Option<jiff::Timestamp> {
        self.0
            .tomorrow()
            .ok()
            .and_then(|tomorrow| Self(tomorrow).start())
    }
}

impl Date {
    fn parse(text: &str) -> Option<Self> {
        let text = Some(text).filter(|text| is_form(b"dddd-dd-dd", text.as_bytes()))?;
        let date: civil::Date = text.parse().ok()?;
        YEARS.contains(&date.year()).then_some(Self(date))
    }

    /// The first day of a month; `None` if there is no such month.
    pub fn first_of(year: i16, month: i8) -> Option<Self> {
        civil::Date::new(year, month, 1).ok().map(Self)
    }

    /// The first day of its year.
    pub fn start_of_year(self) -> Self {
        Self(self.0.first_of_year())
    }

    /// The day in the calendar.
    pub fn civil(self) -> civil::Date {
        self.0
    }

    /// The next day; `None` after the last one.
    pub fn tomorrow(self) -> Option<Self> {
        self.0.tomorrow().ok().map(Self)
    }

    /// Its year, as in `2026`.
    pub fn year(self) -> String {
        format!("{:04}", self.0.year())
    }

    /// Its month, as in `2026-05`.
    pub fn month(self) -> String {
        format!("{:04}-{:02}", self.0.year(), self.0.month())
    }

    /// Its number in the month, as in `31`.
    pub fn in_month(self) -> String {
        format!("{:02}", self.0.day())
    }

    /// Its month and day, as in `0531`: its name within a year.
    pub fn in_year(self) -> String {
        format!("{:02}{:02}", self.0.month(), self.0.day())
    }

    /// The day with this name in a year of four digits.
    pub fn of_year(year: &str, name: &str) -> Option<Self> {
        let (month, day) = name.split_at_checked(2)?;
        Self::from_text(&format!("{year}-{month}-{day}")).ok()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromText for Date {
    fn from_text(text: &str) -> Result<Self, Violation> {
        Self::parse(text).ok_or_else(|| {
            let got = quote(text);
            let detail = format!("must be a date such as 2026-05-31, got {got}");
            Violation::new(Code::InvalidFormat, detail)
        })
    }
}

impl FromJson for Date {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        string(json, errors)
    }
}

/// Whether a text follows the grammar of RFC 3339, section 5.6; the parser checks the ranges.
fn has_rfc3339_form(text: &[u8]) -> bool {
    let Some((start, rest)) = text.split_at_checked(SECOND_FORM.len()) else {
        return false;
    };
    let fraction = match rest {
        [b'.', digits @ ..] => {
            1 + digits
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        }
        _ => 0,
    };
    let offset = &rest[fraction..];
    let is_numeric = is_form(b"+dd:dd", offset) || is_form(b"-dd:dd", offset);
    let is_offset = matches!(offset, b"Z" | b"z")
        || (is_numeric && &offset[1..] <= b"23:59".as_slice() && &offset[4..] <= b"59".as_slice());
    let is_start = [SECOND_FORM, b"dddd-dd-ddtdd:dd:dd", b"dddd-dd-dd dd:dd:dd"]
        .iter()
        .any(|form| is_form(*form, start));
    // The parser accepts a leap second as the second before it.
    let is_leap_second = start.ends_with(b":60");
    is_start && !is_leap_second && fraction != 1 && is_offset
}

/// Whether the text has a digit for each `d` of the form, and otherwise the same characters.
fn is_form(form: &[u8], text: &[u8]) -> bool {
    form.len() == text.len()
        && form.iter().zip(text).all(|(form, byte)| {
            if *form == b'd' {
                byte.is_ascii_digit()
            } else {
                form == byte
            }
        })
}
