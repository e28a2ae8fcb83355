//! The configuration of the program, and mistakes in its arguments.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use client::config::{BASE_URL_VARIABLE, KEY_VARIABLE};

use crate::allocora::{allocora, bare, ended, text};
use crate::product::{Product, TestResult};
use crate::running::directory;

#[tokio::test(flavor = "multi_thread")]
async fn ping_shows_what_a_key_may_do() -> TestResult {
    let product = Product::start().await?;
    let home = directory("ping")?;
    let (code, out, error) = ended(allocora(&product, &home, &["ping"])).await?;
    assert_eq!(code, 0, "{error}");
    assert!(
        out.contains("write:revenues") && out.contains(&product.base_url),
        "{out}"
    );
    let mut wrong = allocora(&product, &home, &["ping"]);
    wrong.env(KEY_VARIABLE, "wrong");
    let (code, out, error) = ended(wrong).await?;
    assert_eq!((code, out.as_str()), (2, ""), "it stays wrong");
    assert!(error.contains("401 unauthenticated"), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_has_the_address_and_the_key() -> TestResult {
    let product = Product::start().await?;
    let home = directory("profile")?;
    fs::create_dir(home.join("allocora"))?;
    let file = home.join("allocora/config.toml");
    let (url, key) = (&product.base_url, &product.key);
    let profiles = format!(
        "[default]\nbase_url = \"http://127.0.0.1:1\"\n[test]\nbase_url = \"{url}\"\napi_key = \"{key}\"\n"
    );
    fs::write(&file, profiles)?;
    let ping = ["--profile", "test", "ping"];
    fs::set_permissions(&file, Permissions::from_mode(0o640))?;
    let (code, _, error) = ended(bare(&home, &ping)).await?;
    assert_eq!(code, 2);
    assert!(error.contains("chmod 600"), "{error}");
    fs::set_permissions(&file, Permissions::from_mode(0o600))?;
    let (code, out, error) = ended(bare(&home, &ping)).await?;
    assert_eq!(code, 0, "{error}");
    assert!(out.contains(url), "{out}");
    let (code, _, error) = ended(bare(&home, &["--profile", "x", "ping"])).await?;
    assert_eq!(code, 2);
    assert!(error.contains("it has default, test"), "{error}");

    fs::write(&file, format!("api_key = \"{key}\"\n"))?;
    let (code, _, error) = ended(bare(&home, &ping)).await?;
    assert_eq!(code, 2);
    assert!(
        error.contains("config.toml, line 1") && !error.contains(key.as_str()),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn a_wrong_configuration_is_an_error_that_says_how_to_correct_it() -> TestResult {
    let home = directory("configuration")?;
    let secret = "alc_live_secret";
    for (key, url, expected) in [
        ("", "http://127.0.0.1:1", "set ALLOCORA_API_KEY"),
        (
            "alc_live_secret\n",
            "http://127.0.0.1:1",
            "ends with white space or a newline",
        ),
        (
            " alc_live_secret",
            "http://127.0.0.1:1",
            "begins with white space",
        ),
        ("alc_live_secret é", "http://127.0.0.1:1", "not ASCII"),
        (secret, "", "set ALLOCORA_BASE_URL"),
        (secret, "http://api.example.com", "--allow-http"),
        (secret, "ftp://api.example.com", "https://"),
        (
            secret,
            "https://alc_live_secret@api.example.com",
            "user or a password",
        ),
        (secret, "https://api.example.com/api/v1", "before /api"),
    ] {
        let mut command = bare(&home, &["ping"]);
        command.env(KEY_VARIABLE, key).env(BASE_URL_VARIABLE, url);
        let (code, out, error) = ended(command).await?;
        assert_eq!((code, out.as_str()), (2, ""), "{expected}: {error}");
        assert!(
            error.starts_with("error: ") && error.contains(expected),
            "{error}"
        );
        assert!(!error.contains(secret), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mistake_in_a_command_sends_nothing() -> TestResult {
    let home = directory("mistakes")?;
    let file = home.join("a.csv");
    fs::write(&file, "external_id,name\n")?;
    let file = text(&file)?;
    for (arguments, expected) in [
        (vec!["push", "payees"], "FILE"),
        (vec!["push", "robots", file], "revenues"),
        (vec!["push", "payees", "missing.csv"], "missing.csv"),
        (vec!["push", "payees", file, file], "given twice"),
        (vec!["push", "payees", text(&home)?], "not a file"),
        (
            vec!["push", "payees", file, "--parallel", "0"],
            "--parallel",
        ),
        (
            vec!["push", "payees", file, "--max-time", "0"],
            "--max-time",
        ),
        (
            vec!["reconcile", "revenues", file, "--max-time", "0"],
            "--max-time",
        ),
        (
            vec!["push", "payees", file, "--corrections", "adjust"],
            "only for revenues",
        ),
    ] {
        let mut command = bare(&home, &arguments);
        command
            .env(KEY_VARIABLE, "key")
            .env(BASE_URL_VARIABLE, "http://127.0.0.1:1");
        let (code, out, error) = ended(command).await?;
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
    Ok(())
}

#[tokio::test]
async fn help_version_and_completions_are_output() -> TestResult {
    let home = directory("help")?;
    for (arguments, expected) in [
        (vec!["--help"], "Exit codes:"),
        (vec!["push", "--help"], "Examples:"),
        (vec!["ping", "--help"], "Examples:"),
        (vec!["--version"], env!("CARGO_PKG_VERSION")),
        (vec!["completions", "bash"], "allocora"),
        (vec!["completions", "--help"], "Examples:"),
    ] {
        let (code, out, error) = ended(bare(&home, &arguments)).await?;
        assert_eq!((code, error.as_str()), (0, ""), "{arguments:?}");
        assert!(out.contains(expected), "{arguments:?}: {out}");
    }
    Ok(())
}
