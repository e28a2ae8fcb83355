//! An alarm of the template, as CloudWatch evaluates it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value;

use crate::metric_math::{Scope, Series};
use crate::monitoring::resources;

/// CloudWatch retrieves more periods than it evaluates, at least one.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html>
const FURTHER_PERIODS: i64 = 1;
/// How long the tests watch an alarm: minutes.
pub const WATCHED: Range<i64> = 0..120;
/// An alarm that does not start in this time.
pub const NEVER: [i64; 0] = [];

/// An alarm of the template.
pub struct Alarm {
    pub name: String,
    pub properties: Value,
}

/// The values of metrics: of the metric with this id, in this minute.
pub type Minutes<'a> = &'a dyn Fn(&str, i64) -> Option<f64>;

impl Alarm {
    pub fn with_name(name: &str) -> Self {
        let found = alarms().into_iter().find(|alarm| alarm.name == name);
        found.unwrap_or_else(|| panic!("the template has no alarm {name}"))
    }

    /// Its metrics, by id; the metric of an alarm without an expression has the id `metric`.
    pub fn metrics(&self) -> BTreeMap<&str, &Value> {
        let Some(queries) = self.properties["Metrics"].as_array() else {
            return BTreeMap::from([("metric", &self.properties)]);
        };
        let metrics = queries
            .iter()
            .filter(|query| query["MetricStat"].is_object());
        metrics
            .map(|query| (query["Id"].as_str().unwrap(), &query["MetricStat"]))
            .collect()
    }

    /// Its expressions, by id, and the id of the one that it watches.
    pub fn expressions(&self) -> (BTreeMap<&str, &str>, Option<&str>) {
        let queries = self.properties["Metrics"].as_array();
        let queries = queries.into_iter().flatten();
        let mut watched = queries.clone().filter(|query| query["ReturnData"] != false);
        let watched = watched.next().and_then(|query| query["Id"].as_str());
        let all = queries.filter_map(|query| {
            let expression = query["Expression"].as_str()?;
            Some((query["Id"].as_str().unwrap(), expression))
        });
        (all.collect(), watched)
    }

    /// The length of its periods, in minutes.
    pub fn period(&self) -> i64 {
        let metrics = self.metrics();
        let periods: BTreeSet<i64> = metrics
            .values()
            .map(|metric| metric["Period"].as_i64().unwrap())
            .collect();
        assert_eq!(periods.len(), 1, "{} has one period", self.name);
        periods.first().unwrap() / 60
    }

    /// What it watches, in the periods up to the end of a minute.
    pub fn values(&self, minutes: Minutes<'_>, end: i64) -> Series {
        let evaluated = self.properties["EvaluationPeriods"].as_i64().unwrap();
        let period = self.period();
        let series = |id: &str, metric: &Value| -> Series {
            let periods = (0..evaluated + FURTHER_PERIODS).rev();
            let value = |back: i64| {
                let until = end + 1 - back * period;
                let found = (until - period..until).filter_map(|minute| minutes(id, minute));
                let found: Vec<f64> = found.collect();
                let statistic = [&metric["Stat"], &metric["Statistic"]];
                let is_maximum = statistic.iter().any(|statistic| **statistic == "Maximum");
                let of_all = if is_maximum {
                    found.iter().copied().fold(0.0, f64::max)
                } else {
                    found.iter().sum()
                };
                (!found.is_empty()).then_some(of_all)
            };
            periods.map(value).collect()
        };
        let metrics: BTreeMap<&str, Series> = self
            .metrics()
            .into_iter()
            .map(|(id, metric)| (id, series(id, metric)))
            .collect();
        let (expressions, watched) = self.expressions();
        let Some(watched) = watched else {
            return metrics["metric"].clone();
        };
        let expression = expressions[watched];
        Scope {
            metrics,
            expressions,
        }
        .evaluate(expression)
    }

    /// Whether it is in ALARM at the end of a minute. It is evaluated every minute, over periods
    /// that end there. Periods without data are not breaching.
    fn is_on(&self, minutes: Minutes<'_>, end: i64) -> bool {
        let threshold = self.properties["Threshold"].as_f64().unwrap();
        let breaches = |value: f64| match self.properties["ComparisonOperator"].as_str() {
            Some("GreaterThanOrEqualToThreshold") => value >= threshold,
            Some("GreaterThanThreshold") => value > threshold,
            other => panic!("{}: the comparison {other:?} is not known", self.name),
        };
        let evaluated = self.properties["EvaluationPeriods"].as_u64().unwrap();
        let values = self.values(minutes, end);
        let mut last = values
            .iter()
            .rev()
            .take(usize::try_from(evaluated).unwrap());
        last.all(|value| value.is_some_and(breaches))
    }

    /// The minutes at whose end it is in ALARM.
    pub fn minutes_on(&self, minutes: Minutes<'_>) -> Vec<i64> {
        WATCHED.filter(|end| self.is_on(minutes, *end)).collect()
    }
}

/// The alarms of the template.
pub fn alarms() -> Vec<Alarm> {
    let resources = resources();
    let alarms = resources.as_object().unwrap().values();
    let alarms = alarms.filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    let found: Vec<Alarm> = alarms
        .map(|alarm| {
            let name = alarm["Properties"]["AlarmName"].as_str().unwrap();
            Alarm {
                name: name.strip_prefix("${AWS::StackName}-").unwrap().to_owned(),
                properties: alarm["Properties"].clone(),
            }
        })
        .collect();
    assert!(found.len() > 10, "the alarms are found");
    found
}
