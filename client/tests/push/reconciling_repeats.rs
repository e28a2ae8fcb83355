//! `reconcile` through the program: rows that files have more than once.

use serde_json::json;

use crate::night::{HEADER, Night, TWO_MONTHS, assert_found};
use crate::product::TestResult;

#[tokio::test(flavor = "multi_thread")]
async fn exports_that_overlap_are_equal() -> TestResult {
    let night = Night::begin("reconcile-overlap").await?;
    night.push(TWO_MONTHS).await?;
    let one = night.write("one.csv", &format!("{HEADER}{TWO_MONTHS}"))?;
    // The same values, written in another way.
    let again = "order-3,sale,19.990,USD,2026-05-02T02:00:00+02:00\n";
    let two = night.write("two.csv", &format!("{HEADER}{TWO_MONTHS}{again}"))?;
    let (code, report) = night.reconcile_files(&[&one, &two], &[]).await?;
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(
        (&report["rows"], &report["rows_repeated"]),
        (&5.into(), &6.into())
    );
    assert_eq!(report["days"], json!([]), "no day is read row by row");
    let (code, out, _) = night.run(&["reconcile", "revenues", &one, &two]).await?;
    let expected = "compared: 5 rows of 2026-04-30 to 2026-05-31 (UTC), source: API\n\
                    6 rows more than once with the same values, counted once\n\
                    equal: the API has the same revenues\n";
    assert_eq!((code, out.as_str()), (0, expected));
    // A difference is found as without the overlap.
    let more = format!("{TWO_MONTHS}{TWO_MONTHS}order-9,sale,1,USD,2026-05-02\n");
    let (code, report) = night.reconcile(&more, &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&["order-9"], &[], &[], &[]]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_contradict_each_other_are_shown_with_both_places() -> TestResult {
    let night = Night::begin("reconcile-contradict").await?;
    night.push(TWO_MONTHS).await?;
    let one = night.write("one.csv", &format!("{HEADER}{TWO_MONTHS}"))?;
    for (row, field, value, first) in [
        (
            "order-3,sale,20,USD,2026-05-02",
            "amount",
            "20.000",
            "19.990",
        ),
        (
            "order-3,sale,19.99,USD,2026-05-20",
            "occurred_at",
            "2026-05-20T00:00:00+00:00",
            "2026-05-02T00:00:00+00:00",
        ),
    ] {
        let two = night.write("two.csv", &format!("{HEADER}{row}\n"))?;
        let (code, report) = night.reconcile_files(&[&one, &two], &[]).await?;
        assert_eq!(code, 1);
        assert_found(&report, [&[], &[], &[], &["order-3"]]);
        let twice = &report["twice_in_files"][0];
        assert_eq!((&twice["file"], &twice["line"]), (&json!(two), &2.into()));
        assert_eq!(twice["first"], json!({"file": one, "line": 4}));
        let expected = json!([{"field": field, "file": value, "first": first}]);
        assert_eq!(twice["fields"], expected);
        assert_eq!(report["commands"], json!([]), "no push corrects it");
    }
    let two = night.write(
        "two.csv",
        &format!("{HEADER}order-3,sale,20,USD,2026-05-02\n"),
    )?;
    let (_, out, _) = night.run(&["reconcile", "revenues", &one, &two]).await?;
    let expected = "\nnot equal: 1 in the files before with other values\n";
    assert!(out.contains(expected), "{out}");
    assert!(
        out.contains(&format!(
            "{two}:2  order-3      amount  20.000  19.990  {one}:4"
        )),
        "{out}"
    );
    Ok(())
}

/// `push --corrections adjust` does not adjust what the files contradict.
#[tokio::test(flavor = "multi_thread")]
async fn different_amounts_in_the_files_are_not_repaired_by_adjustments() -> TestResult {
    let night = Night::begin("reconcile-contradict-amount").await?;
    night.push(TWO_MONTHS).await?;
    let both = "order-3,sale,21,USD,2026-05-02\norder-3,sale,22,USD,2026-05-02\n";
    let new = "order-9,sale,1,USD,2026-05-02\norder-9,sale,2,USD,2026-05-02\n";
    let repair = night.directory.join("repair.ndjson").display().to_string();
    let days = [
        "--from",
        "2026-05-02",
        "--to",
        "2026-05-02",
        "--repair",
        &repair,
    ];
    let (code, report) = night.reconcile(&format!("{both}{new}"), &days).await?;
    assert_eq!(code, 1);
    assert_found(
        &report,
        [&["order-9"], &[], &["order-3"], &["order-3", "order-9"]],
    );
    assert_eq!(report["commands"], json!([]));
    assert_eq!(std::fs::read_to_string(&repair)?, "");
    let note = report["notes"][0].as_str().unwrap_or_default();
    assert!(note.contains("correct the files"), "{note}");
    Ok(())
}
