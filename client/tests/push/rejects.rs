//! Rows that are not accepted, and revenues that are stored with other values.

use std::fs;

use client::exit::Exit;
use client::kind::RecordKind;
use serde_json::Value;

use crate::night::{HEADER, Night};
use crate::product::{Product, TestResult};
use crate::running::{Sending, directory};

/// The second row breaks a rule that this side knows, the third one that only the API knows.
#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_are_corrected_in_their_file_and_sent() -> TestResult {
    let header = "external_id;name;category\r\n";
    let rows = [
        "a;\"Good; very\";\r\n;;\r\n",
        "b;Other;no_such_category\r\n",
        "c;Good;\r\n",
    ];
    let product = Product::start().await?;
    let directory = directory("rejects")?;
    let file = directory.join("products.csv");
    fs::write(&file, format!("{header}{}", rows.concat()))?;
    let sending = Sending::of(RecordKind::Products);
    let report = sending.send(&product, &file).await?;
    assert_eq!(report.counts.exit(), Exit::Rejected, "{:?}", report.counts);
    assert_eq!(
        (report.counts.created, report.counts.rejected),
        (2, 2),
        "{:?}",
        report.counts
    );
    let path = report.rejects.ok_or("there are some")?;
    assert_eq!(path, directory.join("products.csv.rejects.csv"));
    let rejected = fs::read_to_string(&path)?;
    assert!(rejected.contains("no_such_category"), "{rejected}");

    let corrected = rejected.replace("no_such_category", "saas_subscription");
    fs::write(&path, corrected)?;
    let again = sending.send(&product, &path).await?;
    assert_eq!(again.counts.created, 1, "{:?}\n{rejected}", again.counts);
    assert_eq!(
        product.stored("products").await?["b"]["category"],
        "saas_subscription"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_json_is_corrected_in_its_file_and_sent() -> TestResult {
    let product = Product::start().await?;
    let file = directory("rejects-json")?.join("payees.ndjson");
    let good = r#"{"external_id": "a", "name": "Ada"}"#;
    let bad = r#"{"external_id": "b", "nmae": "Grace", "metadata": {"note": "a \"b\", c"}}"#;
    fs::write(&file, format!("{good}\n{bad}\n"))?;
    let sending = Sending::of(RecordKind::Payees);
    let report = sending.send(&product, &file).await?;
    let path = report.rejects.ok_or("there is one")?;
    let rejected = fs::read_to_string(&path)?;
    assert!(rejected.contains("unknown_field"), "{rejected}");
    fs::write(&path, rejected.replace("\"\"nmae\"\"", "\"\"name\"\""))?;
    let again = sending.send(&product, &path).await?;
    assert_eq!(again.counts.created, 1, "{:?}\n{rejected}", again.counts);
    assert_eq!(
        product.stored("payees").await?["b"]["metadata"]["note"],
        "a \"b\", c"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_results_of_an_earlier_run_are_set_aside() -> TestResult {
    let product = Product::start().await?;
    let directory = directory("aside")?;
    let file = directory.join("payees.csv");
    let sending = Sending::of(RecordKind::Payees);
    fs::write(&file, "external_id,name,type\na,Ada,robot\n")?;
    let report = sending.send(&product, &file).await?;
    let path = report.rejects.ok_or("there is one")?;
    let rejected = fs::read_to_string(&path)?;
    fs::write(&file, "external_id,name,type\na,Ada,company\n")?;
    let report = sending.send(&product, &file).await?;
    assert_eq!((report.counts.exit(), report.rejects), (Exit::Done, None));
    let left: Vec<String> = fs::read_dir(&directory)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<std::io::Result<_>>()?;
    let mut left = left;
    left.sort();
    assert_eq!(left, ["payees.csv", "payees.csv.rejects.csv.previous"]);
    let previous = directory.join("payees.csv.rejects.csv.previous");
    assert_eq!(fs::read_to_string(previous)?, rejected);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_listed_field_by_field() -> TestResult {
    let product = Product::start().await?;
    let file = directory("conflicts")?.join("may.csv");
    let header = "external_id,type,amount,currency,occurred_at";
    let stored = "order-1,sale,249,EUR,2026-05-31\norder-2,sale,1,EUR,2026-05-31";
    fs::write(&file, format!("{header}\n{stored}\n"))?;
    let sending = Sending::default();
    sending.send(&product, &file).await?;
    let other = "order-2,sale,1.000,eur,2026-05-31\norder-1,sale,294,USD,2026-05-31";
    fs::write(&file, format!("{header}\n{other}\n"))?;
    let report = sending.send(&product, &file).await?;
    assert_eq!(report.counts.exit(), Exit::Rejected);
    assert_eq!(
        (report.counts.conflicts, report.counts.skipped_duplicate),
        (1, 1)
    );
    let conflicts = fs::read_to_string(report.conflicts.ok_or("there is one")?)?;
    assert_eq!(
        conflicts,
        "line,external_id,field,stored,submitted,note\n\
         3,order-1,amount,249.000,294.000,\n\
         3,order-1,currency,EUR,USD,\n"
    );
    assert_eq!(report.first_conflicts.len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_reasons_are_in_the_summary() -> TestResult {
    let night = Night::begin("reasons").await?;
    let rows = (1..=6).map(|row| format!("order-{row},sale,x{row},EUR,2026-05-31\n"));
    let file = night.write("may.csv", &format!("{HEADER}{}", rows.collect::<String>()))?;
    let push = ["push", "revenues", &file, "--quiet"];
    let (code, out, error) = night.run(&push).await?;
    assert_eq!((code, error.as_str()), (1, ""));
    let reasons: Vec<&str> = out
        .lines()
        .filter(|line| line.starts_with("    "))
        .collect();
    assert_eq!(reasons.len(), 6, "{out}");
    let expected = "    line 2: #/amount (column \"amount\") invalid_format: ";
    assert!(
        reasons[0].starts_with(expected) && reasons[0].contains("\"x1\""),
        "{out}"
    );
    assert_eq!(reasons[5], "    ...");

    let (_, out, _) = night
        .run(&[&push[..], &["--output", "json"]].concat())
        .await?;
    let summary: Value = serde_json::from_str(&out)?;
    let rejected = &summary["files"][0]["first_rejected"];
    assert_eq!(rejected.as_array().map(Vec::len), Some(5), "{summary:#}");
    assert_eq!(rejected[4]["line"], 6);
    assert_eq!(rejected[4]["problems"][0]["field"], "#/amount");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_in_more_than_the_amount_says_that_it_is_not_corrected() -> TestResult {
    let night = Night::begin("not-corrected").await?;
    night.push("order-1,sale,249,EUR,2026-05-31\n").await?;
    let row = "order-1,sale,294,EUR,2026-05-31,gold\n";
    let header = HEADER.replace('\n', ",metadata.plan\n");
    let file = night.write("may.csv", &format!("{header}{row}"))?;
    let push = ["push", "revenues", &file];
    let note = "not corrected: an adjustment is sent only where nothing but the amount differs";
    let (code, out, _) = night
        .run(&[&push[..], &["--corrections", "adjust"]].concat())
        .await?;
    assert!(code == 1 && out.contains(note), "{out}");
    let (code, out, _) = night.run(&push).await?;
    assert!(code == 1 && !out.contains(note), "{out}");
    Ok(())
}
