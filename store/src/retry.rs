//! Pauses before another try.

use std::time::Duration;

/// A random part of a pause that begins with `first` and doubles with each attempt, from 1 on, up
/// to `longest`.
///
/// Full jitter spreads those who try again best:
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
pub fn jittered(attempt: u32, first: Duration, longest: Duration) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    doubled.min(longest).mul_f64(fastrand::f64())
}
