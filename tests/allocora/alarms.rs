//! Alarms: when they start, and that they end.

use std::collections::BTreeMap;
use std::fs;

use crate::alarm::{Alarm, NEVER, WATCHED, alarms};
use crate::house::root;
use crate::monitoring::{Function, functions, resources};

/// The most metrics of an alarm.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>
const METRICS_MAX: usize = 10;
/// The shortest period: minutes. Shorter ones are often empty.
const PERIOD_MIN: i64 = 5;

#[test]
fn every_alarm_ends_when_its_metrics_have_no_data() {
    for alarm in alarms() {
        let name = &alarm.name;
        assert_eq!(
            alarm.properties["TreatMissingData"], "notBreaching",
            "{name}"
        );
        if alarm.expressions().1.is_some() {
            let values = alarm.values(&|_, _| None, 0);
            assert_eq!(*values.last().unwrap(), Some(0.0), "{name}");
        } else {
            // Alarms on these metrics ignore missing data, whatever TreatMissingData says.
            assert_ne!(alarm.properties["Namespace"], "AWS/DynamoDB", "{name}");
        }
    }
}

#[test]
fn a_sum_includes_every_metric_of_its_alarm() {
    let mut sums = 0;
    for alarm in alarms() {
        let (expressions, _) = alarm.expressions();
        if !expressions.values().any(|text| text.starts_with("SUM(")) {
            continue;
        }
        sums += 1;
        let threshold = alarm.properties["Threshold"].as_f64().unwrap();
        for id in alarm.metrics().into_keys() {
            let once = |value| move |of: &str, minute| (of == id && minute == 0).then_some(value);
            let (name, first) = (&alarm.name, vec![0, 1, 2, 3, 4]);
            assert_eq!(alarm.minutes_on(&once(threshold)), first, "{name}: {id}");
            assert_eq!(
                alarm.minutes_on(&once(threshold - 1.0)),
                NEVER,
                "{name}: {id}"
            );
        }
    }
    assert_eq!(sums, 5, "the alarms that add up metrics");
}

#[test]
fn an_alarm_over_functions_is_over_all_of_them() {
    let functions = functions(&resources());
    let mut over_functions = 0;
    for alarm in alarms() {
        let metrics = alarm.metrics();
        if !functions
            .iter()
            .any(|function| metrics.contains_key(&*function.binary))
        {
            continue;
        }
        over_functions += 1;
        // Only requests are authenticated.
        let only_requests = alarm.name == "unauthenticated-requests";
        let expected = functions
            .iter()
            .filter(|f| f.answers_requests || !only_requests);
        let expected: BTreeMap<&str, &Function> =
            expected.map(|f| (f.binary.as_str(), f)).collect();
        assert!(metrics.keys().eq(expected.keys()), "{}", alarm.name);
        for (binary, function) in expected {
            let dimension = &metrics[binary]["Metric"]["Dimensions"][0];
            let name = &alarm.name;
            assert_eq!(dimension["Value"], *function.logical_id, "{name}: {binary}");
        }
    }
    assert_eq!(over_functions, 4, "the alarms over functions");
}

#[test]
fn alarms_have_few_metrics_and_long_periods() {
    for alarm in alarms() {
        assert!(alarm.metrics().len() <= METRICS_MAX, "{}", alarm.name);
        assert!(alarm.period() >= PERIOD_MIN, "{}", alarm.name);
    }
}

/// Revenues that are created in some minutes, and counted in others.
fn revenues(
    created: impl Fn(i64) -> bool,
    counted: impl Fn(i64) -> bool,
) -> impl Fn(&str, i64) -> Option<f64> {
    move |id, minute| match id {
        "created" => created(minute).then_some(100.0),
        "counted" => counted(minute).then_some(100.0),
        other => panic!("totals-silent has a metric {other}"),
    }
}

#[test]
fn totals_silent_notices_any_import_that_nothing_counts() {
    let alarm = Alarm::with_name("totals-silent");
    for length in [1, 10, 60] {
        let on = alarm.minutes_on(&revenues(|minute| (0..length).contains(&minute), |_| false));
        // At least for a quarter of an hour, from a quarter after the first revenue.
        let expected: Vec<i64> = (15..length + 29).collect();
        assert_eq!(on, expected, "an import of {length} minutes");
    }
}

#[test]
fn totals_silent_is_quiet_while_revenues_are_counted() {
    let alarm = Alarm::with_name("totals-silent");
    assert_eq!(alarm.minutes_on(&revenues(|_| false, |_| false)), NEVER);
    for length in [1, 10, 60] {
        // Also if the seconds between creating and counting are in two minutes, or periods.
        for later in [0, 1, 14] {
            let during = |minute: i64| (0..length).contains(&minute);
            let on = alarm.minutes_on(&revenues(during, |minute| during(minute - later)));
            assert_eq!(on, NEVER, "{length} minutes, counted {later} minutes later");
        }
    }
}

#[test]
fn totals_behind_notices_a_lag_in_quiet_times_but_not_a_single_late_batch() {
    let alarm = Alarm::with_name("totals-behind");
    let late = Some(120_000.0);
    let sparse = alarm.minutes_on(&|_, minute| (minute % 4 == 0).then_some(late?));
    assert_eq!(sparse, WATCHED.collect::<Vec<_>>());
    let once = alarm.minutes_on(&|_, minute| (minute == 0).then_some(late?));
    assert_eq!(once, NEVER);
}

#[test]
fn every_alarm_is_explained() {
    let explained = fs::read_to_string(root().join("docs/operating.md")).unwrap();
    let mut metrics = 0;
    for alarm in alarms() {
        let name = &alarm.name;
        let description = alarm.properties["AlarmDescription"].as_str().unwrap();
        let link = format!("See docs/operating.md#{name}");
        assert!(description.trim().ends_with(&link), "{name}: {description}");
        assert!(explained.contains(&format!("\n### {name}\n")), "{name}");
        metrics += alarm.metrics().len();
    }
    let price = format!("each metric that an alarm evaluates, {metrics} in total");
    let words: Vec<&str> = explained.split_whitespace().collect();
    assert!(
        words.join(" ").contains(&price),
        "the price is of {metrics}"
    );
}
