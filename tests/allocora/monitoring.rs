//! Alarms and dashboard: nothing that should be watched is missing from them.

use std::fs;

use serde_json::Value;
use shared::batch::Status;
use shared::cloudwatch::metrics;

use crate::house::root;

fn resources() -> Value {
    let text = fs::read_to_string(root().join("template.yaml")).unwrap();
    let template: Value = serde_saphyr::from_str(&text).unwrap();
    template["Resources"].clone()
}

/// The functions of the template, by their logical id, and whether each answers requests.
fn functions(resources: &Value) -> Vec<(String, bool)> {
    let functions = resources.as_object().unwrap().iter();
    let functions =
        functions.filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    let found: Vec<(String, bool)> = functions
        .map(|(id, function)| (id.clone(), function["Properties"]["Events"].is_object()))
        .collect();
    assert!(found.len() > 5, "the functions are found: {found:?}");
    found
}

#[test]
fn an_alarm_over_functions_is_over_all_of_them() {
    let resources = resources();
    let functions = functions(&resources);
    let mut sums = 0;
    for (name, alarm) in resources.as_object().unwrap() {
        if alarm["Type"] != "AWS::CloudWatch::Alarm" {
            continue;
        }
        let text = alarm.to_string();
        let watched = functions.iter().filter(|(id, _)| text.contains(id));
        // One compares two functions; all others add up all of a kind.
        if watched.count() <= 2 {
            continue;
        }
        sums += 1;
        // Only requests are authenticated.
        let of_requests = text.contains("\"unauthenticated\"");
        for (function, answers_requests) in &functions {
            let expected = *answers_requests || !of_requests;
            assert!(
                text.contains(function) || !expected,
                "{name} leaves out {function}"
            );
        }
    }
    assert!(sums >= 3, "the alarms that add up functions are found");
}

#[test]
fn the_dashboard_shows_every_function_and_every_metric() {
    let resources = resources();
    let dashboard = resources["Dashboard"]["Properties"]["DashboardBody"].to_string();
    let shown = |text: &str| dashboard.matches(text).count();
    let expected = shown("${TotalsFunction}");
    for (function, _) in functions(&resources) {
        let count = shown(&format!("${{{function}}}"));
        assert!(
            count >= 3 && count + 2 >= expected,
            "{function} is in {count} widgets"
        );
    }
    for (metric, _) in metrics() {
        // A metric stands between quotation marks, which are escaped once or twice.
        let name = format!("\"{metric}\\");
        assert!(dashboard.contains(&name), "{metric} has no widget");
    }
}

#[test]
fn every_status_is_a_metric() {
    for status in Status::ALL {
        let unit = metrics().find(|(name, _)| *name == status.name());
        assert_eq!(unit, Some((status.name(), "Count")), "{status:?}");
    }
}
