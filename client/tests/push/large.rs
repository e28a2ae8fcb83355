//! A large file, twice. `TEST_PUSH_ROWS=100000` makes it larger.

use std::fs;

use serde_json::Value;

use crate::allocora::{allocora, ended, text};
use crate::product::{Product, TestResult};
use crate::running::{directory, sales};

/// How many rows the file has, unless `TEST_PUSH_ROWS` says otherwise.
const ROWS: usize = 20_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_created_once_and_skipped_the_second_time() -> TestResult {
    let rows = std::env::var("TEST_PUSH_ROWS").map_or(Ok(ROWS), |rows| rows.parse())?;
    let product = Product::start().await?;
    let directory = directory("large")?;
    let file = directory.join("may.csv");
    fs::write(&file, sales(rows))?;
    let push = ["push", "revenues", text(&file)?, "--output", "json"];
    for outcome in ["created", "skipped_duplicate"] {
        let (code, out, error) = ended(allocora(&product, &directory, &push)).await?;
        assert_eq!(code, 0, "{out}{error}");
        let summary: Value = serde_json::from_str(&out)?;
        assert_eq!(summary["total"]["rows"], rows, "{out}");
        assert_eq!(summary["total"][outcome], rows, "{out}");
    }
    // It fails if one is there twice.
    assert_eq!(product.stored("revenues").await?.len(), rows);
    Ok(())
}
