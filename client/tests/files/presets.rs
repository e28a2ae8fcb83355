//! The presets, each with its sample.

use client::check::{Options, Records};
use client::kind::RecordKind;
use client::mapping::{Mapping, PRESETS};
use client::rows::Row;
use serde_json::{Value, json};
use std::path::Path;

use super::support::{open, record, sentences};

/// The rows of a sample with its preset, and how many were left out.
fn sample(preset: &str, file: &str) -> (Vec<Row>, u64) {
    let map = Mapping::preset(preset).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(file);
    let options = Options {
        map: Some(&map),
        ..Options::default()
    };
    let mut records = Records::open(RecordKind::Revenues, &path, &options).unwrap();
    let rows = records.by_ref().map(Result::unwrap).collect();
    (rows, records.skipped())
}

fn accepted(rows: &[Row]) -> Vec<Value> {
    rows.iter()
        .filter(|row| row.record.is_ok())
        .map(record)
        .collect()
}

fn rejected(rows: &[Row]) -> Vec<(u64, Vec<String>)> {
    let rejected = rows.iter().filter(|row| row.record.is_err());
    rejected.map(|row| (row.line, sentences(row))).collect()
}

#[test]
fn stripes_balance_becomes_sales_refunds_and_adjustments() {
    let (rows, skipped) = sample("stripe-balance", "stripe-balance.csv");
    assert_eq!(skipped, 2, "the payout and the fee");
    let expected = [
        json!({
            "external_id": "charge:ch_3Rs0001", "type": "sale", "currency": "eur",
            "occurred_at": "2026-05-30T08:15:02+00:00",
            "metadata": {"stripe_balance_transaction": "txn_1Rs0001", "description": "Pro plan, yearly"},
            "amount": "249.00",
        }),
        json!({
            "external_id": "charge:ch_3Rs0002", "type": "sale", "currency": "jpy",
            "occurred_at": "2026-05-30T23:59:59+00:00",
            "metadata": {"stripe_balance_transaction": "txn_1Rs0002", "description": "Course"},
            "amount": "1200",
        }),
        json!({
            "external_id": "refund:re_3Rs0001", "type": "refund", "currency": "eur",
            "occurred_at": "2026-06-01T10:00:00+00:00", "original_external_id": "charge:ch_3Rs0001",
            "metadata": {"stripe_balance_transaction": "txn_1Rs0003", "description": "Refund of Pro plan"},
            "amount": "-99.90",
        }),
        json!({
            "external_id": "dispute:dp_1Rs0001", "type": "refund", "currency": "eur",
            "occurred_at": "2026-06-02T06:30:00+00:00", "original_external_id": "charge:ch_3Rs0001",
            "metadata": {"stripe_balance_transaction": "txn_1Rs0004", "description": "Chargeback"},
            "amount": "-149.10",
        }),
        json!({
            "external_id": "dispute_reversal:dp_1Rs0001", "type": "adjustment", "currency": "eur",
            "occurred_at": "2026-06-20T06:30:00+00:00", "original_external_id": "charge:ch_3Rs0001",
            "metadata": {"stripe_balance_transaction": "txn_1Rs0005"},
            "amount": "149.10",
        }),
    ];
    assert_eq!(accepted(&rows), expected);
    let [(line, problems)] = &rejected(&rows)[..] else {
        panic!("one row is rejected: {rows:#?}");
    };
    assert_eq!(*line, 9);
    assert!(problems[0].starts_with("#/type reporting_category invalid_value: must be one of"));
    assert!(problems[0].ends_with("got \"other_adjustment\""));
}

#[test]
fn shopifys_transactions_become_sales_refunds_and_adjustments() {
    let (rows, skipped) = sample("shopify-payments", "shopify-payments.csv");
    assert_eq!(skipped, 1, "the payout");
    let expected = [
        json!({
            "external_id": "charge:#1001:2026-05-31 23:23:45 -0400", "type": "sale", "currency": "USD",
            "occurred_at": "2026-06-01T03:23:45+00:00", "metadata": {"order": "#1001"}, "amount": "49.99",
        }),
        json!({
            "external_id": "refund:#1001:2026-06-01 16:10:00 -0400", "type": "refund", "currency": "USD",
            "occurred_at": "2026-06-01T20:10:00+00:00", "metadata": {"order": "#1001"}, "amount": "-10.00",
        }),
        json!({
            "external_id": "chargeback:#1001:2026-06-02 09:30:22 -0400", "type": "refund", "currency": "USD",
            "occurred_at": "2026-06-02T13:30:22+00:00", "metadata": {"order": "#1001"}, "amount": "-39.99",
        }),
        json!({
            "external_id": "chargeback won:#1001:2026-06-20 09:30:22 -0400", "type": "adjustment",
            "currency": "USD", "occurred_at": "2026-06-20T13:30:22+00:00", "metadata": {"order": "#1001"},
            "amount": "39.99",
        }),
    ];
    assert_eq!(accepted(&rows), expected);
    let [(7, problems)] = &rejected(&rows)[..] else {
        panic!("the gift is rejected: {rows:#?}");
    };
    assert!(problems[0].ends_with("got \"gift\""), "{problems:?}");
}

