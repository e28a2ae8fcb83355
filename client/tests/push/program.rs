//! How the program ends, and how the next run continues.

use std::fs;
use std::path::Path;
use std::process::Command;

use client::config::KEY_VARIABLE;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::allocora::{allocora, ended, start, text};
use crate::product::{Fault, Product, TestResult};
use crate::running::{directory, sales};

/// 3,000 sales in 30 batches, and rows without an amount near the beginning and the end.
fn large(path: &Path) -> TestResult {
    let bad = |line: &str| format!("{line}bad-{},sale,,EUR,2026-05-31\n", line.len());
    let sales = sales(3_000);
    let lines = sales.split_inclusive('\n').enumerate();
    let lines = lines.map(|(number, line)| match number {
        50 | 2_950 => bad(line),
        _ => line.to_owned(),
    });
    Ok(fs::write(path, lines.collect::<String>())?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_is_resumed_where_it_ended() -> TestResult {
    let product = Product::start().await?;
    let directory = directory("killed")?;
    let file = directory.join("may.csv");
    large(&file)?;
    let (_release, released) = watch::channel(false);
    product.fail(move |number| match number {
        ..12 => Fault::None,
        _ => Fault::Hold(released.clone()),
    });
    let one_by_one = ["push", "revenues", text(&file)?, "--parallel", "1"];
    let running = start(allocora(&product, &directory, &one_by_one))?;
    product.requested(13).await?;
    drop(running);
    let rejects = directory.join("may.csv.rejects.csv");
    assert!(
        !rejects.exists(),
        "half of a file is not taken for the whole"
    );

    product.fail(|_| Fault::None);
    let resume = [
        "push",
        "revenues",
        text(&file)?,
        "--resume",
        "--output",
        "json",
    ];
    let (code, out, error) = ended(allocora(&product, &directory, &resume)).await?;
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("continuing after row 12"), "{error}");
    let summary: Value = serde_json::from_str(&out)?;
    assert_eq!(summary["exit_code"], 1);
    assert_eq!(summary["total"]["rows"], 3_002);
    assert_eq!(summary["total"]["created"], 3_000);
    assert_eq!(summary["total"]["rejected"], 2);
    assert_eq!(
        product.bodies().len(),
        18,
        "nothing that was done is sent again"
    );
    assert_eq!(product.stored("revenues").await?.len(), 3_000);
    let rejected = fs::read_to_string(&rejects)?;
    let lines: Vec<&str> = rejected
        .lines()
        .map(|line| line.split(',').next().unwrap_or(""))
        .collect();
    assert_eq!(lines[1..], ["52", "2953"], "{rejected}");

    let (code, _, error) = ended(allocora(&product, &directory, &resume)).await?;
    assert_eq!(code, 1);
    assert!(
        error.contains("no earlier run"),
        "nothing is left of it: {error}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_results_are_not_whole_is_repeated_as_a_whole() -> TestResult {
    let product = Product::start().await?;
    let directory = directory("results-gone")?;
    let file = directory.join("may.csv");
    let partial = directory.join("may.csv.rejects.csv.partial");
    for is_gone in [true, false] {
        large(&file)?;
        let (_release, released) = watch::channel(false);
        product.fail(move |number| match number {
            ..12 => Fault::None,
            _ => Fault::Hold(released.clone()),
        });
        let push = ["push", "revenues", text(&file)?, "--parallel", "1"];
        let running = start(allocora(&product, &directory, &push))?;
        product.requested(13).await?;
        drop(running);
        match is_gone {
            true => fs::remove_file(&partial)?,
            false => fs::write(&partial, "line")?,
        }
        product.fail(|_| Fault::None);
        let resume = [&push[..], &["--resume"]].concat();
        let (code, out, error) = ended(allocora(&product, &directory, &resume)).await?;
        assert_eq!(code, 1, "{out}{error}");
        let expected = "the results of the earlier run are not whole; beginning at row 1";
        assert!(error.contains(expected), "{error}");
        let rejects = fs::read_to_string(directory.join("may.csv.rejects.csv"))?;
        assert_eq!(rejects.lines().count(), 1 + 2, "{rejects}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_to_another_workspace_is_sent_again() -> TestResult {
    let product = Product::start().await?;
    let directory = directory("other-workspace")?;
    let file = directory.join("may.csv");
    fs::write(&file, sales(1_500))?;
    let (_release, released) = watch::channel(false);
    product.fail(move |number| match number {
        ..12 => Fault::None,
        _ => Fault::Hold(released.clone()),
    });
    let push = ["push", "revenues", text(&file)?, "--parallel", "1"];
    let running = start(allocora(&product, &directory, &push))?;
    product.requested(13).await?;
    drop(running);
    product.fail(|_| Fault::None);

    let resume = [&push[..], &["--resume"]].concat();
    let reader = product.foreign_key(&["read:revenues".to_owned()]).await?;
    let mut refused = allocora(&product, &directory, &resume);
    refused.env(KEY_VARIABLE, reader);
    let (code, out, error) = ended(refused).await?;
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(error.contains("write:revenues"), "{error}");

    let key = product.foreign_key(&registry::permissions()).await?;
    let mut other = allocora(&product, &directory, &resume);
    other.env(KEY_VARIABLE, key);
    let (code, out, error) = ended(other).await?;
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("no earlier run"), "{error}");
    assert!(out.contains("created                 1,500"), "{out}");
    assert_eq!(product.bodies().len(), 15, "all of it was sent");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_is_repeated_as_a_whole() -> TestResult {
    let product = Product::start().await?;
    let directory = directory("killed-repeated")?;
    let file = directory.join("may.csv");
    fs::write(&file, sales(1_000))?;
    let (_release, released) = watch::channel(false);
    product.fail(move |number| match number {
        ..5 => Fault::None,
        _ => Fault::Hold(released.clone()),
    });
    let push = ["push", "revenues", text(&file)?];
    let running = start(allocora(&product, &directory, &push))?;
    product.requested(6).await?;
    drop(running);
    product.fail(|_| Fault::None);
    let (code, out, error) = ended(allocora(&product, &directory, &push)).await?;
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("may.csv: 1,000 rows"), "{out}");
    assert_eq!(product.stored("revenues").await?.len(), 1_000);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_with_a_summary_and_the_next_run_continues() -> TestResult {
    let product = Product::start().await?;
    let directory = directory("signal")?;
    let file = directory.join("may.csv");
    fs::write(&file, sales(1_000))?;
    let (release, released) = watch::channel(false);
    product.fail(move |_| Fault::Hold(released.clone()));
    let push = ["push", "revenues", text(&file)?];
    let mut running = start(allocora(&product, &directory, &push))?;
    product.requested(4).await?;
    let process = running.0.id().to_string();
    Command::new("kill").args(["-INT", &process]).status()?;
    // It says so on its error output; only then the requests are answered.
    let mut error = running.0.stderr.take().ok_or("it is a pipe")?;
    let first = spawn_blocking(move || {
        use std::io::Read;
        let mut first = [0; 8];
        error.read_exact(&mut first).map(|()| (first, error))
    });
    let (first, mut error) = first.await??;
    assert_eq!(&first, b"stopping");
    release.send(true)?;
    let status = spawn_blocking(move || running.0.wait().map(|status| (status, running)));
    let (status, mut running) = status.await??;
    assert_eq!(status.code(), Some(3));
    let mut out = String::new();
    if let Some(mut stdout) = running.0.stdout.take() {
        std::io::Read::read_to_string(&mut stdout, &mut out)?;
    }
    assert!(out.contains("not finished"), "{out}");
    assert!(out.contains("created                   400"), "{out}");
    let mut errors = String::new();
    std::io::Read::read_to_string(&mut error, &mut errors)?;
    assert!(errors.contains("may.csv: it was interrupted"), "{errors}");

    product.fail(|_| Fault::None);
    let resume = [&push[..], &["--resume"]].concat();
    let (code, _, error) = ended(allocora(&product, &directory, &resume)).await?;
    assert_eq!(code, 0, "{error}");
    assert_eq!(product.bodies().len(), 6);
    assert_eq!(product.stored("revenues").await?.len(), 1_000);
    Ok(())
}
