//! The log in a readable format: one line per request, and one per problem.

use std::collections::BTreeMap;
use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use admin::printable::one_line;
use shared::lambda::LOG_VARIABLE;
use shared::panics::log_panics;

use crate::error::StartError;

/// The default filter: requests and problems. The embedded DynamoDB also warns about every
/// condition that fails, which is normal.
const DEFAULT_FILTER: &str = "warn,shared=info,local=info,dynoxide=error";

/// Writes the log to the standard output from now on, panics included.
///
/// # Errors
/// If the filter in the environment is not valid.
pub fn show() -> Result<(), StartError> {
    let filter = std::env::var(LOG_VARIABLE).unwrap_or_else(|_| DEFAULT_FILTER.to_owned());
    let filter: Targets = filter
        .parse()
        .map_err(|error| StartError::LogFilter(LOG_VARIABLE, Box::new(error)))?;
    let lines = tracing_subscriber::fmt::layer()
        .log_internal_errors(false)
        .event_format(Line);
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .init();
    log_panics();
    Ok(())
}

/// Formats an event as one line.
struct Line;

impl<S: Subscriber + for<'a> LookupSpan<'a>, N: for<'a> FormatFields<'a> + 'static>
    FormatEvent<S, N> for Line
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        write!(line, "{} ", jiff::Timestamp::now().strftime("%H:%M:%SZ"))?;
        let text = match fields.access_line() {
            Some(access) => access,
            None => format!("{} {}", event.metadata().level(), fields.sentence()),
        };
        writeln!(line, "{}", one_line(&text))
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    /// The method, route, status, duration, request ids and workspace, if the event is a request.
    fn access_line(&self) -> Option<String> {
        let field = |name| self.0.get(name);
        let (method, status) = (field("method")?, field("status")?);
        let route = field("route").map_or("(no route)", String::as_str);
        let (duration, request_id) = (field("duration_ms")?, field("request_id")?);
        let workspace = field("workspace").map_or("-", String::as_str);
        let client_request = field("client_request_id")
            .map(|id| format!(" client_request={id}"))
            .unwrap_or_default();
        Some(format!(
            "{method} {route} {status} {duration} ms request={request_id}{client_request} workspace={workspace}"
        ))
    }

    /// The message with the other fields.
    fn sentence(&self) -> String {
        let others = self.0.iter().filter(|(name, _)| **name != "message");
        let message = self.0.get("message").cloned().unwrap_or_default();
        others.fold(message, |sentence, (name, value)| {
            format!("{sentence} {name}={value}")
        })
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;

    /// What is written to the log.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            written.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_has_nothing_that_a_terminal_obeys() {
        let written = Written::default();
        let writer = written.clone();
        let lines = tracing_subscriber::fmt::layer()
            .event_format(Line)
            .with_writer(move || writer.clone());
        let odd = "\u{1b}[2J\r\n\u{9b}31m\u{7f}\u{8}é";
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            tracing::warn!(error = odd, odd = %odd, "{odd}");
            tracing::info!(
                method = odd,
                status = 1,
                duration_ms = 1,
                request_id = odd,
                "{odd}"
            );
        });
        let bytes = written.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(text.lines().count(), 2, "{text:?}");
        assert!(
            text.contains(r"\u001b[2J\u000d\n\u009b31m\u007f\u0008é"),
            "{text}"
        );
        assert!(
            text.lines().all(|line| !line.contains(char::is_control)),
            "{text:?}"
        );
    }
}