#[test]
fn google_plays_earnings_become_sales_and_refunds() {
    let (rows, skipped) = sample("google-play-earnings", "google-play-earnings.csv");
    assert_eq!(skipped, 1, "Google's fee");
    let order = "GPA.3300-0000-0000-00001";
    let expected = [
        json!({
            "external_id": format!("Charge:{order}:May 31, 2026 5:30:00 PM PDT"),
            "external_product_identifier": "coins_100", "type": "sale", "currency": "EUR",
            "occurred_at": "2026-06-01T00:30:00+00:00",
            "metadata": {"country": "GB", "order": order, "title": "Hundred coins (Example)"},
            "amount": "4.67",
        }),
        json!({
            "external_id": format!("Charge refund:{order}:Jun 2, 2026 9:05:07 AM PDT"),
            "external_product_identifier": "coins_100", "type": "refund", "currency": "EUR",
            "occurred_at": "2026-06-02T16:05:07+00:00",
            "metadata": {"country": "GB", "order": order, "title": "Hundred coins (Example)"},
            "amount": "-4.67",
        }),
        json!({
            "external_id": "Charge:GPA.3300-0000-0000-00002:Jan 5, 2026 12:00:00 AM PST",
            "type": "sale", "currency": "EUR", "occurred_at": "2026-01-05T08:00:00+00:00",
            "metadata": {"country": "US", "order": "GPA.3300-0000-0000-00002", "title": "Example game"},
            "amount": "1.79",
        }),
    ];
    assert_eq!(accepted(&rows), expected);
    let [(6, problems)] = &rejected(&rows)[..] else {
        panic!("the time in CET is rejected: {rows:#?}");
    };
    assert_eq!(
        problems[..],
        [
            "#/occurred_at Transaction Date, Transaction Time invalid_format: must end with one of \"PDT\", \"PST\", \
          got \"Jan 6, 2026 1:00:00 AM CET\""
        ]
    );
}

#[test]
fn the_app_stores_financial_report_becomes_sales_and_refunds() {
    let (rows, skipped) = sample("app-store-financial", "app-store-financial.txt");
    assert_eq!(skipped, 1, "the free downloads");
    let id = |rest: &str| format!("05/04/2026:05/10/2026:1500000001:pro_monthly:{rest}");
    let expected = [
        json!({
            "external_id": id("DE:S:IAY:4.20:EUR:5.99:EUR::"), "external_product_identifier": "pro_monthly",
            "type": "sale", "currency": "EUR", "occurred_at": "2026-05-04",
            "metadata": {"apple_identifier": "1500000001", "country": "DE", "title": "Pro", "units": "3"},
            "amount": "12.60",
        }),
        json!({
            "external_id": id("DE:R:IAY:4.20:EUR:5.99:EUR::"), "external_product_identifier": "pro_monthly",
            "type": "refund", "currency": "EUR", "occurred_at": "2026-05-04",
            "metadata": {"apple_identifier": "1500000001", "country": "DE", "title": "Pro", "units": "-1"},
            "amount": "-4.20",
        }),
        json!({
            "external_id":
                "05/05/2026:05/10/2026:1500000001:pro_monthly:JP:R:IAY:420.00:JPY:600:JPY::Pre-order",
            "external_product_identifier": "pro_monthly",
            "type": "refund", "currency": "JPY", "occurred_at": "2026-05-05",
            "metadata": {"apple_identifier": "1500000001", "country": "JP", "title": "Pro", "units": "1"},
            "amount": "-420.00",
        }),
    ];
    assert_eq!(accepted(&rows), expected);
    assert_eq!(rejected(&rows), []);
    assert_eq!(rows[0].line, 5, "lines before the header count");
}

#[test]
fn every_preset_names_its_source_and_what_it_leaves_out() {
    for preset in &PRESETS {
        let Err(error) = Mapping::preset(&preset.name[1..]) else {
            panic!("{} is exact", preset.name);
        };
        assert!(error.to_string().contains(preset.name), "{error}");
        for part in ["https://", "Assumptions:", "left out"] {
            assert!(preset.text.contains(part), "{}: {part}", preset.name);
        }
    }
}

/// Rows of a sample in which one kind of row is another one: how many are left out and rejected.
fn with_kind(preset: &str, file: &str, kind: &str, other: &str) -> (u64, usize) {
    let map = Mapping::preset(preset).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace(&format!(",{kind},"), &format!(",{other},"));
    let options = Options {
        map: Some(&map),
        ..Options::default()
    };
    let mut records = open(RecordKind::Revenues, file, text, &options).unwrap();
    let rows: Vec<Row> = records.by_ref().map(Result::unwrap).collect();
    (records.skipped(), rejected(&rows).len())
}

#[test]
fn a_kind_of_row_is_left_out_only_if_it_is_known() {
    let stripe = |other| with_kind("stripe-balance", "stripe-balance.csv", "fee", other);
    for known in [
        "fee",
        "issuing_disbursement",
        "payment_network_reserve_hold",
        "payment_network_reserve_release",
    ] {
        assert_eq!(stripe(known), (2, 1), "{known}");
    }
    for unknown in ["unreconciled_customer_funds", "other_adjustment", "new"] {
        assert_eq!(stripe(unknown), (1, 2), "{unknown}");
    }
    let file = "google-play-earnings.csv";
    let google = |other| with_kind("google-play-earnings", file, "Google fee", other);
    assert_eq!(google("Tax refund"), (1, 1));
    assert_eq!(google("Adjustment"), (0, 2));
    let shopify = |other| with_kind("shopify-payments", "shopify-payments.csv", "payout", other);
    assert_eq!(shopify("marketplace fee credit"), (1, 1));
    assert_eq!(shopify("dispute"), (0, 2));
}
