//! Pauses between attempts.

use std::time::Duration;

/// A pause before a further `attempt`, counted from 1: a random part of `first`, doubled with each
/// attempt up to `longest`.
///
/// Full jitter spreads retries best:
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
pub fn jittered(attempt: u32, first: Duration, longest: Duration) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    doubled.min(longest).mul_f64(fastrand::f64())
}

/// Waits before an attempt, counted from 0; the first one begins at once.
pub(crate) async fn pause(attempt: u32, first: Duration, longest: Duration) {
    if attempt > 0 {
        tokio::time::sleep(jittered(attempt, first, longest)).await;
    }
}
