//! The files that a push writes next to the file that it sends.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::allocora::{allocora, ended, start, text};
use crate::night::{HEADER, Night};
use crate::product::{Fault, Product, TestResult};
use crate::running::{directory, sales};

const ROW: &str = "a,sale,1,EUR,2026-05-31\n";
/// No file can have a longer name.
const NAME_BYTES_MAX: usize = 255;

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_is_noticed_before_anything_is_sent() -> TestResult {
    let night = Night::begin("unwritable").await?;
    let may = night.write("may.csv", &format!("{HEADER}{ROW}"))?;
    for suffix in [
        ".push-lock",
        ".rejects.csv.partial",
        ".conflicts.csv.partial",
    ] {
        let name = format!(
            "{}.csv",
            "x".repeat(NAME_BYTES_MAX - ".csv".len() - suffix.len() + 1)
        );
        let long = night.write(&name, &format!("{HEADER}{ROW}"))?;
        let (code, out, error) = night.run(&["push", "revenues", &long]).await?;
        assert_eq!(code, 2, "{suffix}: {out}{error}");
        assert!((out + &error).contains("cannot write"), "{suffix}");
    }
    let longest = "x".repeat(NAME_BYTES_MAX);
    let long = night.write(&longest, &format!("{HEADER}{ROW}"))?;
    let (code, out, error) = night.run(&["push", "revenues", &may, &long]).await?;
    assert_eq!((code, out.as_str()), (2, ""), "{error}");
    assert!(error.contains(".push-lock: "), "{error}");
    assert!(night.product.bodies().is_empty(), "nothing is sent");
    assert!(night.product.stored("revenues").await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_by_one_push_at_a_time() -> TestResult {
    let product = Product::start().await?;
    let directory = directory("locked")?;
    let file = directory.join("may.csv");
    fs::write(&file, sales(1_000))?;
    let june = directory.join("june.csv");
    fs::write(&june, format!("{HEADER}{ROW}"))?;
    let (release, released) = watch::channel(false);
    product.fail(move |_| Fault::Hold(released.clone()));
    let push = ["push", "revenues", text(&file)?];
    let running = start(allocora(&product, &directory, &push))?;
    product.requested(4).await?;

    for files in [&[text(&file)?][..], &[text(&june)?, text(&file)?]] {
        let push = [&["push", "revenues"], files].concat();
        let (code, out, error) = ended(allocora(&product, &directory, &push)).await?;
        assert_eq!((code, out.as_str()), (3, ""), "a scheduler may repeat it");
        let expected = format!("another push of {} is running", file.display());
        assert!(error.contains(&expected), "{error}");
        assert_eq!(product.bodies().len(), if files.len() == 1 { 4 } else { 0 });
    }

    // It is killed, so that it cannot clean up.
    drop(running);
    release.send(true)?;
    let (code, _, error) = ended(allocora(&product, &directory, &push)).await?;
    assert_eq!(code, 0, "{error}");
    assert_eq!(product.stored("revenues").await?.len(), 1_000);
    assert!(!directory.join("may.csv.push-lock").exists());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_not_sent_under_two_names() -> TestResult {
    let night = Night::begin("two-names").await?;
    let may = night.write("may.csv", &format!("{HEADER}{ROW}"))?;
    let again = may.replace("/may.csv", "/./may.csv");
    let (code, _, error) = night.run(&["push", "revenues", &may, &again]).await?;
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("is given twice"), "{error}");
    Ok(())
}

/// As with a full disk: it is found out after rows were sent, so a rerun can help.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_later_does_not_hide_what_was_sent() -> TestResult {
    let product = Product::start().await?;
    let directory = directory("full")?;
    let file = directory.join("may.csv");
    let bad: String = (0..200)
        .map(|row| format!("bad-{row},sale,,EUR,2026-05-31\n"))
        .collect();
    fs::write(&file, sales(400) + &bad)?;
    let push = ["push", "revenues", text(&file)?, "--output", "json"];
    let unlimited = allocora(&product, &directory, &push);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""]);
    limited
        .arg(unlimited.get_program())
        .args(unlimited.get_args());
    for (name, value) in unlimited.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let (code, out, error) = ended(limited).await?;
    assert_eq!(code, 3, "{out}{error}");
    assert!(
        error.contains("cannot write") && error.contains("may.csv.rejects.csv"),
        "{error}"
    );
    let summary: Value = serde_json::from_str(&out)?;
    let counts = &summary["files"][0]["counts"];
    assert_eq!(
        (&counts["created"], &counts["rejected"]),
        (&json!(400), &json!(200)),
        "{out}"
    );
    assert_eq!(summary["files"][0]["rejects_file"], Value::Null, "{out}");
    assert_eq!(product.stored("revenues").await?.len(), 400);

    let resume = [&push[..], &["--resume"]].concat();
    let (code, out, error) = ended(allocora(&product, &directory, &resume)).await?;
    assert_eq!(code, 1, "{out}{error}");
    let rejects = fs::read_to_string(directory.join("may.csv.rejects.csv"))?;
    assert_eq!(rejects.lines().count(), 1 + 200, "{rejects}");
    Ok(())
}

/// Opening it would wait for the other end.
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_is_not_sent() -> TestResult {
    let night = Night::begin("pipe").await?;
    let pipe = night.directory.join("may.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status()?.success());
    for command in ["push", "reconcile"] {
        let (code, _, error) = night.run(&[command, "revenues", text(&pipe)?]).await?;
        assert_eq!(code, 2, "{error}");
        assert!(error.contains("may.csv is not a file"), "{error}");
    }
    Ok(())
}

/// A push writes files next to the file.
#[tokio::test(flavor = "multi_thread")]
async fn standard_input_is_not_sent() -> TestResult {
    let night = Night::begin("standard-input").await?;
    for command in ["push", "reconcile"] {
        let (code, _, error) = night.run(&[command, "revenues", "-"]).await?;
        assert_eq!(code, 2, "{error}");
        assert!(error.contains("only checked with push --check"), "{error}");
    }
    let (_, _, error) = night.run(&["push", "revenues", "-", "--check"]).await?;
    assert!(error.contains("standard input: is empty"), "{error}");
    Ok(())
}
