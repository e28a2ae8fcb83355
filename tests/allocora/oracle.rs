//! Two programs that were written apart from each other compute the same payouts: the core, and
//! docs/payout.py.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use domain::payout::{Period, Report, Snapshot, State, apply, in_order};
use domain::resource::Record;
use domain::revenue::Revenue;
use domain::value::{Date, FromText};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::random_workspace::{WORKSPACE, Workspace, generate};

/// How many random workspaces are compared, unless `TEST_PAYOUTS` says otherwise.
const WORKSPACES: u64 = 200;
/// Every exception and outcome: so many random workspaces have all of them.
const EVERYTHING: [&str; 11] = [
    "below_threshold",
    "due",
    "fraction",
    "negative",
    "no_rule",
    "not_active",
    "on_hold",
    "original_missing",
    "over_refunded",
    "product_unknown",
    "rule_tie",
];
/// Reads one workspace a line and writes its payouts.
const DRIVER: &str = "
import json, sys
from fractions import Fraction
sys.path.insert(0, sys.argv[1])
from payout import compute
for line in sys.stdin:
    print(json.dumps(compute(**json.loads(line, parse_float=Fraction))))
";

/// What docs/payout.py computes of each input.
pub fn by_python(inputs: impl Iterator<Item = Value>) -> Vec<Value> {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    let mut python = Command::new("python3")
        .args(["-c", DRIVER, docs])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("these tests need Python 3.11 or later as python3");
    let mut input = python.stdin.take().unwrap();
    let lines: String = inputs.map(|input| format!("{input}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "docs/payout.py failed");
    let output = String::from_utf8(output.stdout).unwrap();
    output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn read<T: DeserializeOwned>(values: &[Value]) -> Vec<T> {
    let values = values.iter().cloned();
    values
        .map(|value| serde_json::from_value(value).unwrap())
        .collect()
}

/// What the core computes, in the form of docs/payout.py: with the lines of all payees.
fn by_core(workspace: &Workspace) -> Value {
    let day = |text: &str| Date::from_text(text).unwrap();
    let period = Period {
        from: day(workspace.from),
        to: day(workspace.to),
        opening: day(workspace.opening),
        payout_date: day(workspace.payout_date),
    };
    let (rules, products, payees) = (
        read(&workspace.rules),
        read(&workspace.products),
        read(&workspace.payees),
    );
    let ids: Vec<Uuid> = payees.iter().map(|payee: &Record<_>| payee.id).collect();
    let snapshot = Snapshot::new(WORKSPACE, rules, products, payees).unwrap();
    let revenues: Vec<Revenue> = read(&workspace.revenues);
    let revenues = revenues
        .into_iter()
        .filter(|revenue| (period.opening..=period.to).contains(&revenue.day()));
    let mut state = State::default();
    let mut reports: Vec<(Uuid, Report)> = ids
        .iter()
        .map(|id| (*id, Report::new(period, Some((*id, usize::MAX)))))
        .collect();
    let mut lines = Vec::new();
    for revenue in in_order(WORKSPACE, revenues.collect()) {
        let computed = apply(&snapshot, &mut state, &revenue);
        for (_, report) in &mut reports {
            report.add(&revenue, &computed);
        }
        let is_reported = (period.from..=period.to).contains(&revenue.day());
        for split in computed.splits().filter(|_| is_reported) {
            lines.extend(split.lines.iter().map(|line| json!({
                "payee_id": line.payee, "revenue_id": revenue.id, "external_id": revenue.external_id,
                "occurred_at": revenue.occurred_at, "type": revenue.kind, "currency": revenue.currency,
                "basis": split.basis, "rule_id": split.rule, "amount": line.amount,
            })));
        }
    }
    let mut statements = reports
        .into_iter()
        .map(|(id, report)| (id, json!(report.finish(&snapshot))));
    let (_, mut statement) = statements.next().unwrap();
    statement["lines"] = json!(lines);
    for (id, other) in statements {
        let own = lines
            .iter()
            .filter(|line| line["payee_id"] == json!(id))
            .cloned()
            .map(|mut line| {
                line.as_object_mut().unwrap().remove("payee_id");
                line
            });
        assert_eq!(other["lines"], own.collect::<Value>());
        assert_eq!(other["payees"], statement["payees"]);
    }
    statement
}

/// The exceptions and outcomes that payouts have.
fn reached(payouts: &Value) -> BTreeSet<String> {
    let exceptions = payouts["exceptions"].as_object().unwrap().iter();
    let exceptions = exceptions.filter(|(_, count)| count.as_u64() > Some(0));
    let rows = payouts["payees"].as_array().unwrap().iter();
    let outcomes = rows.map(|row| row["outcome"].as_str().unwrap().to_owned());
    exceptions
        .map(|(name, _)| name.clone())
        .chain(outcomes)
        .collect()
}

#[test]
fn the_core_and_the_oracle_agree_to_the_last_digit() {
    let count = std::env::var("TEST_PAYOUTS").map_or(WORKSPACES, |count| count.parse().unwrap());
    let first = std::env::var("TEST_SEED")
        .map_or_else(|_| fastrand::u64(0..1 << 48), |seed| seed.parse().unwrap());
    let seeds = first..first + count;
    let workspaces: Vec<Workspace> = seeds.clone().map(generate).collect();
    let mut all = BTreeSet::new();
    let by_python = by_python(workspaces.iter().map(Workspace::json));
    for (seed, (workspace, expected)) in seeds.zip(workspaces.iter().zip(by_python)) {
        let found = by_core(workspace);
        for (name, expected) in expected.as_object().unwrap() {
            assert_eq!(
                &found[name], expected,
                "{name} differ: TEST_SEED={seed} TEST_PAYOUTS=1, the core is on the left"
            );
        }
        let (found, expected) = (found.as_object().unwrap(), expected.as_object().unwrap());
        assert_eq!(found.len(), expected.len(), "TEST_SEED={seed}");
        all.extend(reached(&json!(expected)));
    }
    if count >= WORKSPACES {
        assert_eq!(Vec::from_iter(&all), EVERYTHING, "TEST_SEED={first}");
    }
}
