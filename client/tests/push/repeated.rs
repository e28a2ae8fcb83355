//! Revenues that are in the files more than once.

use serde_json::Value;

use crate::night::{HEADER, Night};
use crate::product::{AnyError, TestResult};

/// Sends files with corrections. Returns the exit code, the summary and the stored amounts.
async fn corrected(night: &Night, files: &[&str]) -> Result<(i32, Value, Vec<String>), AnyError> {
    let adjust = ["--corrections", "adjust", "--output", "json"];
    let push = [&["push", "revenues"], files, &adjust].concat();
    let (code, out, error) = night.run(&push).await?;
    let summary = serde_json::from_str(&out).map_err(|_| format!("{code}: {out}{error}"))?;
    let stored = night.product.stored("revenues").await?;
    let amount = |one: &Value| one["amount"].as_str().unwrap_or_default().to_owned();
    Ok((code, summary, stored.values().map(amount).collect()))
}

fn row(id: &str, amount: &str) -> String {
    format!("{id},sale,{amount},EUR,2026-05-31\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revenue_with_different_amounts_in_a_file_is_never_corrected() -> TestResult {
    let night = Night::begin("repeated").await?;
    night.push(&(row("a", "5") + &row("b", "7"))).await?;
    let rows = [row("a", "5"), row("a", "6"), row("b", "8"), row("b", "8.0")];
    let file = night.write("may.csv", &format!("{HEADER}{}", rows.concat()))?;
    for corrected_before in [false, true] {
        let (code, summary, stored) = corrected(&night, &[&file]).await?;
        assert_eq!(code, 1, "{summary:#}");
        assert_eq!(summary["total"]["conflicts"], 1, "{summary:#}");
        let (one, two) = match corrected_before {
            false => (1, 1),
            true => (0, 2),
        };
        assert_eq!(summary["total"]["corrected"], one, "{summary:#}");
        assert_eq!(summary["total"]["already_corrected"], two, "{summary:#}");
        assert_eq!(stored, ["5.000", "7.000", "1.000"], "{summary:#}");
        let conflict = &summary["files"][0]["first_conflicts"][0];
        assert_eq!(conflict["line"], 3);
        let note = conflict["note"].as_str().ok_or("it says why")?;
        let expected =
            "rows of this external_id have different amounts, the first of them in line 2 of";
        assert!(note.contains(expected), "{note}");
    }
    let push = ["push", "revenues", &file, "--corrections", "adjust"];
    let (_, text, _) = night.run(&push).await?;
    let expected =
        "the file has \"6.000\"; not adjusted: rows of this external_id have different amounts";
    assert!(text.contains(expected), "{text}");
    Ok(())
}

/// Without a source, a revenue has the one of the workspace.
#[tokio::test(flavor = "multi_thread")]
async fn a_revenue_with_different_amounts_in_two_files_is_never_corrected() -> TestResult {
    let night = Night::begin("repeated-in-files").await?;
    let source = night.product.default_source().await?;
    let header = HEADER.trim_end();
    let row = |amount: &str, source: &str| format!("a,sale,{amount},EUR,2026-05-31,{source}\n");
    let write =
        |name: &str, row: String| night.write(name, &format!("{header},revenue_source_id\n{row}"));
    let may = write("may.csv", row("5", ""))?;
    let june = write("june.csv", row("6", &source))?;
    for _ in 0..2 {
        let (code, summary, stored) = corrected(&night, &[&may, &june]).await?;
        assert_eq!(code, 1, "{summary:#}");
        assert_eq!(stored, ["5.000"], "{summary:#}");
        let note = &summary["files"][1]["first_conflicts"][0]["note"];
        assert!(note.to_string().contains("may.csv"), "{summary:#}");
    }
    let other = night.product.source("Shop").await?;
    let june = write("june.csv", row("6", &other))?;
    let push = ["push", "revenues", &may, &june, "--corrections", "adjust"];
    let (code, out, _) = night.run(&push).await?;
    assert_eq!(code, 0, "another source, another revenue: {out}");
    Ok(())
}

/// Each alone is right, so both are adjusted to, but not in silence.
#[tokio::test(flavor = "multi_thread")]
async fn files_that_contradict_each_other_in_separate_commands_are_warned_of() -> TestResult {
    let night = Night::begin("back-and-forth").await?;
    let may = night.write("may.csv", &format!("{HEADER}{}", row("a", "100")))?;
    let june = night.write("june.csv", &format!("{HEADER}{}", row("a", "120")))?;
    let mut back = Vec::new();
    for file in [&may, &june, &june, &may, &may, &june] {
        let (code, summary, _) = corrected(&night, &[file]).await?;
        assert_eq!(code, 0, "{summary:#}");
        assert_eq!(summary["files"][0]["counts"], summary["total"]);
        back.push(summary["total"]["corrected_back"].as_u64());
    }
    assert_eq!(back, [0, 0, 0, 1, 0, 1].map(Some));
    let push = ["push", "revenues", &may, "--corrections", "adjust"];
    let (_, text, _) = night.run(&push).await?;
    let warning = "warning: 1 revenue was adjusted to an amount it had before: do files contradict each other?";
    assert!(text.contains(warning), "{text}");
    Ok(())
}
