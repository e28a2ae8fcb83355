//! Dates and times as files write them.

use std::collections::BTreeMap;

use domain::problem::quote;
use domain::value::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::probe::parts_of;

/// How a file writes dates or times.
#[derive(Clone, Debug)]
pub struct TimeFormat {
    /// With the directives of strptime.
    format: String,
    zone: Zone,
}

/// How a time becomes an instant.
#[derive(Clone, Debug)]
enum Zone {
    /// It is only a day, in UTC.
    Day,
    /// The text has the offset, or is itself an instant.
    InText,
    /// The clock of a place.
    Of(TimeZone),
    /// The text ends with an abbreviation of an offset.
    Abbreviated(Vec<(String, Offset)>),
}

/// Why a text is not a time: a code for programs, and a sentence for people.
#[derive(Debug, PartialEq, Eq)]
pub struct TimeProblem {
    pub code: &'static str,
    pub detail: String,
}

impl TimeFormat {
    /// A format for a day, or for an instant.
    ///
    /// # Errors
    /// Why times cannot be read so without a guess.
    pub fn new(
        format: &str,
        zone: Option<&str>,
        abbreviations: &BTreeMap<String, String>,
        is_day: bool,
    ) -> Result<Self, String> {
        let parts = parts_of(format)?;
        let is_instant = parts.to_timestamp().is_ok();
        let has_time = parts.to_datetime().is_ok() && (parts.hour().is_some() || is_instant);
        if !is_instant && parts.to_date().is_err() {
            return Err(format!("format {} has no whole date", quote(format)));
        }
        let zone = match (zone, abbreviations.is_empty()) {
            (Some(_), false) => {
                return Err("zone and zone_abbreviations exclude each other".to_owned());
            }
            (Some(_), true) if is_instant => {
                return Err("zone has no effect: the format has the offset from UTC".to_owned());
            }
            (Some(_), true) if is_day => return Err("zone has no effect on a day".to_owned()),
            (Some(name), true) => Zone::Of(TimeZone::get(name).map_err(|_| {
                format!(
                    "zone {} is not a time zone such as \"Europe/Berlin\" or \"UTC\"",
                    quote(name)
                )
            })?),
            (None, false) => Zone::Abbreviated(offsets(abbreviations)?),
            (None, true) if is_instant && !is_day => Zone::InText,
            (None, true) if !has_time || is_day => Zone::Day,
            (None, true) => {
                return Err(
                    "zone is required: the format has a time without an offset from UTC".to_owned(),
                );
            }
        };
        Ok(Self {
            format: format.to_owned(),
            zone,
        })
    }

    /// The day or instant, as the API accepts it.
    ///
    /// # Errors
    /// Why the text is not one, or could be several.
    pub fn read(&self, text: &str) -> Result<String, TimeProblem> {
        let parse =
            |text: &str| BrokenDownTime::parse(&self.format, text).map_err(|_| self.no_match(text));
        match &self.zone {
            Zone::Day => {
                let date = parse(text)?.to_date().map_err(|_| self.no_match(text))?;
                Ok(date.to_string())
            }
            Zone::InText => {
                let instant = parse(text)?
                    .to_timestamp()
                    .map_err(|_| self.no_match(text))?;
                Ok(Timestamp::new(instant).to_string())
            }
            Zone::Of(zone) => {
                let local = local(&parse(text)?).ok_or_else(|| self.no_match(text))?;
                let instant = instant(local, zone, text)?;
                Ok(Timestamp::new(instant).to_string())
            }
            Zone::Abbreviated(offsets) => {
                let ends = |(name, _): &&(String, Offset)| text.ends_with(&format!(" {name}"));
                let Some((name, offset)) = offsets.iter().find(ends) else {
                    let names: Vec<_> = offsets.iter().map(|(name, _)| quote(name)).collect();
                    let detail = format!(
                        "must end with one of {}, got {}",
                        names.join(", "),
                        quote(text)
                    );
                    return Err(TimeProblem {
                        code: "invalid_format",
                        detail,
                    });
                };
                let start = &text[..text.len() - name.len() - 1];
                let local = local(&parse(start)?).ok_or_else(|| self.no_match(text))?;
                let instant = offset
                    .to_timestamp(local)
                    .map_err(|_| self.no_match(text))?;
                Ok(Timestamp::new(instant).to_string())
            }
        }
    }

    fn no_match(&self, text: &str) -> TimeProblem {
        let (format, got) = (quote(&self.format), quote(text));
        TimeProblem {
            code: "invalid_format",
            detail: format!("must have the format {format}, got {got}"),
        }
    }
}

/// A day is its first moment.
fn local(parts: &BrokenDownTime) -> Option<DateTime> {
    match parts.hour() {
        Some(_) => parts.to_datetime().ok(),
        None => Some(
            parts
                .to_date()
                .ok()?
                .to_datetime(jiff::civil::Time::midnight()),
        ),
    }
}

