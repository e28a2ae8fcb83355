//! `payouts` through the program: the answers of the API as tables.

use serde_json::Value;

use crate::night::Night;
use crate::product::{AnyError, TestResult};

const PERIOD: [&str; 4] = ["--from", "2026-05-01", "--to", "2026-05-31"];

/// A payee with a flat share of Pro and a tiered one of consulting, sales and a refund.
async fn workspace(name: &str) -> Result<Night, AnyError> {
    let night = Night::begin(name).await?;
    for (kind, lines) in [
        (
            "payees",
            r#"{"external_id": "crm-山田", "name": "Ada", "payout_threshold": 50, "payout_currency": "EUR"}"#,
        ),
        ("products", r#"{"external_id": "sku_pro", "name": "Pro"}"#),
        (
            "rules",
            r#"{"external_id": "pro-flat", "name": "20 % of Pro", "priority": 200, "match": {"product_external_ids": ["sku_pro"]}, "allocations": [{"payee_external_id": "crm-山田", "percentage": 20}]}
{"external_id": "bands", "name": "Bands", "allocation_type": "tiered", "accumulation": "year", "match": {"product_external_ids": ["consulting"]}, "allocations": [{"payee_external_id": "crm-山田", "tiers": [{"up_to": 150000, "percentage": 4}, {"up_to": null, "percentage": 6}]}]}"#,
        ),
        (
            "revenues",
            r#"{"external_id": "order-1", "type": "sale", "amount": "145000", "currency": "EUR", "occurred_at": "2026-03-10", "external_product_identifier": "consulting"}
{"external_id": "order-2", "type": "sale", "amount": "20000", "currency": "EUR", "occurred_at": "2026-05-12T10:00:00Z", "external_product_identifier": "consulting"}
{"external_id": "order-3", "type": "sale", "amount": "249", "currency": "EUR", "occurred_at": "2026-05-20", "external_product_identifier": "sku_pro"}
{"external_id": "order-4", "type": "sale", "amount": "5", "currency": "USD", "occurred_at": "2026-05-21", "external_product_identifier": "none"}"#,
        ),
    ] {
        let file = night.write("fill.ndjson", lines)?;
        let (code, out, error) = night.run(&["push", kind, &file]).await?;
        assert_eq!(code, 0, "{kind}: {out}{error}");
    }
    Ok(night)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_aligned_and_names_payees_by_external_id() -> TestResult {
    let night = workspace("payouts-preview").await?;
    let (code, out, error) = night
        .run(&[&["payouts", "preview"][..], &PERIOD].concat())
        .await?;
    assert_eq!((code, error.as_str()), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[0],
        "2026-05-01 to 2026-05-31 (UTC), opened on 2026-01-01, paid on 2026-06-01: 3 revenues"
    );
    let after = |title: &str| {
        let place = lines.iter().position(|line| *line == title);
        place
            .map(|place| &lines[place + 1..])
            .ok_or(format!("{title} in {out}"))
    };
    assert_eq!(
        after("totals:")?[..3],
        [
            "  currency    revenue  allocated  rule share  no rule      due  carried out",
            "  EUR       20249.000   1149.800   19099.200    0.000  1149.80        0.000",
            "  USD           5.000      0.000       0.000    5.000     0.00        0.000",
        ]
    );
    assert_eq!(
        after("payees:")?[..2],
        [
            "  payee     currency  lines      basis    earned      due  carried out  outcome  note",
            "  crm-山田  EUR           2  20249.000  1149.800  1149.80        0.000  due",
        ]
    );
    assert_eq!(after("exceptions:")?[1], "  no_rule           1");
    assert!(
        !out.contains("order-2"),
        "lines are only those of one payee"
    );

    let one = [
        &["payouts", "preview"][..],
        &PERIOD,
        &["--payee", "crm-山田"],
    ]
    .concat();
    let (_, out, _) = night.run(&one).await?;
    assert!(
        out.contains("  order-2  sale  2026-05-12T10:00:00+00:00  EUR       20000.000  1100.000  "),
        "{out}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn json_and_csv_are_those_of_the_api_and_mistakes_are_usage() -> TestResult {
    let night = workspace("payouts-formats").await?;
    let preview = [&["payouts", "preview"][..], &PERIOD].concat();
    let (code, out, _) = night
        .run(&[&preview[..], &["--output", "json"]].concat())
        .await?;
    let answer: Value = serde_json::from_str(&out)?;
    assert_eq!((code, &answer["meta"]["payees"]), (0, &1.into()));
    let (code, out, _) = night.run(&[&preview[..], &["--csv"]].concat()).await?;
    assert_eq!(code, 0);
    assert!(
        out.starts_with(
            "payee_external_id,payee_id,currency,earned,amount_due,outcome\r\ncrm-山田,"
        ),
        "{out}"
    );

    let rules = r#"[{"name": "Bonus", "priority": 500, "allocations": [{"payee_external_id": "crm-山田", "percentage": 50}]}]"#;
    let rules = night.write("rules.json", rules)?;
    let (code, out, error) = night
        .run(&[&preview[..], &["--rules", &rules]].concat())
        .await?;
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("with these rules:"), "{out}");
    let wrong = night.write("wrong.json", r#"[{"name": 1, "priority": "high"}]"#)?;
    for (arguments, expected) in [
        (vec!["--rules", &wrong], "; #/rules/0/name: must be"),
        (vec!["--rules", &wrong], "; #/rules/0/priority: must be"),
        (vec!["--payee", "nobody"], "422 validation_failed"),
        (vec!["--opening", "2026-05-02"], "422 validation_failed"),
        (vec!["--rules", "missing.json"], "missing.json"),
        (vec!["--csv", "--output", "json"], "exclude each other"),
    ] {
        let (code, out, error) = night.run(&[&preview[..], &arguments].concat()).await?;
        let is_json = arguments.contains(&"json");
        assert_eq!((code, out.is_empty()), (2, !is_json), "{error}");
        assert!(error.contains(expected), "{error}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_has_the_rule_the_bands_and_why_others_did_not_win() -> TestResult {
    let night = workspace("payouts-explain").await?;
    let (code, out, error) = night.run(&["payouts", "explain", "order-2"]).await?;
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(
        out.starts_with("20000.000 EUR of 2026-05-12 under bands v1"),
        "{out}"
    );
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    let bands = lines
        .iter()
        .position(|line| line.starts_with("    of which"))
        .ok_or(out.clone())?;
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words(lines[bands]),
        [
            "of",
            "which",
            "0.000",
            "150000.000",
            "5000.000",
            "4",
            "200.000"
        ]
    );
    assert_eq!(
        words(lines[bands + 1]),
        ["of", "which", "150000.000", "15000.000", "6", "900.000"]
    );
    let other = lines
        .iter()
        .find(|line| line.starts_with("  pro-flat"))
        .ok_or(out.clone())?;
    assert_eq!(
        words(other),
        [
            "pro-flat",
            "200",
            "product_external_ids",
            "[\"sku_pro\"]",
            "consulting"
        ]
    );

    let (code, out, _) = night
        .run(&["payouts", "explain", "order-3", "--output", "json"])
        .await?;
    let answer: Value = serde_json::from_str(&out)?;
    assert_eq!(
        (code, &answer["data"]["rule"]["external_id"]),
        (0, &"pro-flat".into())
    );
    let id = answer["data"]["revenue"]["id"].as_str().ok_or("an id")?;
    let (code, out, _) = night.run(&["payouts", "explain", "--id", id]).await?;
    assert!(code == 0 && out.contains("order-3"), "{out}");
    for arguments in [vec!["nothing"], vec![], vec!["order-2", "--id", id]] {
        let all = [vec!["payouts", "explain"], arguments].concat();
        assert_eq!(night.run(&all).await?.0, 2, "{all:?}");
    }
    Ok(())
}
