//! What holds of every computation, of random workspaces and of random amounts.

use std::collections::{BTreeMap, HashSet};

use domain::payout::{
    Computed, Period, Report, Snapshot, State, Units, apply, apportion, compute, in_order,
    original_id,
};
use domain::revenue::Revenue;
use domain::value::{Date, FromText};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::payouts_matcher::{ordered, read, snapshot};
use crate::payouts_redone::units;
use crate::random_workspace::{WORKSPACE, Workspace, generate};

/// The results of all revenues.
fn computed(snapshot: &Snapshot, revenues: &[Revenue]) -> Vec<Computed> {
    compute(snapshot, &mut State::default(), revenues)
}

/// What is earned in all windows, by payee and currency.
fn earned(revenues: &[Revenue], results: &[Computed]) -> BTreeMap<(Uuid, String), Units> {
    let mut earned: BTreeMap<(Uuid, String), Units> = BTreeMap::new();
    for (revenue, result) in revenues.iter().zip(results) {
        for line in result.splits().flat_map(|split| &split.lines) {
            let place = (line.payee, revenue.currency.to_string());
            *earned.entry(place).or_default() += line.amount;
        }
    }
    earned
}

fn amount_of(revenue: &Revenue) -> Units {
    Units::from(revenue.amount)
}

