//! `export` through the program: what is written can be pushed again.

use std::fs;

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::allocora::allocora;
use crate::night::Night;
use crate::product::{AnyError, Fault, TestResult};

/// Records with everything that could be lost on the way through a cell, of each kind.
fn records() -> [(&'static str, Vec<Value>); 4] {
    [
        (
            "payees",
            vec![
                json!({"external_id": "p-1", "name": "Größe, \"Söhne\" & 株式会社", "type": "company",
                       "on_hold": true, "hold_reason": "asked\nfor; it", "hold_until": "2026-12-31",
                       "payout_threshold": "50.5", "payout_currency": "EUR", "fallback_percentage": "33.3333",
                       "contact_email": "a@example.com", "metadata": {"a.b": "1;2", "level": 2.50, "on": true}}),
                json!({"external_id": " =1+1 ", "name": "Plain"}),
            ],
        ),
        (
            "products",
            vec![
                json!({"external_id": "sku-1", "name": "Pro", "category": "saas_subscription", "tags": ["a", "b c"]}),
                json!({"external_id": "sku-2", "name": "Odd", "tags": ["a;b", "[c"], "status": "archived"}),
                json!({"external_id": "sku-3", "name": "None", "tags": []}),
            ],
        ),
        (
            "rules",
            vec![
                json!({"external_id": "flat", "name": "Flat", "priority": 7, "effective_from": "2026-01-01",
                       "allocations": [{"payee_external_id": "p-1", "percentage": "12.5"}],
                       "match": {"currencies": ["EUR"], "metadata": {"level": 2}}}),
                json!({"external_id": "tiered", "name": "Tiered", "allocation_type": "tiered", "accumulation": "year",
                       "allocations": [{"payee_external_id": "p-1", "tiers": [
                           {"up_to": "100.5", "percentage": 4}, {"up_to": null, "percentage": 6}]}]}),
            ],
        ),
        (
            "revenues",
            vec![
                json!({"external_id": "o-1", "type": "sale", "amount": "0.001", "currency": "EUR",
                       "occurred_at": "2026-05-31T10:00:00.250001Z", "external_product_identifier": "sku-1",
                       "metadata": {"x": 1.50, "y": false, "z": " "}}),
                json!({"external_id": "r-1", "type": "refund", "amount": "-5", "currency": "JPY",
                       "occurred_at": "2026-06-01", "original_external_id": "o-1"}),
            ],
        ),
    ]
}

async fn fill(night: &Night) -> TestResult {
    for (kind, records) in records() {
        let lines = records.iter().map(|record| format!("{record}\n"));
        let lines: String = lines.collect();
        let file = night.write("fill.ndjson", &lines)?;
        let (code, out, error) = night.run(&["push", kind, &file]).await?;
        assert_eq!(code, 0, "{kind}: {out}{error}");
    }
    Ok(())
}

/// Exports a kind to a file, and pushes the file. Returns the counts of the push.
async fn pushed_again(night: &Night, kind: &str, file: &str) -> Result<Value, AnyError> {
    let file = night.directory.join(file);
    let file = file.to_str().ok_or("it is UTF-8")?;
    let (code, out, error) = night.run(&["export", kind, "--out", file]).await?;
    assert_eq!((code, out.as_str()), (0, ""), "{error}");
    let (code, out, error) = night.run(&["push", kind, file, "--output", "json"]).await?;
    assert_eq!(
        code,
        0,
        "{kind}: {out}{error}\n{}",
        fs::read_to_string(file)?
    );
    let summary: Value = serde_json::from_str(&out)?;
    Ok(summary["total"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_exported_changes_nothing_when_it_is_pushed() -> TestResult {
    let night = Night::begin("export-again").await?;
    fill(&night).await?;
    for (kind, records) in records() {
        let before = night.product.stored(kind).await?;
        for format in ["csv", "ndjson"] {
            let counts = pushed_again(&night, kind, &format!("{kind}.{format}")).await?;
            let unchanged = match kind {
                "revenues" => "skipped_duplicate",
                _ => "unchanged",
            };
            assert_eq!(counts["rows"], records.len(), "{kind} {format}");
            assert_eq!(
                counts[unchanged],
                records.len(),
                "{kind} {format}: {counts}"
            );
            assert_eq!(counts["conflicts"], 0, "{kind} {format}: {counts}");
        }
        assert_eq!(night.product.stored(kind).await?, before, "{kind}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_workspace_gets_the_same_records() -> TestResult {
    let night = Night::begin("export-from").await?;
    fill(&night).await?;
    // An id of a payee is one of its workspace, and so is the source of a revenue.
    for kind in ["payees", "products"] {
        let expected = said(night.product.stored(kind).await?);
        for format in ["csv", "ndjson"] {
            let other = Night::begin("export-to").await?;
            let file = night.directory.join(format!("{kind}.{format}"));
            let file = file.to_str().ok_or("it is UTF-8")?;
            let (code, _, error) = night.run(&["export", kind, "--out", file]).await?;
            assert_eq!(code, 0, "{error}");
            let (code, out, error) = other.run(&["push", kind, file]).await?;
            assert_eq!(code, 0, "{kind} {format}: {out}{error}");
            assert_eq!(
                said(other.product.stored(kind).await?),
                expected,
                "{kind} {format}"
            );
        }
    }
    Ok(())
}

/// What the caller said of records.
fn said(stored: std::collections::BTreeMap<String, Value>) -> Vec<Value> {
    let records = stored.into_values().map(|mut record| {
        if let Some(record) = record.as_object_mut() {
            for made in ["id", "version", "created_at", "updated_at", "archived_at"] {
                record.remove(made);
            }
        }
        record
    });
    records.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_versions_and_formats_are_those_that_were_asked_for() -> TestResult {
    let night = Night::begin("export-filters").await?;
    fill(&night).await?;
    let (code, out, error) = night
        .run(&[
            "export",
            "revenues",
            "--type",
            "refund",
            "--from",
            "2026-06-01",
        ])
        .await?;
    assert_eq!((code, error.as_str()), (0, "1 revenues\n"));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[0],
        "id,external_id,revenue_source_id,external_product_identifier,type,amount,currency,occurred_at,\
         original_external_id,metadata,created_at"
    );
    assert_eq!(lines.len(), 2);
    assert!(
        lines[1].contains(",refund,-5.000,JPY,2026-06-01T00:00:00+00:00,o-1,{},"),
        "{out}"
    );
    let (_, out, _) = night
        .run(&[
            "export", "payees", "--search", "PLAIN", "--format", "ndjson",
        ])
        .await?;
    let payee: Value = serde_json::from_str(&out)?;
    assert_eq!(
        (&payee["external_id"], &payee["version"]),
        (&" =1+1 ".into(), &Value::Null)
    );
    let (_, out, _) = night
        .run(&[
            "export",
            "rules",
            "--payee",
            "p-1",
            "--with-version",
            "--quiet",
        ])
        .await?;
    let header = out.lines().next().unwrap_or_default();
    assert!(
        header.ends_with(",metadata,version,created_at,updated_at"),
        "{header}"
    );
    for (arguments, expected) in [
        (
            ["payees", "--currency", "EUR"],
            "--currency is a filter of revenues, not of payees",
        ),
        (["revenues", "--from", "May"], "date_from"),
    ] {
        let all = [&["export"][..], &arguments].concat();
        let (code, out, error) = night.run(&all).await?;
        assert_eq!((code, out.lines().count() < 2), (2, true), "{error}");
        assert!(error.contains(expected), "{error}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_written_once_and_half_a_file_has_no_name() -> TestResult {
    let night = Night::begin("export-pages").await?;
    let rows = (0..450).map(|row| format!("order-{row},sale,1,EUR,2026-05-31\n"));
    night.push(&rows.collect::<String>()).await?;
    night.product.fail_reads(|number| match number % 3 {
        0 => Fault::LoseAnswer,
        1 => Fault::rate_limit(),
        _ => Fault::None,
    });
    let file = night.directory.join("all.csv");
    let path = file.to_str().ok_or("it is UTF-8")?;
    let json = ["--output", "json"];
    let export = ["export", "revenues", "--out", path];
    let (code, out, error) = night.run(&[&export[..], &json].concat()).await?;
    assert!(code == 0 && error.ends_with("\n450 revenues\n"), "{error}");
    let document: Value = serde_json::from_str(&out)?;
    let expected = json!({"exit_code": 0, "file": path, "records": 450, "without_external_id": 0});
    assert_eq!(document, expected);
    let text = fs::read_to_string(&file)?;
    let ids: std::collections::BTreeSet<&str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .collect();
    assert_eq!((ids.len(), text.lines().count()), (450, 451));

    night.product.fail_reads(|_| Fault::None);
    for format in ["csv", "ndjson"] {
        let (reader, out) = std::io::pipe()?;
        drop(reader);
        let export = ["export", "revenues", "--format", format];
        let mut command = allocora(&night.product, &night.directory, &export);
        command.stdout(out).stderr(std::process::Stdio::piped());
        let output = spawn_blocking(move || command.spawn()?.wait_with_output()).await??;
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*error), (Some(0), ""), "{format}");
    }

    fs::remove_file(&file)?;
    night.product.fail_reads(|number| match number {
        0 | 1 => Fault::None,
        _ => Fault::Answer(
            403,
            None,
            "application/problem+json",
            json!({
            "status": 403, "code": "permission_denied", "detail": "The key was revoked."}),
        ),
    });
    let (code, _, error) = night.run(&export).await?;
    assert_eq!(code, 2, "the key stays revoked: {error}");
    assert!(error.contains("The key was revoked."), "{error}");
    assert!(!file.exists(), "half of a list is not taken for the whole");
    Ok(())
}
