//! `allocora map` and `allocora push --check`, which need neither a key nor a network.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

/// The program in the folder of the samples, without any configuration.
pub fn command(arguments: &str) -> Command {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut command = Command::new(env!("CARGO_BIN_EXE_allocora"));
    command.args(arguments.split(' ')).current_dir(samples);
    command.env_clear();
    command
}

fn allocora(arguments: &str) -> Output {
    command(arguments).output().unwrap()
}

/// The only document of an output.
pub fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn map_prints_what_the_first_rows_become() {
    let output = allocora(
        "map revenues --preset google-play-earnings --sample google-play-earnings.csv --output json",
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let document = document(&output);
    let rows = document["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[0]["record"]["amount"], "4.67");
    assert_eq!(rows[3]["line"], 6);
    assert_eq!(
        rows[3]["problems"][0]["column"],
        "Transaction Date, Transaction Time"
    );
    assert_eq!(
        (&document["skipped"], &document["exit_code"]),
        (&json!(1), &json!(1))
    );
    let output =
        allocora("map revenues --preset stripe-balance --sample stripe-balance.csv --rows 1");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    let end = "\n1 row shown; the map left out 0 rows before the last of them\n";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn check_reports_every_problem_and_sends_nothing() {
    let output =
        allocora("push revenues --preset stripe-balance --check stripe-balance.csv --output json");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let document = document(&output);
    let problems = document["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{document:#}");
    assert_eq!(problems[0]["file"], "stripe-balance.csv");
    assert_eq!(problems[0]["line"], 9);
    assert_eq!(problems[0]["column"], "reporting_category");
    assert_eq!(problems[0]["field"], "#/type");
    let expected = json!([{
        "file": "stripe-balance.csv", "rows": 6, "rejected": 1, "skipped": 2, "complete": true, "error": null,
        "repeated": 0, "all_repeated_found": true, "without_external_id": 0,
    }]);
    assert_eq!(document["files"], expected);
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
fn check_of_several_files_is_one_document_whatever_is_wrong_with_them() {
    let output = allocora(
        "push revenues --preset stripe-balance --check stripe-balance.csv missing.csv stripe-balance.csv \
         --output json",
    );
    let document = document(&output);
    assert_eq!(document["exit_code"], json!(output.status.code()));
    assert_eq!(document["exit_code"], 2);
    assert_eq!(document["problems"].as_array().unwrap().len(), 2);
    let files = document["files"].as_array().unwrap();
    let complete: Vec<bool> = files
        .iter()
        .filter_map(|file| file["complete"].as_bool())
        .collect();
    assert_eq!(complete, [true, false, true]);
    assert!(
        files[1]["error"].as_str().unwrap().contains("missing.csv"),
        "{document:#}"
    );
    let output = allocora("push revenues --check missing.csv --output json");
    assert_eq!(self::document(&output)["problems"], json!([]));
}

#[test]
#[cfg(unix)]
fn a_name_of_a_file_need_not_be_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names");
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join(std::ffi::OsStr::from_bytes(b"m\xe4rz.csv"));
    std::fs::write(&path, "external_id,type\na,sale\n").unwrap();
    let mut command = command("push revenues --output json --check");
    let output = command.arg(path).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let file = document(&output)["files"][0]["file"].clone();
    assert!(
        file.as_str().unwrap().ends_with("m\u{fffd}rz.csv"),
        "{file}"
    );
}

#[test]
fn an_error_before_anything_was_sent_is_a_document_too() {
    for arguments in [
        "ping",
        "push revenues stripe-balance.csv",
        "push revenues missing.csv",
        "push revenues",
        "map revenues --sample missing.csv",
        "reconcile revenues missing.csv",
        "reconcile revenues stripe-balance.csv",
        "export revenues",
        "export revenues --out never.csv",
        "payouts preview --from 2026-05-01 --to 2026-05-31",
        "payouts preview --from 2026-05-01 --to 2026-05-31 --csv",
        "payouts explain order-1",
        "completions bash",
        "no-command",
    ] {
        for json in ["--output json", "--output=json"] {
            let output = allocora(&format!("{json} {arguments}"));
            assert_eq!(output.status.code(), Some(2), "{arguments}: {output:?}");
            let document = document(&output);
            assert_eq!(document["exit_code"], 2, "{arguments}");
            let error = document["error"].as_str().unwrap();
            let text = String::from_utf8_lossy(&output.stderr);
            assert!(
                !error.is_empty() && text.contains(error),
                "{arguments}: {text}"
            );
        }
        let output = allocora(arguments);
        assert!(
            output.stdout.is_empty() || arguments == "completions bash",
            "{output:?}"
        );
    }
}

/// As `| head -1` does, which ends before the program.
#[test]
fn nobody_who_reads_is_no_error() {
    for (arguments, code) in [
        ("completions bash", 0),
        ("completions zsh", 0),
        ("--help", 0),
        (
            "map revenues --preset stripe-balance --sample stripe-balance.csv",
            1,
        ),
        (
            "push revenues --preset stripe-balance --check stripe-balance.csv",
            1,
        ),
        (
            "push revenues --preset stripe-balance --check stripe-balance.csv --output json",
            1,
        ),
        ("push revenues --check missing.csv", 2),
        ("ping --output json", 2),
    ] {
        let (reader, out) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(arguments).stdout(out).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments}: {text}");
        assert_eq!(text.is_empty(), code < 2, "{arguments}: {text}");

        let (reader, error) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(arguments).stderr(error).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}");
    }
}

/// A full disk is not a closed pipe.
#[test]
#[cfg(target_os = "linux")]
fn an_output_that_cannot_be_written_is_an_error() {
    for arguments in [
        "completions bash",
        "push revenues --preset stripe-balance --check stripe-balance.csv",
        "map revenues --preset stripe-balance --sample stripe-balance.csv",
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = command(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments}: {output:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("the output cannot be written"), "{text}");
    }
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
