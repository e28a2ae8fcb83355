//! `allocora map` and `allocora push --check`, which need neither a key nor a network.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

/// Runs the program in the folder of the samples, without any configuration.
fn allocora(arguments: &str) -> Output {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut command = Command::new(env!("CARGO_BIN_EXE_allocora"));
    let command = command.args(arguments.split(' ')).current_dir(samples);
    command.env_clear().output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn map_prints_what_the_first_rows_become() {
    let output = allocora(
        "map revenues --preset google-play-earnings --sample google-play-earnings.csv --output json",
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let lines = lines(&output);
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["record"]["amount"], "4.67");
    assert_eq!(lines[3]["line"], 6);
    assert_eq!(
        lines[3]["problems"][0]["column"],
        "Transaction Date, Transaction Time"
    );
    let output =
        allocora("map revenues --preset stripe-balance --sample stripe-balance.csv --rows 5");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn check_reports_every_problem_and_sends_nothing() {
    let output =
        allocora("push revenues --preset stripe-balance --check stripe-balance.csv --output json");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let lines = lines(&output);
    let [problem, summary] = &lines[..] else {
        panic!("a problem and a summary: {lines:#?}");
    };
    assert_eq!(problem["line"], 9);
    assert_eq!(problem["column"], "reporting_category");
    assert_eq!(problem["field"], "#/type");
    let expected = json!({
        "file": "stripe-balance.csv", "rows": 6, "rejected": 1, "skipped": 2, "complete": true,
    });
    assert_eq!(*summary, expected);
    let output =
        allocora("push revenues --preset app-store-financial --check app-store-financial.txt");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        text,
        "app-store-financial.txt: 3 rows, 0 rejected, 1 left out by the map\n"
    );
}

#[test]
fn a_file_that_does_not_fit_its_map_is_a_wrong_command() {
    let output = allocora("push revenues --preset stripe-balance --check shopify-payments.csv");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    let expected = "error: preset stripe-balance:";
    assert!(text.starts_with(expected), "{text}");
    assert!(
        text.contains("the file has no column \"reporting_category\""),
        "{text}"
    );
}
