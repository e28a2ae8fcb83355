//! Rules of random workspaces.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::random_values::{
    CATEGORIES, CREATED, CURRENCIES, IDENTIFIERS, TAGS, id, maybe, pick, source,
};

const PERCENTAGES: [f64; 9] = [0.0001, 0.3333, 1.0, 5.0, 12.5, 20.0, 33.3333, 50.0, 100.0];
const ENDS: [&str; 6] = [
    "0.001", "1.000", "100.000", "200.000", "1000.000", "5000.500",
];
const DAYS: [&str; 5] = [
    "2026-04-01",
    "2026-04-30",
    "2026-05-01",
    "2026-05-15",
    "2026-05-31",
];

pub fn rule(rng: &mut Rng, index: usize, payees: &[Value], products: &[Value]) -> Value {
    let is_tiered = rng.bool();
    let mut shares = payees.to_vec();
    rng.shuffle(&mut shares);
    shares.truncate(rng.usize(1..4));
    let mut left = 100.0;
    let mut allocations = Vec::new();
    for payee in shares {
        let fitting: Vec<f64> = PERCENTAGES
            .into_iter()
            .filter(|share| *share <= left)
            .collect();
        if fitting.is_empty() {
            break;
        }
        let share = pick(rng, &fitting);
        // Each payee has a share of the whole, of which a band takes any part.
        left -= share;
        allocations.push(match is_tiered {
            false => json!({"payee_id": payee, "percentage": share}),
            true => json!({"payee_id": payee, "tiers": tiers(rng, share)}),
        });
    }
    let accumulation = match is_tiered {
        true => pick(rng, &["month", "quarter", "year", "lifetime"]),
        false => "month",
    };
    json!({
        "id": id(3, index), "external_id": maybe(rng, &["rule"]), "name": "R",
        "status": pick(rng, &["active", "active", "active", "active", "draft", "archived"]),
        "priority": pick(rng, &[0, 100, 100, 200]),
        "allocation_type": if is_tiered { "tiered" } else { "flat" },
        "allocations": allocations, "allocation_total": 100, "match": matching(rng, products),
        "accumulation": accumulation,
        "effective_from": maybe(rng, &DAYS[..3]), "effective_to": maybe(rng, &DAYS[2..]),
        "metadata": {}, "version": 1, "created_at": CREATED, "updated_at": CREATED,
    })
}

fn tiers(rng: &mut Rng, most: f64) -> Vec<Value> {
    let fitting: Vec<f64> = [0.0]
        .into_iter()
        .chain(PERCENTAGES)
        .filter(|share| *share <= most)
        .collect();
    let ends = ENDS
        .iter()
        .filter(|_| rng.u8(0..3) == 0)
        .map(|end| json!(end));
    let ends: Vec<Value> = ends.collect();
    let ends = ends.into_iter().chain([Value::Null]);
    ends.map(|end| json!({"up_to": end, "percentage": pick(rng, &fitting)}))
        .collect()
}

fn matching(rng: &mut Rng, products: &[Value]) -> Value {
    let mut matching = Map::new();
    let mut set = |name: &str, values: Value| matching.insert(name.to_owned(), values);
    // Mostly few dimensions, so that rules match; often none.
    for _ in 0..pick(rng, &[0, 0, 1, 1, 2]) {
        match rng.u8(0..8) {
            0 => set(
                "product_ids",
                json!([pick(rng, &[0, 1, 3]).min(3)].map(|at: usize| products[at]["id"].clone())),
            ),
            1 => set(
                "product_external_ids",
                json!([pick(rng, &IDENTIFIERS), "sku-none"]),
            ),
            2 => set("categories", json!([pick(rng, &CATEGORIES)])),
            3 => set("tags", json!([pick(rng, &TAGS), "none"])),
            4 => set("revenue_source_ids", json!([source(pick(rng, &[0, 1]))])),
            5 => set(
                "types",
                json!(
                    [pick(rng, &["sale", "refund", "adjustment"]), "sale"]
                        .iter()
                        .take(rng.usize(1..2))
                        .collect::<Vec<_>>()
                ),
            ),
            6 => set("currencies", json!([pick(rng, &CURRENCIES), "CHF"])),
            _ => set(
                "metadata",
                pick(
                    rng,
                    &[
                        json!({"seats": 1}),
                        json!({"seats": true}),
                        json!({"seats": 1.5, "region": "EU"}),
                    ]
                    .each_ref(),
                )
                .clone(),
            ),
        };
    }
    Value::Object(matching)
}
