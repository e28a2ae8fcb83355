//! Golden values: stored rules, of this version and of earlier ones.

use crate::golden::item;
use crate::harness::Api;
use domain::permission::HasKind;
use domain::rule::Rule;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::key::{self, Key};
use store::table::{Action, Condition};
use uuid::Uuid;

/// JSON whose numbers are stored as numbers: those of [`Value`] keep their text, which only JSON
/// can do.
#[derive(Serialize)]
#[serde(untagged)]
enum Plain {
    Null(()),
    Bool(bool),
    Number(f64),
    String(String),
    List(Vec<Plain>),
    Object(BTreeMap<String, Plain>),
}

impl From<&Value> for Plain {
    fn from(json: &Value) -> Self {
        match json {
            Value::Null => Self::Null(()),
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.as_f64().unwrap()),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            Value::Object(members) => {
                let members = members.iter();
                Self::Object(
                    members
                        .map(|(name, json)| (name.clone(), json.into()))
                        .collect(),
                )
            }
        }
    }
}

fn put(key: Key, item: &Value) -> Action {
    Action::put(key, Condition::Absent, &Plain::from(item)).unwrap()
}

/// A stored rule, with this window of its tiers or, like older rules, without one.
fn stored_rule(id: Uuid, accumulation: Option<&str>) -> Value {
    let tiers = json!([{"up_to": "1000.000", "percentage": 5}, {"up_to": null, "percentage": 7.5}]);
    let mut rule = json!({
        "id": id, "external_id": "r", "name": "Bands", "status": "active", "priority": 100,
        "allocation_type": "tiered",
        "allocations": [{"payee_id": "0198c0de-0000-7000-8000-000000000009", "tiers": tiers}],
        "allocation_total": 7.5, "match": {"currencies": ["EUR"]},
        "effective_from": "2026-01-01", "effective_to": null, "metadata": {}, "version": 2,
        "created_at": "2026-05-28T20:26:40+00:00", "updated_at": "2026-05-28T20:26:41+00:00",
    });
    if let Some(accumulation) = accumulation {
        rule["accumulation"] = json!(accumulation);
    }
    rule
}

#[tokio::test]
async fn stored_rules_are_read_with_the_window_of_their_tiers_or_else_a_month() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    for (stored, expected) in [(None, "month"), (Some("quarter"), "quarter")] {
        let id = Uuid::now_v7();
        let (rule, expected) = (stored_rule(id, stored), stored_rule(id, Some(expected)));
        let saved = json!({"version": 1, "saved_at": "2026-05-28T20:26:41+00:00", "saved_by": "abc",
            "changed_fields": ["priority"], "record": rule});
        let place = key::record(workspace, Rule::KIND, id);
        let actions = vec![
            put(place.clone(), &rule),
            put(key::saved_version(workspace, Rule::KIND, id, 1), &saved),
        ];
        api.app.table.write(actions, id).await.unwrap();

        let path = format!("/api/v1/rules/{id}");
        let versions = api.get(&format!("{path}/versions")).await.expect(200);
        assert_eq!(versions["data"][0]["rule"], expected);
        // An update that changes nothing returns the rule, and does not add what it lacks.
        let same = api
            .put(&path, json!({"accumulation": expected["accumulation"]}))
            .await;
        assert_eq!(same.expect(200)["data"], expected);
        let mut unchanged = rule;
        unchanged["PK"] = json!(format!("W#{workspace}#RULE"));
        unchanged["SK"] = json!(format!("E#{id}"));
        assert_eq!(item(&api, place).await, unchanged);
    }
}
