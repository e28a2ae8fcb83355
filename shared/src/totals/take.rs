//! What the function `totals` does with an event, and its line of log.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::count::{self, Counted};
use crate::app::App;
use crate::error::chain;
use crate::table::{Delivery, StoreError, Usage};

/// Counts the revenues of an event of the stream, and gives what Lambda is answered.
///
/// # Errors
/// [`StoreError`] if some may not be counted; Lambda then delivers the event again.
pub async fn take(app: &App, event: Value, deadline: Instant) -> Result<Value, StoreError> {
    let start = Instant::now();
    let usage = Usage::default();
    let table = app.table.until(deadline).counted_in(usage.clone());
    let delivery = Delivery::read(event);
    let records = delivery
        .as_ref()
        .map_or(0, |delivery| delivery.inserted.len());
    let result = match delivery {
        Ok(delivery) => count::count(&table, delivery, app.now()).await,
        Err(error) => Err(error),
    };
    let Counted { counted, uncounted } = result.as_ref().copied().unwrap_or_default();
    let used = usage.so_far();
    // A window ends without records, which is not worth a line.
    if records > 0 || result.is_err() {
        tracing::info!(
            duration_ms = start.elapsed().as_micros() as f64 / 1000.0,
            records,
            cold_start = app.is_first_request(),
            dynamodb_calls = used.calls,
            read_units = used.read_units,
            write_units = used.write_units,
            throttles = Some(used.throttles).filter(|count| *count > 0),
            counted,
            uncounted = Some(uncounted).filter(|count| *count > 0),
            error = result.as_ref().err().map(|error| chain(error)),
            "totals"
        );
    }
    // The window is there to tell the shard; nothing is kept in it.
    result.map(|_| json!({"state": {}}))
}
