//! `allocora map` and `allocora push --check`, which need neither a key nor a network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// Runs the program in a folder, without any configuration.
fn allocora_in(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allocora"));
    let command = command.args(arguments.split(' ')).current_dir(folder);
    command.env_clear().output().unwrap()
}

/// The same in the folder of the samples.
fn allocora(arguments: &str) -> Output {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    allocora_in(&samples, arguments)
}

/// A new folder with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
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
        "repeated": 0, "all_repeated_found": true, "without_external_id": 0,
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
fn check_warns_of_external_ids_with_other_values_before() {
    let header = "external_id,type,amount,currency,occurred_at";
    let may =
        "a,sale,1,EUR,2026-05-31\na,sale,1.0,eur,2026-05-31T00:00:00Z\n,sale,1,EUR,2026-05-31";
    let june = "b,sale,1,EUR,2026-06-01\nb,sale,1,USD,2026-06-01\na,sale,1,EUR,2026-05-30\n";
    let files = [
        ("may.csv", format!("{header}\n{may}\n")),
        ("june.csv", format!("{header}\n{june}\n")),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let folder = folder("check-repeated", &files);
    let output = allocora_in(&folder, "push revenues --check may.csv june.csv");
    let expected = "\
may.csv: 3 rows, 0 rejected, 0 left out by the map
  warning: 1 row without an external_id: sending them again creates them again, also with --resume after a crash
june.csv:3: warning: \"b\" is also in june.csv:2, with other values: only one can be stored
june.csv:4: warning: \"a\" is also in may.csv:2, with other values: only one can be stored
june.csv: 3 rows, 0 rejected, 0 left out by the map
  warning: 2 rows with the external_id of an earlier row, with other values
";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    assert_eq!(output.status.code(), Some(0), "warnings are no problems");

    let output = allocora_in(&folder, "push revenues --check june.csv --output json");
    let lines = lines(&output);
    let first = json!({"file": "june.csv", "line": 2});
    assert_eq!(lines[0]["first"], first, "{lines:#?}");
    assert_eq!(lines[0]["external_id"], "b");
    assert_eq!((lines[0]["line"].as_u64(), lines.len()), (Some(3), 2));
    assert_eq!(lines[1]["repeated"], 1);
}

#[test]
fn check_warns_of_every_repeated_row_that_updates_but_names_only_some() {
    let rows: String = (0..30).map(|_| "p,Ada\n").collect();
    let text = format!("external_id,name\nq,Ada\n{rows}");
    let folder = folder("check-payees", &[("payees.csv", &text)]);
    let output = allocora_in(&folder, "push payees --check payees.csv");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout);
    let warning = "payees.csv:4: warning: \"p\" is also in payees.csv:3: the later row wins\n";
    assert!(text.starts_with(warning), "{text}");
    let counted = "  warning: 29 rows with the external_id of an earlier row\n";
    assert!(text.ends_with(counted), "{text}");
    assert_eq!(text.lines().count(), 22, "{text}");

    let json = r#"[{"external_id": "p", "name": "A"}, {"external_id": "p", "name": "A"}]"#;
    let files = ["a.json", "b.json"].map(|name| (name, json));
    let folder = self::folder("check-payees-on-a-line", &files);
    let output = allocora_in(&folder, "push payees --check a.json b.json");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        text.matches("is also in a.json:1: the later").count(),
        3,
        "{text}"
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
