//! Pauses between attempts.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::{Api, Policy};
use crate::numbers::counted;
use crate::progress::{Every, note};

/// How much time is between two reports of repetitions.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// The longest pause of a command that has no limit of time of its own.
const PAUSE_MAX: Duration = Duration::from_secs(10 * 60);

/// What became of a pause.
pub enum Pause {
    /// It is over: try again.
    Over,
    /// There is no next attempt.
    Never(Ended),
}

/// Why there is no next attempt, although one could help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// There were as many as allowed.
    Attempts,
    /// The time for everything is over, or would be after the pause.
    Time,
    /// Somebody asked to end.
    Stopped,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Attempts => "that was the last attempt",
            Self::Time => "no time is left",
            Self::Stopped => "it was interrupted",
        })
    }
}

/// The repetitions so far.
#[derive(Debug)]
pub struct Repetitions {
    count: AtomicU64,
    reported: Every,
}

impl Default for Repetitions {
    fn default() -> Self {
        Self {
            count: AtomicU64::new(0),
            reported: Every::from(Instant::now(), REPORT_INTERVAL),
        }
    }
}

impl Repetitions {
    /// Reports one, unless another one was reported shortly before.
    fn report(&self, what: &str, attempt: u32, attempts: u32, pause: Duration) {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        if self.reported.is_due(Instant::now()) {
            let pause = pause.as_secs_f64();
            let repetitions = counted(count, "repetition");
            note(&format!(
                "{what}; attempt {attempt} of {attempts}, the next one in {pause:.1} s ({repetitions} so far)"
            ));
        }
    }
}

impl Api {
    /// Waits before the attempt after `attempt`, unless there is none. `what` says what failed.
    pub(crate) async fn pause(
        &self,
        attempt: u32,
        retry_after: Option<Duration>,
        what: impl FnOnce() -> String,
    ) -> Pause {
        if self.stop.is_requested() {
            return Pause::Never(Ended::Stopped);
        }
        if attempt >= self.policy.attempts {
            return Pause::Never(Ended::Attempts);
        }
        let pause = length(&self.policy, attempt, retry_after, fastrand::f64());
        let is_too_long = match (self.deadline, Instant::now().checked_add(pause)) {
            (_, None) => true,
            (Some(deadline), Some(end)) => end >= deadline,
            (None, Some(_)) => pause > PAUSE_MAX,
        };
        if is_too_long {
            return Pause::Never(Ended::Time);
        }
        if self.policy.is_reported {
            let attempts = self.policy.attempts;
            self.repetitions.report(&what(), attempt, attempts, pause);
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => Pause::Over,
            () = self.stop.requested() => Pause::Never(Ended::Stopped),
        }
    }
}

/// How long to wait after `attempt`: with full jitter, so that clients which failed together do not
/// come back together, but never shorter than the API asked for. `random` is from 0 to 1.
///
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
fn length(policy: &Policy, attempt: u32, retry_after: Option<Duration>, random: f64) -> Duration {
    let doubled = 2u32
        .checked_pow(attempt.saturating_sub(1))
        .unwrap_or(u32::MAX);
    let longest = policy.pause.saturating_mul(doubled).min(policy.pause_max);
    let retry_after = retry_after.unwrap_or_default();
    retry_after.saturating_add(longest.mul_f64(random))
}

/// What the header `retry-after` asks for: seconds, or an HTTP date (RFC 9110, section 10.2.3).
pub fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_begin_anywhere_below() {
        let policy = Policy {
            pause: Duration::from_millis(500),
            pause_max: Duration::from_secs(30),
            ..Policy::default()
        };
        let longest = |attempt| length(&policy, attempt, None, 1.0).as_millis();
        assert_eq!(
            [1, 2, 3, 7, 8, 99].map(longest),
            [500, 1000, 2000, 30_000, 30_000, 30_000]
        );
        assert_eq!(length(&policy, 8, None, 0.0), Duration::ZERO);
    }

    #[test]
    fn a_pause_is_never_shorter_than_the_api_asked_for() {
        let asked = Some(Duration::from_secs(60));
        let pause = |random| length(&Policy::default(), 1, asked, random);
        assert_eq!(pause(0.0), Duration::from_secs(60));
        assert!(
            pause(1.0) > Duration::from_secs(60),
            "clients do not come back together"
        );
    }

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date() -> Result<(), jiff::Error> {
        let now: Timestamp = "2026-05-31T10:00:00Z".parse()?;
        for (text, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sun, 31 May 2026 10:00:30 GMT", Some(30)),
            ("Sun, 31 May 2026 09:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(text, now), expected, "{text}");
        }
        Ok(())
    }
}
