//! The log for CloudWatch: JSON lines. The line of a request also contains its metrics.
//!
//! Metrics are declared in the embedded metric format, so that CloudWatch extracts them without an
//! API call:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::fmt;

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

use crate::batch::Status;

/// The CloudWatch namespace of the metrics.
pub const NAMESPACE: &str = "Allocora";
/// The one dimension of every metric: the name of the function.
pub const DIMENSION: &str = "function";
/// Metrics other than the counts of statuses, with their units: fields of the line of a request or
/// of a stream event. A count of zero is left out.
const OTHER_METRICS: [(&str, &str); 8] = [
    ("duration_ms", "Milliseconds"),
    ("throttles", COUNT),
    ("duplicate_conflicts", COUNT),
    ("version_conflicts", COUNT),
    ("unauthenticated", COUNT),
    ("counted", COUNT),
    ("uncounted", COUNT),
    ("set_aside", COUNT),
];
/// The unit of counts.
const COUNT: &str = "Count";

/// All metrics, with their units: one for each status of a record, and the others.
pub fn metrics() -> impl Iterator<Item = (&'static str, &'static str)> {
    let statuses = Status::ALL.iter().map(|status| (status.name(), COUNT));
    OTHER_METRICS.into_iter().chain(statuses)
}

/// The log of the function with this name. A level such as `debug` applies to our own crates, while
/// libraries only log warnings; a filter such as `shared=debug,aws_smithy_runtime=debug` sets
/// everything.
///
/// # Errors
/// If the filter does not parse.
pub fn log<W>(
    function: &str,
    filter: &str,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + use<W>, ParseError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // The time is added below, in the format of Lambda.
    let json = tracing_subscriber::fmt::format()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .without_time();
    let lines = tracing_subscriber::fmt::layer()
        .event_format(Lines {
            function: function.to_owned(),
            json,
        })
        .fmt_fields(JsonFields::new())
        .log_internal_errors(false)
        .with_writer(writer);
    Ok(tracing_subscriber::registry()
        .with(targets(filter)?)
        .with(lines))
}

/// The crates that a plain level applies to.
const OUR_CRATES: [&str; 4] = ["shared", "store", "totals", "local"];

/// Parses a filter.
///
/// # Errors
/// If it is neither a level nor a list of targets with their levels.
pub fn targets(filter: &str) -> Result<Targets, ParseError> {
    match filter.parse::<LevelFilter>() {
        Ok(level) => Ok(Targets::new()
            .with_default(LevelFilter::WARN)
            .with_targets(OUR_CRATES.map(|name| (name, level)))),
        Err(_) => filter.parse(),
    }
}

/// Formats each event as one line of JSON.
struct Lines {
    function: String,
    json: Format<Json, ()>,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.json
            .format_event(context, Writer::new(&mut line), event)?;
        let object = line.trim_end().strip_suffix('}').ok_or(fmt::Error)?;
        let now = jiff::Timestamp::now();
        let name = serde_json::to_string(&self.function).map_err(|_| fmt::Error)?;
        write!(
            writer,
            "{object},\"timestamp\":\"{now}\",\"{DIMENSION}\":{name}"
        )?;
        let mut metrics = Found::default();
        event.record(&mut metrics);
        if !metrics.0.is_empty() {
            let declared =
                serde_json::to_string(&Declaration::of(metrics.0, now)).map_err(|_| fmt::Error)?;
            write!(writer, ",\"_aws\":{declared}")?;
        }
        writeln!(writer, "}}")
    }
}

/// The metrics among the fields of an event.
#[derive(Default)]
struct Found(Vec<Metric>);

impl Visit for Found {
    fn record_debug(&mut self, field: &Field, _: &dyn fmt::Debug) {
        let metric = metrics().find(|(name, _)| *name == field.name());
        self.0
            .extend(metric.map(|(name, unit)| Metric { name, unit }));
    }
}

/// The declaration that CloudWatch looks for in a line.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Declaration {
    /// In milliseconds since 1970.
    timestamp: i64,
    cloud_watch_metrics: [Directive; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [[&'static str; 1]; 1],
    metrics: Vec<Metric>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

impl Declaration {
    fn of(metrics: Vec<Metric>, now: jiff::Timestamp) -> Self {
        let directive = Directive {
            namespace: NAMESPACE,
            dimensions: [[DIMENSION]],
            metrics,
        };
        Self {
            timestamp: now.as_millisecond(),
            cloud_watch_metrics: [directive],
        }
    }
}
