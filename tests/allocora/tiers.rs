//! The sum of tiered allocations, against a plain computation.

use std::collections::BTreeSet;

use domain::problem::{ErrorSink, Problems};
use domain::rule::{AllocationType, Allocations};
use fastrand::Rng;
use serde_json::{Value, json};
use uuid::Uuid;

/// Bands as pairs of an end and a percentage; the last band has no end.
type Bands = Vec<(Option<u64>, u64)>;

fn bands(rng: &mut Rng) -> Bands {
    let ends: BTreeSet<u64> = (0..rng.usize(..6)).map(|_| rng.u64(1..8)).collect();
    let ends = ends.into_iter().map(Some).chain([None]);
    ends.map(|end| (end, rng.u64(0..40))).collect()
}

/// The percentage at an amount; `None` is beyond all ends.
fn at(bands: &Bands, amount: Option<u64>) -> u64 {
    let holds = |end: Option<u64>| end.is_none_or(|end| amount.is_some_and(|amount| amount <= end));
    bands.iter().find(|(end, _)| holds(*end)).unwrap().1
}

#[test]
fn the_total_of_tiers_is_their_greatest_sum_at_any_amount() {
    let mut rng = Rng::with_seed(11);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..2_000 {
        let allocations: Vec<Bands> = (0..rng.usize(1..5)).map(|_| bands(&mut rng)).collect();
        let json = allocations.iter().map(|bands| {
            let tier = |(end, percentage): &(Option<u64>, u64)| {
                json!({"up_to": end.map(|end| end.to_string()), "percentage": percentage})
            };
            let tiers: Vec<Value> = bands.iter().map(tier).collect();
            json!({"payee_id": Uuid::from_u128(u128::from(rng.u64(..))), "tiers": tiers})
        });
        let json = Value::Array(json.collect());
        let mut problems = Problems::default();
        let mut errors = ErrorSink::new(&mut problems);
        let kind = AllocationType::Tiered;
        let read = Allocations::read(kind, |_| None, &json, &mut errors).unwrap();
        let total = read.total(kind, &mut errors).map(|total| total.to_string());

        let amounts = (1..9).map(Some).chain([None]);
        let sum = |amount| {
            allocations
                .iter()
                .map(|bands| at(bands, amount))
                .sum::<u64>()
        };
        let greatest = amounts.map(sum).max().unwrap();
        let expected = (greatest <= 100).then(|| greatest.to_string());
        assert_eq!(total, expected, "{json}");
        assert_eq!(problems.is_empty(), total.is_some(), "{json}");
        match total {
            Some(_) => accepted += 1,
            None => refused += 1,
        }
    }
    assert!(accepted > 100 && refused > 100, "{accepted}, {refused}");
}