/// The rows of the payees of a preview.
fn rows(workspace: &Workspace, revenues: &[Revenue]) -> Value {
    let snapshot = snapshot(workspace);
    let day = |text: &str| Date::from_text(text).unwrap();
    let period = Period {
        from: day("2025-01-01"),
        to: day(workspace.to),
        opening: day("2025-01-01"),
        payout_date: day(workspace.payout_date),
    };
    let mut report = Report::new(period, None);
    let mut state = State::default();
    for revenue in revenues {
        report.add(revenue, &apply(&snapshot, &mut state, revenue));
    }
    json!(report.finish(&snapshot))["payees"].clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn lines_and_what_is_unallocated_add_up_to_the_amount(seed in any::<u64>()) {
        let workspace = generate(seed);
        let revenues = ordered(&workspace);
        for (revenue, result) in revenues.iter().zip(computed(&snapshot(&workspace), &revenues)) {
            let mut all = Units::ZERO;
            for split in result.splits() {
                let lines: Units = split.lines.iter().map(|line| line.amount).sum();
                prop_assert_eq!(lines + split.unallocated, Units::from(split.basis));
                all += Units::from(split.basis);
            }
            prop_assert_eq!(all, amount_of(revenue));
        }
    }

    #[test]
    fn what_is_reversed_is_between_nothing_and_the_line(seed in any::<u64>()) {
        let workspace = generate(seed);
        let revenues = ordered(&workspace);
        let results = computed(&snapshot(&workspace), &revenues);
        let mut left: BTreeMap<Uuid, Vec<Units>> = BTreeMap::new();
        for (revenue, result) in revenues.iter().zip(&results) {
            if let Some(reversal) = &result.reversal {
                let left = left.get_mut(&reversal.original).unwrap();
                let lines = reversal.split.lines.iter().map(|line| line.amount);
                for (left, step) in left.iter_mut().zip(lines.chain([reversal.split.unallocated])) {
                    prop_assert!(step <= Units::ZERO && Units::ZERO <= *left + step);
                    *left += step;
                }
                let is_empty = left.iter().all(|left| *left == Units::ZERO);
                prop_assert!(is_empty || !result.exceptions.over_refunded);
            }
            if let Some(own) = result.own.as_ref().filter(|_| revenue.amount.is_positive()) {
                let lines = own.lines.iter().map(|line| line.amount);
                left.insert(revenue.id, lines.chain([own.unallocated]).collect());
            }
        }
    }

    #[test]
    fn totals_do_not_depend_on_the_order_of_arrival(seed in any::<u64>()) {
        let mut workspace = generate(seed);
        for revenue in &mut workspace.revenues {
            revenue["original_external_id"] = Value::Null;
        }
        let snapshot = snapshot(&workspace);
        let mut revenues: Vec<Revenue> = read(&workspace.revenues);
        let sorted = in_order(WORKSPACE, revenues.clone());
        let expected = earned(&sorted, &computed(&snapshot, &sorted));
        fastrand::Rng::with_seed(seed).shuffle(&mut revenues);
        prop_assert_eq!(earned(&revenues, &computed(&snapshot, &revenues)), expected);
    }

    #[test]
    fn the_order_is_the_same_however_revenues_arrive(seed in any::<u64>()) {
        let workspace = generate(seed);
        let mut revenues: Vec<Revenue> = read(&workspace.revenues);
        fastrand::Rng::with_seed(seed).shuffle(&mut revenues);
        let ids = |revenues: &[Revenue]| revenues.iter().map(|one| one.id).collect::<Vec<_>>();
        let ordered = ordered(&workspace);
        prop_assert_eq!(ids(&in_order(WORKSPACE, revenues)), ids(&ordered));
        let places: BTreeMap<Uuid, usize> =
            ordered.iter().enumerate().map(|(place, revenue)| (revenue.id, place)).collect();
        for (place, revenue) in ordered.iter().enumerate() {
            let original = original_id(WORKSPACE, revenue).and_then(|id| places.get(&id));
            if let Some(original) = original.filter(|place| revenue.reverses(&ordered[**place])) {
                prop_assert!(*original < place, "a refund never comes before its sale");
            }
        }
    }

    #[test]
    fn currencies_never_meet(seed in any::<u64>()) {
        let mut workspace = generate(seed);
        let in_euros = |workspace: &Workspace| {
            let revenues = ordered(workspace);
            let mut earned = earned(&revenues, &computed(&snapshot(workspace), &revenues));
            earned.retain(|(_, currency), _| currency != "USD");
            earned
        };
        // With amounts of which the double can be an amount.
        let mut in_dollars: Vec<&mut Value> = workspace.revenues.iter_mut().filter(|one| one["currency"] == "USD").collect();
        for revenue in &mut in_dollars {
            let is_negative = revenue["amount"].as_str().unwrap().starts_with('-');
            revenue["amount"] = json!(if is_negative { "-33.333" } else { "33.333" });
        }
        let before = in_euros(&workspace);
        for revenue in workspace.revenues.iter_mut().filter(|one| one["currency"] == "USD") {
            let doubled = revenue["amount"].as_str().unwrap().replace("33.333", "66.666");
            revenue["amount"] = json!(doubled);
        }
        prop_assert_eq!(in_euros(&workspace), before);
    }

    #[test]
    fn controls_of_payees_never_change_what_is_earned(seed in any::<u64>(), on_hold in any::<bool>()) {
        let mut workspace = generate(seed);
        let revenues = ordered(&workspace);
        let before = rows(&workspace, &revenues);
        for payee in &mut workspace.payees {
            payee["on_hold"] = json!(on_hold);
            payee["hold_until"] = Value::Null;
            payee["payout_threshold"] = json!("1000000.000");
            payee["payout_currency"] = json!("EUR");
            // Fallback is of active payees only.
            if payee["fallback_percentage"].is_null() {
                payee["status"] = json!("inactive");
            }
        }
        let after = rows(&workspace, &revenues);
        let (before, after) = (before.as_array().unwrap(), after.as_array().unwrap());
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(after) {
            for name in ["payee_id", "currency", "earned", "earned_from", "basis", "lines", "by_rule"] {
                prop_assert_eq!(&before[name], &after[name]);
            }
            for row in [before, after] {
                let sum = |one: &str, other: &str| units(&row[one]) + units(&row[other]);
                prop_assert_eq!(units(&row["carried_out"]) + due(row), sum("earned", "carried_in"));
            }
        }
    }

    #[test]
    fn a_state_is_stored_and_resumed_after_any_revenue(seed in any::<u64>()) {
        let workspace = generate(seed);
        let snapshot = snapshot(&workspace);
        let revenues = ordered(&workspace);
        let expected = computed(&snapshot, &revenues);
        let mut state = State::default();
        for (revenue, expected) in revenues.iter().zip(&expected) {
            prop_assert_eq!(&apply(&snapshot, &mut state, revenue), expected);
            let text = serde_json::to_string(&state).unwrap();
            let resumed: State = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&resumed, &state);
            prop_assert_eq!(serde_json::to_string(&resumed).unwrap(), text, "one text");
            state = resumed;
        }
    }

    #[test]
    fn a_state_of_named_originals_gives_the_same_results(seed in any::<u64>()) {
        let workspace = generate(seed);
        let snapshot = snapshot(&workspace);
        let revenues = ordered(&workspace);
        let named = revenues.iter().filter_map(|revenue| original_id(WORKSPACE, revenue));
        let mut state = State::new(Some(named.collect::<HashSet<Uuid>>()));
        let half = revenues.len() / 2;
        let mut found = compute(&snapshot, &mut state, &revenues[..half]);
        let text = serde_json::to_string(&state).unwrap();
        let mut resumed: State = serde_json::from_str(&text).unwrap();
        found.extend(compute(&snapshot, &mut resumed, &revenues[half..]));
        prop_assert_eq!(found, computed(&snapshot, &revenues));
    }

    #[test]
    fn parts_are_whole_and_add_up_to_the_amount(
        amount in -AMOUNT_MAX..=AMOUNT_MAX,
        weights in prop::collection::vec(prop_oneof![Just(0), 0..10_i128, 0..=AMOUNT_MAX], 1..7),
    ) {
        let total: i128 = weights.iter().sum();
        prop_assume!(total > 0);
        let units: Vec<Units> = weights.iter().copied().map(Units::new).collect();
        let parts = apportion(Units::new(amount), &units);
        prop_assert_eq!(parts.iter().copied().sum::<Units>(), Units::new(amount));
        let mirrored = apportion(Units::new(-amount), &units);
        for ((part, mirrored), weight) in parts.iter().zip(mirrored).zip(&weights) {
            prop_assert_eq!(-*part, mirrored);
            prop_assert!(*weight > 0 || *part == Units::ZERO, "nothing for no weight");
            // Less than a unit from the quota; both sides by an estimate that fits 128 bits.
            let quota = amount as f64 * *weight as f64 / total as f64;
            prop_assert!((part.get() as f64 - quota).abs() < 1.0 + quota.abs() * 1e-9);
        }
    }
}

/// The greatest amount of money, in units.
const AMOUNT_MAX: i128 = 999_999_999_999_999_999 * 1_000_000;

/// What is due, which has the decimal places of its currency.
fn due(row: &Value) -> i128 {
    let text = row["due"].as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<9}").parse().unwrap()
}

/// Many seeds reach what these properties are about.
#[test]
fn random_workspaces_have_reversals_tiers_and_every_currency() {
    let (mut reversals, mut over, mut accumulated) = (0, 0, 0);
    for seed in 0..200 {
        let workspace = generate(seed);
        let revenues = ordered(&workspace);
        for result in computed(&snapshot(&workspace), &revenues) {
            reversals += usize::from(result.reversal.is_some());
            over += usize::from(result.reversal.is_some() && result.own.is_some());
            accumulated += result
                .splits()
                .filter(|split| split.accumulated.is_some())
                .count();
        }
    }
    assert!(
        reversals > 100 && over > 20 && accumulated > 500,
        "{reversals} {over} {accumulated}"
    );
}
