//! The figures of an explanation, computed again from the answer alone.

use domain::payout::{Units, apportion};
use serde_json::Value;

use crate::payouts_api::each;

/// The units of a thousandth.
const UNITS_PER_THOUSANDTH: i128 = 1_000_000;

/// An amount in units: whole numbers of 10^-9.
pub fn units(amount: &Value) -> i128 {
    let text = amount.as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap();
    assert!((3..=9).contains(&fraction.len()), "{text}");
    let has_spare_zero = fraction.len() > 3 && fraction.ends_with('0');
    assert!(!has_spare_zero && text != "-0.000", "{text}");
    format!("{whole}{fraction:0<9}").parse().unwrap()
}

/// The share of an amount: its thousandths, times the ten-thousandths of a percent.
fn share(amount: i128, percentage: &Value) -> i128 {
    let text = percentage.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let percentage: i128 = format!("{whole}{fraction:0<4}").parse().unwrap();
    assert_eq!(amount % UNITS_PER_THOUSANDTH, 0);
    amount / UNITS_PER_THOUSANDTH * percentage
}

fn amounts(lines: &Value) -> Vec<i128> {
    let lines = lines.as_array().unwrap().iter();
    lines.map(|line| units(&line["amount"])).collect()
}

/// Checks every figure of an explanation.
pub fn redo(explanation: &Value) {
    let amount = units(&explanation["revenue"]["amount"]);
    let excess = &explanation["excess"];
    match explanation.get("remaining_before") {
        Some(remaining) => {
            let beyond = if excess.is_null() {
                0
            } else {
                units(&excess["amount"])
            };
            redo_reversal(explanation, remaining, amount - beyond);
            if beyond != 0 {
                redo_split(excess, beyond);
            }
        }
        None => {
            assert!(excess.is_null(), "only a reversal has an excess");
            redo_split(explanation, amount);
        }
    }
    redo_reversals(explanation);
}

/// Of a split by a rule or by fallback: each line, what is left, and what is accumulated.
fn redo_split(split: &Value, amount: i128) {
    let sums = &split["accumulated"];
    for line in split["lines"].as_array().unwrap() {
        let expected = match line.get("bands") {
            Some(bands) => redo_bands(bands, units(&sums["before"]), units(&sums["after"])),
            None => share(amount, &line["percentage"]),
        };
        assert_eq!(units(&line["amount"]), expected, "{split:#}");
    }
    if !sums.is_null() {
        assert_eq!(
            units(&sums["after"]) - units(&sums["before"]),
            amount,
            "{split:#}"
        );
    }
    let allocated: i128 = amounts(&split["lines"]).iter().sum();
    let nobody = &split["unallocated"];
    assert_eq!(units(&nobody["amount"]), amount - allocated, "{split:#}");
    let reason = if split["rule"].is_null() {
        "no_rule"
    } else {
        "rule_share"
    };
    assert_eq!(nobody["reason"], reason, "{split:#}");
}

/// The sum of the bands, which are what lies between two sums, in ascending order.
fn redo_bands(bands: &Value, before: i128, after: i128) -> i128 {
    let (low, high) = (before.min(after), before.max(after));
    let mut reached = low;
    let mut sum = 0;
    for band in bands.as_array().unwrap() {
        let from = units(&band["from"]);
        let up_to = band["up_to"]
            .as_str()
            .map_or(i128::MAX, |_| units(&band["up_to"]));
        // The first band holds what is below zero, too.
        assert!(
            reached < up_to && (from <= reached || (from == 0 && reached < 0)),
            "{bands:#}"
        );
        let width = high.min(up_to) - reached;
        let basis = units(&band["basis"]);
        assert_eq!(
            basis,
            if before <= after { width } else { -width },
            "{bands:#}"
        );
        assert_eq!(
            units(&band["amount"]),
            share(basis, &band["percentage"]),
            "{bands:#}"
        );
        reached += width;
        sum += units(&band["amount"]);
    }
    assert_eq!(reached, high, "{bands:#}");
    sum
}

/// Of a reversal: the largest remainders of what was left, unallocated last.
fn redo_reversal(explanation: &Value, remaining: &Value, amount: i128) {
    let mut left = amounts(&remaining["lines"]);
    left.push(units(&remaining["unallocated"]));
    assert_eq!(
        units(&remaining["amount"]),
        left.iter().sum::<i128>(),
        "{explanation:#}"
    );
    let weights: Vec<Units> = left.iter().copied().map(Units::new).collect();
    let steps = apportion(Units::new(-amount), &weights);
    let steps: Vec<i128> = steps.iter().map(|step| -step.get()).collect();
    let mut taken = amounts(&explanation["lines"]);
    taken.push(units(&explanation["unallocated"]["amount"]));
    assert_eq!(taken, steps, "{explanation:#}");
    let payees = |lines: &Value| each(lines, "payee_id");
    let (left_to, taken_from) = (payees(&remaining["lines"]), payees(&explanation["lines"]));
    assert_eq!(left_to, taken_from, "{explanation:#}");
    for (left, taken) in left.iter().zip(taken) {
        assert!(-taken <= *left && taken <= 0, "{explanation:#}");
    }
    let sums = &explanation["accumulated"];
    if !sums.is_null() {
        assert_eq!(
            units(&sums["after"]) - units(&sums["before"]),
            amount,
            "{explanation:#}"
        );
    }
}

/// What refunds take of a revenue is never more than its lines.
fn redo_reversals(explanation: &Value) {
    let mut left = amounts(&explanation["lines"]);
    left.push(units(&explanation["unallocated"]["amount"]));
    for reversal in explanation["reversals"].as_array().unwrap() {
        let mut taken = amounts(&reversal["lines"]);
        taken.push(units(&reversal["unallocated"]));
        assert_eq!(
            units(&reversal["amount"]),
            taken.iter().sum::<i128>(),
            "{explanation:#}"
        );
        for (left, taken) in left.iter_mut().zip(taken) {
            *left += taken;
            assert!(taken <= 0 && *left >= 0, "{explanation:#}");
        }
    }
}
