//! Files that are changed while they are sent.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use tokio::sync::watch;

use crate::allocora::{allocora, ended, text};
use crate::product::{AnyError, Fault, Product, TestResult};
use crate::running::{directory, sales};

/// So many that the file is not read to its end while the first requests are held.
const ROWS: usize = 5_000;

/// What happens to a file.
type Change = fn(&Path) -> TestResult;

/// Changes a file while its first requests are held. Returns the exit code and what was printed.
async fn changed(
    product: &Product,
    file: &Path,
    change: Change,
) -> Result<(i32, String), AnyError> {
    let (release, released) = watch::channel(false);
    product.fail(move |_| Fault::Hold(released.clone()));
    let push = ["push", "revenues", text(file)?];
    let directory = file.parent().ok_or("it is in a directory")?;
    let change = async {
        product.requested(4).await?;
        change(file)?;
        release.send(true)?;
        TestResult::Ok(())
    };
    let (pushed, changed) = tokio::join!(ended(allocora(product, directory, &push)), change);
    changed?;
    let (code, out, error) = pushed?;
    Ok((code, out + &error))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_while_it_is_sent_is_to_be_sent_again() -> TestResult {
    let product = Product::start().await?;
    let directory = directory("changed")?;
    let changes: [(&str, Change); 3] = [
        ("cut", |file| Ok(fs::write(file, "")?)),
        ("replaced", |file| {
            let new = file.with_extension("new");
            fs::write(&new, sales(10))?;
            Ok(fs::rename(new, file)?)
        }),
        ("appended", |file| {
            let mut file = OpenOptions::new().append(true).open(file)?;
            Ok(file.write_all(b"new,sale,1,EUR,2026-05-31\n")?)
        }),
    ];
    for (name, change) in changes {
        let file = directory.join(format!("{name}.csv"));
        fs::write(&file, sales(ROWS))?;
        let (code, said) = changed(&product, &file, change).await?;
        assert_eq!(code, 3, "{name}: {said}");
        let expected = format!("{} changed while it was read", file.display());
        assert!(said.contains(&expected), "{name}: {said}");
        assert!(!directory.join(format!("{name}.csv.push-state")).exists());
        if name == "cut" {
            let stored = product.stored("revenues").await?;
            assert!(stored.len() < ROWS, "it was cut in the middle");
            assert!(
                said.lines().all(|line| !line.contains("rejected")),
                "half a row: {said}"
            );
        }
    }
    product.fail(|_| Fault::None);
    let appended = directory.join("appended.csv");
    let push = ["push", "revenues", text(&appended)?];
    let (code, out, error) = ended(allocora(&product, &directory, &push)).await?;
    assert_eq!(code, 0, "{out}{error}");
    assert!(product.stored("revenues").await?.contains_key("new"));
    Ok(())
}
