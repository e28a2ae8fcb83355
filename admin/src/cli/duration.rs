//! Durations as people write them.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// A duration such as `90d`, `24h`, `30m` or `15s`, not negative. A day has 24 hours; months and
/// years are refused, because their length varies.
pub(super) fn parse(text: &str) -> Result<SignedDuration, &'static str> {
    let span: Option<Span> = text.parse().ok();
    let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    duration
        .filter(|duration| !duration.is_negative())
        .ok_or(EXPECTED)
}

/// The same, for a pause of this process.
pub(super) fn parse_wait(text: &str) -> Result<Duration, &'static str> {
    Duration::try_from(parse(text)?).map_err(|_| EXPECTED)
}

const EXPECTED: &str = "must be a duration such as 90d, 24h, 30m or 15s";
