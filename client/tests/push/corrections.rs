//! Adjustments of revenues that are stored with another amount.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use client::exit::Exit;
use client::push::FileReport;
use serde_json::Value;

use crate::product::{AnyError, Fault, Product, TestResult};
use crate::running::{Sending, directory};

/// A night with a file that has one sale of this amount and a refund of it.
async fn night(
    product: &Product,
    file: &Path,
    sale: &str,
    refund: &str,
) -> Result<FileReport, AnyError> {
    let header = "external_id,type,amount,currency,occurred_at,original_external_id,external_product_identifier";
    let sale = format!("order-1,sale,{sale},EUR,2026-05-31T10:00:00Z,,sku_pro");
    let refund = format!("refund-1,refund,{refund},EUR,2026-06-02,order-1,sku_pro");
    fs::write(file, format!("{header}\n{sale}\n{refund}\n"))?;
    let sending = Sending {
        is_corrected: true,
        ..Sending::default()
    };
    let report = sending.send(product, file).await?;
    assert!(report.ended.is_none(), "{:?}", report.ended);
    Ok(report)
}

/// The amounts of all adjustments, by external id.
fn amounts(stored: &BTreeMap<String, Value>) -> Vec<(&str, &str)> {
    let adjustments = stored.iter().filter(|(_, one)| one["type"] == "adjustment");
    adjustments
        .map(|(id, one)| (id.as_str(), one["amount"].as_str().unwrap_or_default()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_sent_once_and_the_next_night_is_quiet() -> TestResult {
    let product = Product::start().await?;
    let file = directory("corrections")?.join("may.csv");
    night(&product, &file, "249", "-10").await?;

    let report = night(&product, &file, "294", "-15.5").await?;
    assert_eq!(report.counts.corrected, 2, "{:?}", report.counts);
    assert_eq!(report.counts.exit(), Exit::Done);
    let stored = product.stored("revenues").await?;
    let expected = [
        ("order-1:adjusted-to:294.000", "45.000"),
        ("refund-1:adjusted-to:-15.500", "-5.500"),
    ];
    assert_eq!(amounts(&stored), expected);
    let adjustment = &stored[expected[0].0];
    assert_eq!(adjustment["original_external_id"], "order-1");
    assert_eq!(adjustment["external_product_identifier"], "sku_pro");
    assert_eq!(adjustment["occurred_at"], "2026-05-31T10:00:00+00:00");
    assert_eq!(stored[expected[1].0]["original_external_id"], "order-1");

    for _ in 0..2 {
        let report = night(&product, &file, "294", "-15.5").await?;
        assert_eq!(report.counts.already_corrected, 2, "{:?}", report.counts);
        assert_eq!((report.counts.exit(), report.conflicts), (Exit::Done, None));
    }
    assert_eq!(amounts(&product.stored("revenues").await?), expected);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn further_corrections_count_the_earlier_ones() -> TestResult {
    let product = Product::start().await?;
    let file = directory("further")?.join("may.csv");
    for sale in ["249", "294", "300", "294", "300", "249"] {
        night(&product, &file, sale, "-10").await?;
        let again = night(&product, &file, sale, "-10").await?;
        assert_eq!(again.counts.corrected, 0, "{sale}: {:?}", again.counts);
        let stored = product.stored("revenues").await?;
        let adjustments: f64 = amounts(&stored)
            .iter()
            .map(|(_, amount)| amount.parse::<f64>())
            .sum::<Result<f64, _>>()?;
        // Whole euros, so that floats are exact.
        assert_eq!(
            249.0 + adjustments,
            sale.parse::<f64>()?,
            "{sale}: {stored:#?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_does_not_double_a_correction() -> TestResult {
    let product = Product::start().await?;
    let file = directory("lost-correction")?.join("may.csv");
    night(&product, &file, "249", "-10").await?;
    // The first request has both rows, the second one the adjustment.
    product.fail(|number| match number {
        1 => Fault::LoseAnswer,
        _ => Fault::None,
    });
    let report = night(&product, &file, "294", "-10").await?;
    assert_eq!(report.counts.exit(), Exit::Done);
    let stored = product.stored("revenues").await?;
    assert_eq!(
        amounts(&stored),
        [("order-1:adjusted-to:294.000", "45.000")]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_differences_stay_conflicts() -> TestResult {
    let product = Product::start().await?;
    let file = directory("other-differences")?.join("may.csv");
    let header = "external_id,type,amount,currency,occurred_at";
    let sending = Sending {
        is_corrected: true,
        ..Sending::default()
    };
    for (row, conflicts) in [("10,EUR", 0), ("12,USD", 1), ("10,USD", 1)] {
        fs::write(&file, format!("{header}\norder-1,sale,{row},2026-05-31\n"))?;
        let report = sending.send(&product, &file).await?;
        assert_eq!(report.counts.conflicts, conflicts, "{row}");
    }
    assert_eq!(product.stored("revenues").await?.len(), 1);
    Ok(())
}
