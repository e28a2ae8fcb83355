//! What `export --out` and `reconcile --repair` may replace, and how refusals of the API end.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};

use serde_json::json;
use tokio::task::spawn_blocking;

use crate::allocora::{allocora, ended};
use crate::night::{HEADER, Night, TWO_MONTHS};
use crate::product::{Fault, TestResult};

/// The names of everything in the folder of a night.
fn names(night: &Night) -> Result<Vec<String>, std::io::Error> {
    let entries = fs::read_dir(&night.directory)?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<_>, std::io::Error>>()?;
    names.sort();
    Ok(names)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_files_are_replaced_and_links_stay() -> TestResult {
    let night = Night::begin("targets").await?;
    let books = night.write("books.csv", &format!("{HEADER}{TWO_MONTHS}"))?;
    let path = |name: &str| night.directory.join(name).display().to_string();
    let made = Command::new("mkfifo").arg(path("fifo")).status()?;
    assert!(made.success());
    fs::create_dir(path("folder"))?;
    symlink("fifo", path("to-fifo"))?;
    symlink("nothing", path("to-nothing"))?;
    let before = names(&night)?;
    night.product.fail_reads(|_| Fault::None);
    for name in [
        "fifo",
        "folder",
        "to-fifo",
        "to-nothing",
        "no/folder",
        "fifo/file",
    ] {
        let target = path(name);
        for command in [
            &["export", "revenues", "--out", &target][..],
            &["reconcile", "revenues", &books, "--repair", &target],
        ] {
            let (code, out, error) = night.run(command).await?;
            assert_eq!((code, out.as_str()), (2, ""), "{command:?}: {error}");
            assert!(error.contains(&target), "{error}");
        }
    }
    assert_eq!(
        night.product.reads(),
        0,
        "it is refused before anything is read"
    );
    assert_eq!(names(&night)?, before);
    assert!(fs::metadata(path("fifo"))?.file_type().is_fifo());

    fs::write(path("old.csv"), "old")?;
    fs::set_permissions(path("old.csv"), fs::Permissions::from_mode(0o600))?;
    symlink("old.csv", path("link.csv"))?;
    let (code, _, error) = night
        .run(&["export", "revenues", "-o", &path("link.csv")])
        .await?;
    assert_eq!(code, 0, "{error}");
    assert!(fs::symlink_metadata(path("link.csv"))?.is_symlink());
    assert!(fs::read_to_string(path("old.csv"))?.starts_with("id,external_id,"));
    assert_eq!(
        fs::metadata(path("old.csv"))?.permissions().mode() & 0o777,
        0o600
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_an_export_that_failed_or_was_interrupted() -> TestResult {
    let night = Night::begin("targets-left").await?;
    let rows = (0..250).map(|row| format!("order-{row},sale,1,EUR,2026-05-31\n"));
    night.push(&rows.collect::<String>()).await?;
    let before = names(&night)?;
    let file = night.directory.join("all.csv").display().to_string();
    let export = ["export", "revenues", "--out", &file];
    let problem = json!({"status": 403, "code": "permission_denied", "detail": "Revoked."});
    night.product.fail_reads(move |number| match number {
        0 => Fault::None,
        _ => Fault::Answer(403, None, "application/problem+json", problem.clone()),
    });
    let (code, _, error) = night.run(&export).await?;
    assert_eq!(code, 2, "{error}");
    assert_eq!(names(&night)?, before);

    night.product.fail_reads(|number| match number {
        0 => Fault::None,
        _ => Fault::rate_limit(),
    });
    let mut command = allocora(&night.product, &night.directory, &export);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn()?;
    while night.product.reads() < 2 {
        tokio::task::yield_now().await;
    }
    let process = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &process])
            .status()?
            .success()
    );
    let output = spawn_blocking(move || child.wait_with_output()).await??;
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(names(&night)?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_and_a_wrong_address_are_not_retried() -> TestResult {
    let night = Night::begin("reconcile-refused").await?;
    let books = night.write("books.csv", &format!("{HEADER}{TWO_MONTHS}"))?;
    let reconcile = ["reconcile", "revenues", &books];
    for status in [401, 403, 404] {
        let problem = json!({"status": status, "code": "refused", "detail": "No."});
        night.product.fail_reads(move |_| {
            Fault::Answer(status, None, "application/problem+json", problem.clone())
        });
        let (code, _, error) = night.run(&reconcile).await?;
        assert_eq!(code, 2, "{status}: {error}");
    }
    night.product.fail_reads(|_| Fault::None);
    let mut command = allocora(&night.product, &night.directory, &reconcile);
    let address = format!("{}/elsewhere", night.product.base_url);
    command.env("ALLOCORA_BASE_URL", address);
    let (code, _, error) = ended(command).await?;
    assert_eq!(code, 2, "{error}");
    Ok(())
}
