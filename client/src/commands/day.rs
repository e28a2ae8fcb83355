//! Days as arguments.

use domain::value::{Date, FromText};

/// Reads a day, as the API does.
pub fn day(text: &str) -> Result<Date, String> {
    Date::from_text(text).map_err(|violation| violation.detail)
}
