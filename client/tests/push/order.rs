//! Which records are sent together, and in which order.

use std::collections::HashSet;
use std::fmt::Write;
use std::fs;

use client::kind::RecordKind;
use client::push::{BATCH_RECORDS_MAX, BODY_BYTES_MAX};
use serde_json::{Value, json};

use crate::product::{Fault, Product, TestResult};
use crate::running::{Sending, directory};

#[tokio::test(flavor = "multi_thread")]
async fn the_last_row_of_an_external_id_wins_in_spite_of_faults() -> TestResult {
    let product = Product::start().await?;
    let file = directory("order")?.join("payees.ndjson");
    let mut text = String::new();
    for row in 0..1_000 {
        let payee =
            json!({"external_id": format!("p-{}", row % 130), "name": format!("name {row}")});
        writeln!(text, "{payee}")?;
    }
    fs::write(&file, text)?;
    product.fail(|number| match number % 5 {
        0 => Fault::Disconnect,
        1 => Fault::LoseFirstRecord,
        3 => Fault::LoseAnswer,
        _ => Fault::None,
    });
    let report = Sending::of(RecordKind::Payees)
        .send(&product, &file)
        .await?;
    assert!(report.ended.is_none(), "{:?}", report.ended);
    assert_eq!(
        report.counts.unfinished + report.counts.rejected,
        0,
        "{:?}",
        report.counts
    );
    let stored = product.stored("payees").await?;
    assert_eq!(stored.len(), 130);
    for row in 870..1_000 {
        let name = &stored[&format!("p-{}", row % 130)]["name"];
        assert_eq!(name, format!("name {row}").as_str());
    }
    Ok(())
}

/// The first one is unknown and sent again, so the later ones are, too: otherwise the first would
/// have the last word.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_repeated_does_not_overtake_a_later_one() -> TestResult {
    let product = Product::start().await?;
    let file = directory("overtaking")?.join("payees.csv");
    fs::write(
        &file,
        "external_id,name\np-1,first\np-2,other\np-1,second\n",
    )?;
    product.fail(|number| match number {
        0 => Fault::LoseFirstRecord,
        _ => Fault::None,
    });
    let report = Sending::of(RecordKind::Payees)
        .send(&product, &file)
        .await?;
    assert_eq!(report.counts.rows, 3);
    assert_eq!(product.stored("payees").await?["p-1"]["name"], "second");
    let bodies = product.bodies();
    let sent: Value = serde_json::from_slice(&bodies[1])?;
    let names: Vec<&Value> = sent["records"]
        .as_array()
        .ok_or("a batch")?
        .iter()
        .collect();
    let names: Vec<&Value> = names.into_iter().map(|record| &record["name"]).collect();
    assert_eq!(names, ["first", "second"], "only these");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_keep_to_the_limits_of_the_document() -> TestResult {
    let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json"))?;
    let limits = document.to_string();
    assert!(limits.contains(&format!(r#""maxItems":{BATCH_RECORDS_MAX}"#)));
    let errors = include_str!("../../../docs/errors.md");
    assert!(errors.contains("1 MiB (1,048,576 bytes)"));
    assert_eq!(BODY_BYTES_MAX, 1_048_576);

    let product = Product::start().await?;
    let directory = directory("limits")?;
    let (payees, rules) = (directory.join("payees.csv"), directory.join("rules.ndjson"));
    fs::write(&payees, "external_id,name\np-1,Ada\n")?;
    Sending::of(RecordKind::Payees)
        .send(&product, &payees)
        .await?;
    let mut text = String::new();
    for rule in 0..120 {
        // A third of them is so large that 100 of these do not fit into 1 MiB.
        let products = if rule < 60 { 90 } else { 0 };
        let products: Vec<String> = (0..products).map(|n| format!("{n:0>250}")).collect();
        let rule = json!({
            "external_id": format!("rule-{rule}"), "name": "Rule",
            "allocations": [{"payee_external_id": "p-1", "percentage": 1}],
            "match": {"product_external_ids": products},
        });
        writeln!(text, "{rule}")?;
    }
    fs::write(&rules, text)?;
    product.fail(|_| Fault::None);
    let report = Sending::of(RecordKind::Rules)
        .send(&product, &rules)
        .await?;
    assert_eq!(report.counts.created, 120, "{:?}", report.counts);
    let bodies = product.bodies();
    assert!(bodies.iter().all(|body| body.len() <= BODY_BYTES_MAX));
    let mut ids = HashSet::new();
    for body in &bodies {
        let sent: Value = serde_json::from_slice(body)?;
        let records = sent["records"].as_array().ok_or("a batch")?;
        assert!(records.len() <= BATCH_RECORDS_MAX);
        ids.extend(
            records
                .iter()
                .map(|record| record["external_id"].to_string()),
        );
    }
    assert_eq!(
        (ids.len(), bodies.len()),
        (120, 2),
        "as few requests as the limits allow"
    );
    Ok(())
}
