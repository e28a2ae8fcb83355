//! What crates and programs are built from.

use std::collections::BTreeSet;
use std::process::Command;

use crate::house::{root, sources, text};

/// The dependencies in a manifest.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = text(manifest);
    let section = text.split("[dependencies]\n").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap();
    let names = section.lines().filter(|line| !line.starts_with('#'));
    let names = names.filter_map(|line| line.split(['.', ' ', '=']).next());
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_domain_cannot_do_io() {
    let dependencies = dependencies("domain/Cargo.toml");
    assert!(dependencies.contains("jiff"), "the manifest is read");
    for name in [
        "axum", "futures", "http", "reqwest", "shared", "store", "tokio", "tracing",
    ] {
        assert!(!dependencies.contains(name), "domain depends on {name}");
    }
    for (file, text) in sources("domain/src") {
        for name in [
            "async ",
            "std::env",
            "std::fs",
            "std::net",
            "Timestamp::now",
            "std::time",
        ] {
            assert!(!text.contains(name), "{file} names {name}");
        }
    }
}

#[test]
fn functions_depend_neither_on_each_other_nor_on_the_keys_of_items() {
    let functions: Vec<_> = registry::functions()
        .into_iter()
        .map(|function| function.name)
        .collect();
    for function in &functions {
        let dependencies = dependencies(&format!("functions/{function}/Cargo.toml"));
        assert!(dependencies.contains("shared"), "the manifest is read");
        for other in functions
            .iter()
            .chain(&["admin", "store", "totals", "axum", "tracing"])
        {
            assert!(
                !dependencies.contains(*other),
                "{function} depends on {other}"
            );
        }
    }
}

/// It is on the other side of the API, and knows only what a client may know.
#[test]
fn the_client_depends_on_nothing_of_the_server_but_the_domain() {
    let dependencies = dependencies("client/Cargo.toml");
    assert!(dependencies.contains("domain"), "the manifest is read");
    let functions = registry::functions()
        .into_iter()
        .map(|function| function.name);
    let others = ["admin", "local", "registry", "shared", "store", "totals"];
    for other in functions.chain(others) {
        assert!(!dependencies.contains(other), "client depends on {other}");
    }
}

/// The crates that a program is built from, each with its version and its features.
fn built_from(package: &str) -> BTreeSet<String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["tree", "--offline", "--locked", "--edges", "normal,build"]);
    command.args([
        "--prefix",
        "none",
        "--format",
        "{p} {f}",
        "--package",
        package,
    ]);
    let output = command.current_dir(root()).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines
        .lines()
        .map(|line| line.trim_end_matches("(*)").trim().to_owned());
    lines.collect()
}

/// Otherwise its first use, after the first start of `local`, takes minutes.
#[test]
fn the_operators_tool_is_built_from_what_was_built_for_local() {
    let (tool, local) = (built_from("admin"), built_from("local"));
    assert!(tool.len() > 100, "its crates are found: {tool:#?}");
    let own: Vec<&String> = tool.difference(&local).collect();
    assert!(own.is_empty(), "`local` has other features of {own:#?}");
}

/// Its megabytes would make cold starts longer.
#[test]
fn only_local_contains_the_reference_page() {
    let contains = |package: &str| {
        let built_from = built_from(package);
        let mut names = built_from.iter().filter_map(|line| line.split(' ').next());
        names.any(|name| name == "scalar_api_reference")
    };
    assert!(contains("local"));
    for function in registry::functions() {
        assert!(!contains(function.name), "{}", function.name);
    }
    assert!(!contains("totals"));
}
