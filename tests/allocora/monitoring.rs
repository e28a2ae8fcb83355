//! Metrics and the dashboard: nothing that should be watched is missing from them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use shared::batch::Status;
use shared::cloudwatch::metrics;

use crate::house::root;

pub fn resources() -> Value {
    let text = fs::read_to_string(root().join("template.yaml")).unwrap();
    let template: Value = serde_saphyr::from_str(&text).unwrap();
    template["Resources"].clone()
}

/// A function of the template.
pub struct Function {
    pub logical_id: String,
    /// The name of its program, which alarms use as the id of its metric.
    pub binary: String,
    pub answers_requests: bool,
}

pub fn functions(resources: &Value) -> Vec<Function> {
    let functions = resources.as_object().unwrap().iter();
    let found: Vec<Function> = functions
        .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
        .map(|(id, function)| Function {
            logical_id: id.clone(),
            binary: text(&function["Metadata"]["BuildProperties"]["Binary"]),
            answers_requests: function["Properties"]["Events"].is_object(),
        })
        .collect();
    assert!(found.len() > 5, "the functions are found");
    found
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The body of the dashboard, and the filter that its searches share.
fn dashboard(resources: &Value) -> (Value, String) {
    let sub = &resources["Dashboard"]["Properties"]["DashboardBody"];
    let body = serde_json::from_str(sub[0].as_str().unwrap()).unwrap();
    (body, sub[1]["Ours"].to_string())
}

/// The functions that a widget has a line of each for; none if it is not about functions.
fn lines_of_functions(widget: &Value) -> Option<BTreeSet<String>> {
    let lines = widget["properties"]["metrics"].as_array()?;
    let first = lines[0].as_array()?;
    if first[0] != "AWS/Lambda" || lines.len() == 1 {
        return None;
    }
    let last = |line: &Value| text(line.as_array().unwrap().last().unwrap());
    Some(lines.iter().map(last).collect())
}

#[test]
fn the_dashboard_shows_every_function() {
    let resources = resources();
    let (body, ours) = dashboard(&resources);
    let functions = functions(&resources);
    let mut of_functions = 0;
    for widget in body["widgets"].as_array().unwrap() {
        let Some(lines) = lines_of_functions(widget) else {
            continue;
        };
        of_functions += 1;
        for Function { logical_id, .. } in &functions {
            let title = &widget["properties"]["title"];
            assert!(
                lines.contains(&format!("${{{logical_id}}}")),
                "{title} lacks {logical_id}"
            );
        }
    }
    assert_eq!(of_functions, 3, "the widgets with a line for each function");
    for Function { logical_id, .. } in &functions {
        assert!(
            ours.contains(&format!("${{{logical_id}}}")),
            "searches miss {logical_id}"
        );
    }
}

#[test]
fn the_dashboard_shows_every_metric() {
    let (body, _) = dashboard(&resources());
    let widgets = body["widgets"].as_array().unwrap().iter();
    let lines: Vec<Value> = widgets
        .flat_map(|widget| widget["properties"]["metrics"].as_array().unwrap().clone())
        .collect();
    // A line names its metric after its namespace (`.`: that of the line before), or searches it.
    let shows = |line: &Value, name: &str| {
        let search = format!("MetricName=\"{name}\"");
        let found = line[0]["expression"].as_str();
        line[1] == name || found.is_some_and(|found| found.contains(&search))
    };
    for (name, _) in metrics() {
        assert!(
            lines.iter().any(|line| shows(line, name)),
            "{name} has no widget"
        );
    }
}

#[test]
fn every_status_is_a_metric() {
    for status in Status::ALL {
        let unit = metrics().find(|(name, _)| *name == status.name());
        assert_eq!(unit, Some((status.name(), "Count")), "{status:?}");
    }
}
