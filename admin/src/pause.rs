//! Pauses between the attempts of a change that conflicts with others.

use std::time::Duration;

use store::retry::jittered;

/// The most attempts of a change that keeps conflicting with others.
pub(crate) const ATTEMPTS_MAX: u32 = 10;
/// The longest pause after the first attempt; it doubles.
const PAUSE_FIRST: Duration = Duration::from_millis(10);
/// The longest pause after any.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Waits a random time before the attempt after number `attempt`, which counts from 0.
pub(crate) async fn after(attempt: u32) {
    tokio::time::sleep(jittered(attempt + 1, PAUSE_FIRST, PAUSE_MAX)).await;
}
