//! Changes that others may come before.

use std::time::Duration;

/// The most attempts of a change that others keep coming before.
pub(crate) const ATTEMPTS_MAX: u32 = 10;
/// The longest pause after the first attempt; it doubles.
const PAUSE_FIRST: Duration = Duration::from_millis(10);

/// Waits a random time before the attempt after number `attempt`, which counts from 0.
pub(crate) async fn after(attempt: u32) {
    tokio::time::sleep((PAUSE_FIRST * 2_u32.pow(attempt)).mul_f64(fastrand::f64())).await;
}
