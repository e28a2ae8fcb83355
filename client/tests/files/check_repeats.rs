//! `allocora push --check` and external ids that are in files more than once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::json;

use crate::program::{command, document};

fn allocora_in(folder: &Path, arguments: &str) -> Output {
    command(arguments).current_dir(folder).output().unwrap()
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
  warning: 1 row without an external_id: sending them again creates them again, also with \
--resume after a crash
june.csv:3: warning: \"b\" is also in june.csv:2, with other values: only one can be stored
june.csv:4: warning: \"a\" is also in may.csv:2, with other values: only one can be stored
june.csv: 3 rows, 0 rejected, 0 left out by the map
  warning: 2 rows with the external_id of an earlier row, with other values
";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    assert_eq!(output.status.code(), Some(0), "warnings are no problems");

    let output = allocora_in(&folder, "push revenues --check june.csv --output json");
    let document = document(&output);
    let [warning] = &document["warnings"].as_array().unwrap()[..] else {
        panic!("one warning: {document:#}");
    };
    assert_eq!(warning["first"], json!({"file": "june.csv", "line": 2}));
    assert_eq!(
        (&warning["external_id"], &warning["line"]),
        (&json!("b"), &json!(3))
    );
    assert_eq!(document["files"][0]["repeated"], 1);
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
