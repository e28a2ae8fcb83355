//! Adjustments that the API does not accept: the row is not corrected, and says why.

use serde_json::{Value, json};

use crate::night::{HEADER, Night};
use crate::product::{AnyError, Fault, TestResult};

/// Sends a file with corrections that has a sale of this amount. Returns its only conflict.
async fn conflict(night: &Night, amount: &str) -> Result<Value, AnyError> {
    let row = format!("a,sale,{amount},EUR,2026-05-31\n");
    let file = night.write("may.csv", &format!("{HEADER}{row}"))?;
    let adjust = ["--corrections", "adjust", "--output", "json"];
    let push = [&["push", "revenues", &file], &adjust[..]].concat();
    let (code, out, error) = night.run(&push).await?;
    let summary: Value = serde_json::from_str(&out)?;
    assert_eq!(code, 1, "{out}{error}");
    assert_eq!(summary["total"]["conflicts"], 1, "{out}");
    assert_eq!(summary["total"]["rows"], 1, "{out}");
    Ok(summary["files"][0]["first_conflicts"][0].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adjustment_whose_external_id_is_taken_leaves_a_conflict() -> TestResult {
    let night = Night::begin("taken").await?;
    night.push("a,sale,5,EUR,2026-05-31\n").await?;
    night
        .push("a:adjusted-to:6.000,sale,1,EUR,2026-05-31\n")
        .await?;
    let conflict = conflict(&night, "6").await?;
    assert_eq!(conflict["stored"], "5.000");
    assert_eq!(conflict["submitted"], "6.000");
    let note = conflict["note"].as_str().ok_or("it says why")?;
    let expected = "not adjusted: the adjustment \"a:adjusted-to:6.000\" of 1.000 was not accepted: \
                    already_exists: ";
    assert!(note.starts_with(expected), "{note}");
    Ok(())
}

/// The row itself is stored as in the file, but an earlier file was corrected to.
#[tokio::test(flavor = "multi_thread")]
async fn an_adjustment_that_fails_leaves_a_conflict() -> TestResult {
    let night = Night::begin("failed-adjustment").await?;
    night.push("a,sale,5,EUR,2026-05-31\n").await?;
    let file = night.write("may.csv", &format!("{HEADER}a,sale,6,EUR,2026-05-31\n"))?;
    let push = ["push", "revenues", &file, "--corrections", "adjust"];
    let (code, out, _) = night.run(&push).await?;
    assert_eq!(code, 0, "{out}");

    let problem = json!({"status": 404, "code": "not_found", "detail": "There is no such sale."});
    let failed = json!({"index": 0, "status": "failed", "error": problem, "retryable": false});
    let answer = json!({"data": [failed]});
    night.product.fail(move |number| match number {
        1 => Fault::Answer(200, None, "application/json", answer.clone()),
        _ => Fault::None,
    });
    let conflict = conflict(&night, "5").await?;
    let note = conflict["note"].as_str().ok_or("it says why")?;
    assert!(
        note.contains("of -1.000 was not accepted: not_found: There"),
        "{note}"
    );
    Ok(())
}
