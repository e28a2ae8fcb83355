//! The rules of the house: who may know whom, and what may be named where.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `shared`, from the outside in. A module uses its own level and those below it.
const LEVELS: [&[&str]; 7] = [
    &["lambda"],
    &["cloudwatch"],
    &["http"],
    &["totals"],
    &["app", "auth", "batch", "lists", "records"],
    &["table"],
    &[
        "counting",
        "error",
        "filter",
        "id",
        "json",
        "key",
        "patch",
        "pause",
        "permission",
        "problem",
        "resource",
        "value",
        "workspace",
    ],
];
/// The most lines of a source file.
const LINES_MAX: usize = 300;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every Rust source below a folder, with its path from the root.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// The production code: everything but the tests.
fn production() -> Vec<(String, String)> {
    ["admin/src", "functions", "local/src", "shared/src"]
        .into_iter()
        .flat_map(sources)
        .collect()
}

/// The module of `shared` that a file belongs to.
fn module(file: &str) -> &str {
    file.strip_prefix("shared/src/")
        .unwrap()
        .split(['/', '.'])
        .next()
        .unwrap()
}

fn level(module: &str) -> usize {
    LEVELS
        .iter()
        .position(|level| level.contains(&module))
        .unwrap_or_else(|| panic!("{module} has no level"))
}

#[test]
fn modules_use_only_what_stands_below_them() {
    for (file, text) in sources("shared/src") {
        if file == "shared/src/lib.rs" {
            continue;
        }
        for used in text.split("crate::").skip(1) {
            let used = used
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap();
            assert!(
                level(used) >= level(module(&file)),
                "{file} uses {used}, which stands above it"
            );
        }
    }
}

#[test]
fn what_belongs_to_one_place_is_named_only_there() {
    let rules = [
        ("lambda_http", &["shared/src/lambda.rs"][..]),
        ("aws_sdk_dynamodb::", &["shared/src/table"]),
        ("aws_sdk_dynamodbstreams", &["local/src/stream"]),
        ("aws_config", &["shared/src/table"]),
        ("serde_dynamo", &["shared/src/table", "local/src/stream"]),
        ("StatusCode", &["shared/src/http/", "local/src/"]),
        ("\"W#", &["shared/src/key.rs"]),
        ("\"K#", &["shared/src/key.rs"]),
        ("\"E#", &["shared/src/key.rs"]),
        ("unsafe ", &[]),
        ("macro_rules!", &[]),
        ("if local", &[]),
    ];
    for (file, text) in production() {
        for (name, places) in rules {
            let allowed = places.iter().any(|place| file.starts_with(place));
            assert!(allowed || !text.contains(name), "{file} names {name}");
        }
    }
}

#[test]
fn pure_modules_talk_to_nobody() {
    for (file, text) in sources("shared/src") {
        if file != "shared/src/lib.rs" && level(module(&file)) == LEVELS.len() - 1 {
            for name in [
                "async ",
                "tokio",
                "std::env",
                "Timestamp::now",
                "std::fs",
                "std::net",
            ] {
                assert!(!text.contains(name), "{file} names {name}");
            }
        }
    }
}

#[test]
fn functions_do_not_know_each_other() {
    let functions: Vec<&str> = local::functions()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    for function in &functions {
        let manifest =
            fs::read_to_string(root().join(format!("functions/{function}/Cargo.toml"))).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap();
        for other in &functions {
            assert!(
                !dependencies.contains(&format!("\n{other}.")),
                "{function} depends on {other}"
            );
        }
        for (file, text) in sources(&format!("functions/{function}/src")) {
            assert!(
                !text.contains("axum") && !text.contains("tracing"),
                "{file} is not pure"
            );
        }
    }
}

#[test]
fn files_stay_short() {
    for (file, text) in production().into_iter().chain(sources("tests")) {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{file} has {lines} lines");
    }
}

#[test]
fn every_error_is_explained() {
    let explained = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let source = fs::read_to_string(root().join("shared/src/http/problem.rs")).unwrap();
    let kinds = source
        .split("fn kind(")
        .nth(1)
        .unwrap()
        .split("\n}")
        .next()
        .unwrap();
    let codes: Vec<&str> = kinds
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| !text.contains(' '))
        .collect();
    let codes = codes
        .into_iter()
        .filter(|text| text.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    assert!(codes.clone().count() > 10);
    for code in codes {
        assert!(
            explained.contains(&format!("\n## {code}\n")),
            "docs/errors.md explains {code}"
        );
    }
}
