//! `reconcile` through the program: amounts that were corrected, and corrected back.

use serde_json::json;

use crate::night::{HEADER, Night, assert_found};
use crate::product::{AnyError, TestResult};

fn row(id: &str, amount: &str) -> String {
    format!("{id},sale,{amount},EUR,2026-05-31\n")
}

/// Sends an amount with corrections.
async fn correct(night: &Night, id: &str, amount: &str) -> Result<(), AnyError> {
    let file = night.write("books.csv", &format!("{HEADER}{}", row(id, amount)))?;
    let push = ["push", "revenues", &file, "--corrections", "adjust"];
    let (code, out, error) = night.run(&push).await?;
    assert_eq!(code, 0, "{out}{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_was_corrected_back_is_repaired_by_the_command_of_the_report() -> TestResult
{
    // The adjustments of a long external id have a hash instead of it.
    for id in ["RX1".to_owned(), "x".repeat(250)] {
        let night = Night::begin("reconcile-revert").await?;
        correct(&night, &id, "249").await?;
        correct(&night, &id, "294").await?;
        let (code, report) = night.reconcile(&row(&id, "249"), &[]).await?;
        assert_eq!(code, 1);
        assert_found(&report, [&[], &[], &[&id], &[]]);
        let one = &report["different"][0];
        let expected = json!([{"field": "amount", "file": "249.000", "api": "249.000"}]);
        assert_eq!(
            (&one["fields"], &one["adjusted_by"]),
            (&expected, &"45.000".into())
        );
        assert_eq!(one["adjustments"][0]["amount"], "45.000");
        let command = report["commands"][0].as_str().unwrap_or_default();
        assert!(
            command.ends_with("books.csv --corrections adjust"),
            "{command}"
        );

        let file = night.directory.join("books.csv").display().to_string();
        let (_, out, _) = night.run(&["reconcile", "revenues", &file]).await?;
        assert!(
            out.contains("  amount  249.000      249.000, adjusted by 45.000"),
            "{out}"
        );
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let (code, out, error) = night.run(&words).await?;
        assert_eq!(code, 0, "{out}{error}");
        let (code, report) = night.reconcile(&row(&id, "249"), &[]).await?;
        assert_eq!((code, &report["corrected"]), (0, &1.into()), "{report:#}");
    }
    Ok(())
}

/// Then what the files have is not one amount for each revenue, but all rows of the API.
#[tokio::test(flavor = "multi_thread")]
async fn files_with_adjustments_of_their_own_are_compared_row_by_row() -> TestResult {
    let night = Night::begin("reconcile-own").await?;
    correct(&night, "RX1", "249").await?;
    correct(&night, "RX1", "294").await?;
    let export = night.directory.join("export.csv").display().to_string();
    let (code, _, error) = night.run(&["export", "revenues", "--out", &export]).await?;
    assert_eq!(code, 0, "{error}");
    let (code, report) = night.reconcile_files(&[&export], &[]).await?;
    assert_eq!(code, 0, "{report:#}");
    correct(&night, "RX1", "300").await?;
    let (code, report) = night.reconcile_files(&[&export], &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&[], &["RX1:adjusted-to:300.000"], &[], &[]]);
    assert_eq!(report["commands"], json!([]));
    Ok(())
}
