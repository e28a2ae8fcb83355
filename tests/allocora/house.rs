//! The rules of the house that the compiler does not check.

use shared::http::ProblemCode;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The crates whose modules are listed from the outside in.
const CRATES: [&str; 6] = ["domain", "store", "shared", "admin", "local", "client"];
/// The most lines of a source file.
const LINES_MAX: usize = 300;
/// The most characters of a line.
const LINE_CHARACTERS_MAX: usize = 100;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Rust source below a folder, with its path from the root.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
                found.push((name.to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has sources");
    found
}

/// The production code: everything but tests and benchmarks.
fn production() -> Vec<(String, String)> {
    let folders = ["functions", "registry"].into_iter().map(str::to_owned);
    let crates = CRATES.map(|name| format!("{name}/src"));
    folders
        .chain(crates)
        .flat_map(|folder| sources(&folder))
        .collect()
}

/// The modules that a file declares, in order.
fn declared(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim_start_matches("pub "));
    let modules = lines.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    modules.map(str::to_owned).collect()
}

/// The first names of the paths in a text that begin with `prefix`, as in `crate::` or `super::`.
fn used(text: &str, prefix: &str) -> BTreeSet<String> {
    let name = |rest: &str| {
        let end = |c: char| !c.is_alphanumeric() && c != '_';
        rest.split(end).next().unwrap_or_default().to_owned()
    };
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let paths = code.split(prefix).skip(1);
    let names = paths.flat_map(|rest| match rest.strip_prefix('{') {
        Some(group) => {
            let group = group.split('}').next().unwrap_or_default();
            group.split(',').map(|rest| name(rest.trim())).collect()
        }
        None => vec![name(rest)],
    });
    names.collect()
}

#[test]
fn modules_use_only_modules_listed_below_them() {
    for name in CRATES {
        let order = declared(&text(&format!("{name}/src/lib.rs")));
        let place = |module: &str| order.iter().position(|other| other == module);
        for (file, text) in sources(&format!("{name}/src")) {
            let inner = file.strip_prefix(&format!("{name}/src/")).unwrap();
            let module = inner.split(['/', '.']).next().unwrap();
            let Some(own) = place(module) else { continue };
            for used in used(&text, "crate::") {
                if let Some(other) = place(&used) {
                    assert!(own <= other, "{file} uses {used}, which is listed above it");
                }
            }
        }
    }
}

#[test]
fn sibling_modules_do_not_use_each_other_in_a_circle() {
    for (file, text) in production() {
        let siblings = declared(&text);
        let folder = match file.rsplit_once('/') {
            Some((folder, "lib.rs" | "main.rs")) => folder.to_owned(),
            _ => file.trim_end_matches(".rs").to_owned(),
        };
        let mut uses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for sibling in &siblings {
            let path = root().join(format!("{folder}/{sibling}.rs"));
            let text = fs::read_to_string(path).unwrap();
            uses.insert(sibling, used(&text, "super::"));
        }
        // What uses only modules without siblings of their own left is taken away, until nothing is
        // left.
        while !uses.is_empty() {
            let left: BTreeSet<String> = uses.keys().map(|name| (*name).to_owned()).collect();
            let before = uses.len();
            uses.retain(|own, used| used.iter().any(|name| name != own && left.contains(name)));
            assert!(
                uses.len() < before,
                "{file}: {left:?} use each other in a circle"
            );
        }
    }
}

#[test]
fn some_names_belong_to_one_place() {
    let rules = [
        ("lambda_runtime", &["shared/src/lambda"][..]),
        ("aws_sdk_dynamodb::", &["store/src/table"]),
        ("aws_sdk_dynamodbstreams", &["local/src/emulator/stream"]),
        ("aws_config", &["store/src/table"]),
        (
            "serde_dynamo",
            &["store/src/table", "local/src/emulator/stream"],
        ),
        (
            "StatusCode",
            &["shared/src/http/", "local/src/", "client/src/api/"],
        ),
        ("\"W#", &["store/src/key.rs"]),
        ("\"K#", &["store/src/key.rs"]),
        ("\"E#", &["store/src/key.rs"]),
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
fn files_and_lines_stay_short() {
    let tests = [
        "tests",
        "bench",
        "admin/tests",
        "client/tests",
        "local/tests",
    ]
    .into_iter()
    .flat_map(sources);
    for (file, text) in production().into_iter().chain(tests) {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{file} has {lines} lines");
        for (number, line) in text.lines().enumerate() {
            let is_literal =
                line.contains(['"', '\\', '<']) || line.trim_start().starts_with("- {");
            let fits = line.chars().count() <= LINE_CHARACTERS_MAX;
            assert!(fits || is_literal, "{file}:{} is too long", number + 1);
        }
    }
}

#[test]
fn every_error_is_explained() {
    let explained = text("docs/errors.md");
    for code in ProblemCode::ALL {
        let code = code.name();
        let heading = format!("\n## {code}\n");
        assert!(
            explained.contains(&heading),
            "docs/errors.md explains {code}"
        );
    }
}
