//! `reconcile` through the program: the differences that it finds, and how they are repaired.

use std::fs;

use serde_json::json;

use crate::night::{HEADER, Night, TWO_MONTHS, assert_found, found};
use crate::product::{Fault, TestResult};

#[tokio::test(flavor = "multi_thread")]
async fn equal_books_take_two_requests_and_exit_with_0() -> TestResult {
    let night = Night::begin("reconcile-equal").await?;
    night.push(TWO_MONTHS).await?;
    night.product.fail_reads(|_| Fault::None);
    let (code, report) = night.reconcile(TWO_MONTHS, &[]).await?;
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(
        night.product.reads(),
        2,
        "the sources, and the digests of the months"
    );
    assert_eq!(report["rows"], 5);
    assert_eq!(
        (&report["from"], &report["to"]),
        (&"2026-04-30".into(), &"2026-05-31".into())
    );
    let file = night.write("books.csv", &format!("{HEADER}{TWO_MONTHS}"))?;
    let (code, out, _) = night.run(&["reconcile", "revenues", &file]).await?;
    let expected = "compared: 5 rows of 2026-04-30 to 2026-05-31 (UTC), source: API\n\
                    equal: the API has the same revenues\n";
    assert_eq!((code, out.as_str()), (0, expected));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_one_side_lacks_is_found_on_either_side() -> TestResult {
    let night = Night::begin("reconcile-missing").await?;
    night
        .push(&TWO_MONTHS.replace("order-3,", "only-api,"))
        .await?;
    let (code, report) = night.reconcile(TWO_MONTHS, &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&["order-3"], &["only-api"], &[], &[]]);
    assert_eq!(report["only_in_files"][0]["line"], 4);
    let days = report["days"].as_array().ok_or("a list")?;
    assert_eq!(days.len(), 1, "{days:?}");
    assert_eq!(
        (&days[0]["day"], &days[0]["currency"]),
        (&"2026-05-02".into(), &"USD".into())
    );
    let books = night.directory.join("books.csv");
    let command = format!("allocora push revenues {}", books.display());
    assert_eq!(report["commands"], json!([command]));

    let repair = night.directory.join("repair.ndjson");
    let repair = repair.to_str().ok_or("UTF-8")?;
    night.reconcile(TWO_MONTHS, &["--repair", repair]).await?;
    assert_eq!(fs::read_to_string(repair)?.lines().count(), 1);
    let (code, out, error) = night.run(&["push", "revenues", repair]).await?;
    assert_eq!(code, 0, "{out}{error}");
    let (_, report) = night.reconcile(TWO_MONTHS, &[]).await?;
    assert_found(&report, [&[], &["only-api"], &[], &[]]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_amount_is_repaired_by_an_adjustment_and_then_equal() -> TestResult {
    let night = Night::begin("reconcile-amount").await?;
    night.push(TWO_MONTHS).await?;
    let books = TWO_MONTHS.replace("order-2,sale,249.5", "order-2,sale,294.5");
    let repair = night.directory.join("repair.ndjson");
    let repair = repair.to_str().ok_or("UTF-8")?;
    let (code, report) = night.reconcile(&books, &["--repair", repair]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&[], &[], &["order-2"], &[]]);
    let expected = json!([{"field": "amount", "file": "294.500", "api": "249.500"}]);
    assert_eq!(report["different"][0]["fields"], expected);
    let command = report["commands"][0].as_str().unwrap_or_default();
    assert!(
        command.ends_with(&format!("push revenues {repair} --corrections adjust")),
        "{command}"
    );

    let adjust = ["push", "revenues", repair, "--corrections", "adjust"];
    let (code, out, error) = night.run(&adjust).await?;
    assert_eq!(code, 0, "{out}{error}");
    let (code, report) = night.reconcile(&books, &[]).await?;
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["corrected"], 1);
    // The adjustment corrects no other amount, but is a part of what is stored.
    let books = books.replace("294.5", "295.5");
    let (code, report) = night.reconcile(&books, &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&[], &[], &["order-2"], &[]]);
    assert_eq!(report["different"][0]["adjusted_by"], "45.000");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revenue_on_another_day_is_one_difference_also_beyond_the_files() -> TestResult {
    let night = Night::begin("reconcile-moved").await?;
    night.push(TWO_MONTHS).await?;
    for (time, moved) in [
        ("2026-05-31T10:00:00Z", "2026-05-29T10:00:00Z"),
        ("2026-05-31T10:00:00Z", "2026-04-30T10:00:00Z"),
        // Outside the range: the API has it a day later, or earlier, than the last or first row.
        ("2026-05-31T10:00:00Z", "2026-05-03T10:00:00Z"),
        ("2026-04-30T23:59:59.999999Z", "2026-05-01T00:00:00Z"),
    ] {
        let books = TWO_MONTHS.replace(time, moved);
        let (code, report) = night.reconcile(&books, &[]).await?;
        assert_eq!(code, 1, "{moved}");
        let [only_file, only_api, different, twice] = found(&report);
        assert!(
            only_file.is_empty() && only_api.is_empty() && twice.is_empty(),
            "{moved} {report:#}"
        );
        let is_first = time.starts_with("2026-04");
        let expected = if is_first {
            &["order-1"][..]
        } else {
            &["refund-1", "adjustment-1"]
        };
        assert_eq!(different, expected, "{moved}");
        let fields = report["different"][0]["fields"]
            .as_array()
            .ok_or("a list")?;
        assert_eq!(fields.len(), 1, "{fields:?}");
        assert_eq!(fields[0]["field"], "occurred_at");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_and_a_currency_that_differ_are_one_difference() -> TestResult {
    let night = Night::begin("reconcile-group").await?;
    night.push(TWO_MONTHS).await?;
    let books = TWO_MONTHS
        .replace(
            "adjustment-1,adjustment,-1,JPY",
            "adjustment-1,refund,-1,KRW",
        )
        .replace("order-1,sale,249,EUR", "order-1,sale,249,CHF");
    let (code, report) = night.reconcile(&books, &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&[], &[], &["order-1", "adjustment-1"], &[]]);
    let fields = report["different"][1]["fields"]
        .as_array()
        .ok_or("a list")?;
    let fields: Vec<&str> = fields
        .iter()
        .filter_map(|one| one["field"].as_str())
        .collect();
    assert_eq!(fields, ["type", "currency"]);
    assert_eq!(report["commands"], json!([]), "no command can repair it");
    Ok(())
}
