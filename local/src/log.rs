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

use shared::lambda::LOG_VARIABLE;

use crate::error::StartError;

/// The default filter: requests and problems. The embedded DynamoDB also warns about every
/// condition that fails, which is normal.
const DEFAULT_FILTER: &str = "warn,shared=info,local=info,dynoxide=error";

/// Writes the log to the standard output from now on.
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
        match fields.access_line() {
            Some(access) => writeln!(line, "{access}"),
            None => writeln!(line, "{} {}", event.metadata().level(), fields.sentence()),
        }
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
