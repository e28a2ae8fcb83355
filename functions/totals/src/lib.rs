//! The function `totals`: counts the revenues that the stream of the table delivers.

mod count;

mod set_aside;

mod add;

use domain::revenue::Revenue;
use serde_json::{Value, json};
use shared::app::App;
use shared::error::chain;
use store::table::{Delivery, StoreError, Usage};
use tokio::time::Instant;

pub use count::{Counted, count, replay};

/// Counts the revenues in an event of the stream, and returns the response for Lambda.
///
/// # Errors
/// [`StoreError`] if some may not be counted; Lambda then delivers the event again.
pub async fn handle_event(app: &App, event: Value, deadline: Instant) -> Result<Value, StoreError> {
    let start = Instant::now();
    let usage = Usage::default();
    let table = app.table.until(deadline).with_usage(usage.clone());
    let delivery = Delivery::<Revenue>::read(event);
    let records = delivery
        .as_ref()
        .map_or(0, |delivery| delivery.inserted.len());
    let result = match delivery {
        Ok(delivery) => count::count(&table, delivery, app.now()).await,
        Err(error) => Err(error),
    };
    let Counted {
        counted,
        uncounted,
        set_aside,
    } = result.as_ref().copied().unwrap_or_default();
    let used = usage.so_far();
    // The last event of a window has no records and is not worth a line.
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
            set_aside = Some(set_aside).filter(|count| *count > 0),
            error = result.as_ref().err().map(|error| chain(error)),
            "totals"
        );
    }
    // The window is only there to name the shard: it has no state.
    result.map(|_| json!({"state": {}}))
}
