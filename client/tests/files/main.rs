//! Files of records: read, mapped and validated.

#![expect(clippy::unwrap_used, reason = "a test may fail so")]

mod broken;
mod check_repeats;
mod fixtures;
mod hostile;
mod maps;
mod presets;
mod problems;
mod program;
mod reading;
mod rejects;
mod repeats;
mod support;
