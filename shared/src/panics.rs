//! Panics in the log.

use std::panic::set_hook;

/// Values in the message of a panic begin with one of these.
const QUOTES: [char; 4] = ['`', '\'', '"', ':'];

/// Logs each panic from now on as one line, in place of the standard text, which has several. What
/// a message says about values is left out, since it may quote what a client sent.
pub fn log_panics() {
    set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        let message = panic.payload_as_str().unwrap_or_default();
        let reason = message.split(QUOTES).next().unwrap_or_default().trim_end();
        tracing::error!(location, reason, "a panic");
    }));
}