/// The instant at which the clock of a place shows a time: the only one.
fn instant(local: DateTime, zone: &TimeZone, text: &str) -> Result<jiff::Timestamp, TimeProblem> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let name = zone.iana_name().unwrap_or("its zone");
    let problem = |detail: String| TimeProblem {
        code: "ambiguous_time",
        detail,
    };
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => {
            ambiguous.unambiguous().map_err(|error| TimeProblem {
                code: "out_of_range",
                detail: error.to_string(),
            })
        }
        AmbiguousOffset::Gap { .. } => Err(problem(format!(
            "does not exist in {name}, where clocks went forward, got {}",
            quote(text)
        ))),
        AmbiguousOffset::Fold { before, after } => Err(problem(format!(
            "happened twice in {name}, where clocks went back: at {before} and at {after} from UTC, got {}",
            quote(text)
        ))),
    }
}

fn offsets(abbreviations: &BTreeMap<String, String>) -> Result<Vec<(String, Offset)>, String> {
    let read = |(name, offset): (&String, &String)| {
        let parts = BrokenDownTime::parse("%:z", offset).ok();
        let offset = parts.and_then(|parts| parts.offset()).ok_or_else(|| {
            format!(
                "zone_abbreviations: must be an offset such as \"-08:00\", got {}",
                quote(offset)
            )
        })?;
        Ok((name.clone(), offset))
    };
    abbreviations.iter().map(read).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail so")]
mod tests {
    use super::*;

    fn zoned(format: &str, zone: &str) -> TimeFormat {
        TimeFormat::new(format, Some(zone), &BTreeMap::new(), false).unwrap()
    }

    fn refused(format: &str, zone: Option<&str>, is_day: bool) -> String {
        TimeFormat::new(format, zone, &BTreeMap::new(), is_day).unwrap_err()
    }

    #[test]
    fn a_local_time_becomes_an_instant() {
        let berlin = zoned("%d.%m.%Y %H:%M:%S", "Europe/Berlin");
        assert_eq!(
            berlin.read("31.05.2026 12:00:00").unwrap(),
            "2026-05-31T10:00:00+00:00"
        );
        let day = zoned("%m/%d/%Y", "America/New_York");
        assert_eq!(day.read("05/31/2026").unwrap(), "2026-05-31T04:00:00+00:00");
    }

    #[test]
    fn a_time_that_clocks_show_twice_or_never_is_refused() {
        let berlin = zoned("%Y-%m-%d %H:%M", "Europe/Berlin");
        let twice = berlin.read("2026-10-25 02:30").unwrap_err();
        assert_eq!(twice.code, "ambiguous_time");
        assert!(
            twice.detail.contains("happened twice in Europe/Berlin"),
            "{}",
            twice.detail
        );
        let never = berlin.read("2026-03-29 02:30").unwrap_err();
        assert!(
            never.detail.contains("does not exist in Europe/Berlin"),
            "{}",
            never.detail
        );
        assert!(berlin.read("2026-10-25 03:00").is_ok());
    }

    #[test]
    fn a_text_in_another_format_is_refused() {
        let us = zoned("%m/%d/%Y", "UTC");
        for text in [
            "31/05/2026",
            "2026-05-31",
            "05/31/2026 10:00",
            "02/30/2026",
            "",
        ] {
            assert_eq!(us.read(text).unwrap_err().code, "invalid_format", "{text}");
        }
    }

    #[test]
    fn days_offsets_seconds_and_abbreviations_are_read() {
        let none = BTreeMap::new();
        let day = TimeFormat::new("%d.%m.%Y", None, &none, true).unwrap();
        assert_eq!(day.read("31.12.2026").unwrap(), "2026-12-31");
        let offset = TimeFormat::new("%Y-%m-%d %H:%M:%S %z", None, &none, false).unwrap();
        assert_eq!(
            offset.read("2026-05-31 12:00:00 +0200").unwrap(),
            "2026-05-31T10:00:00+00:00"
        );
        let seconds = TimeFormat::new("%s", None, &none, false).unwrap();
        assert_eq!(
            seconds.read("1780221600").unwrap(),
            "2026-05-31T10:00:00+00:00"
        );
        let names = BTreeMap::from([("PDT".to_owned(), "-07:00".to_owned())]);
        let named = TimeFormat::new("%b %d, %Y %I:%M:%S %p", None, &names, false).unwrap();
        assert_eq!(
            named.read("May 31, 2026 3:00:00 AM PDT").unwrap(),
            "2026-05-31T10:00:00+00:00"
        );
        assert!(
            named
                .read("May 31, 2026 3:00:00 AM CET")
                .unwrap_err()
                .detail
                .contains("\"PDT\"")
        );
    }

    #[test]
    fn a_format_that_would_leave_a_guess_is_refused() {
        assert!(refused("%Y-%m-%d %H:%M", None, false).contains("zone is required"));
        assert!(refused("%H:%M", Some("UTC"), false).contains("no whole date"));
        assert!(refused("%Y-%m-%d %z", Some("UTC"), true).contains("no effect"));
        assert!(refused("%Y-%m-%d", Some("Mars/Base"), false).contains("Mars/Base"));
        assert!(refused("%Y-%q", None, true).contains("format"));
    }
}
