//! Random workspaces for payouts: small pools of values, so that everything meets everything.

use domain::id::{WorkspaceId, revenue};
use domain::value::{ExternalId, FromText};
use fastrand::Rng;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(7));

const CREATED: &str = "2026-01-01T00:00:00+00:00";
/// Amounts that meet the ends of bands exactly, that are smaller than any coin, and that have 15
/// digits.
const AMOUNTS: [&str; 9] = [
    "0.001",
    "0.010",
    "0.999",
    "1.000",
    "33.333",
    "100.000",
    "249.990",
    "1000.000",
    "999999999999999.999",
];
const PERCENTAGES: [f64; 9] = [0.0001, 0.3333, 1.0, 5.0, 12.5, 20.0, 33.3333, 50.0, 100.0];
const ENDS: [&str; 6] = [
    "0.001", "1.000", "100.000", "200.000", "1000.000", "5000.500",
];
const CURRENCIES: [&str; 4] = ["EUR", "USD", "JPY", "BHD"];
const IDENTIFIERS: [&str; 5] = ["sku-a", "sku-b", "sku-c", "sku-archived", "sku-unknown"];
const TAGS: [&str; 3] = ["pro", "new", "old"];
const CATEGORIES: [&str; 2] = ["course", "service"];
/// Few instants, of which several are on one day.
const INSTANTS: [&str; 8] = [
    "2026-03-31T23:59:59.999999+00:00",
    "2026-04-01T00:00:00+00:00",
    "2026-04-30T12:00:00+00:00",
    "2026-05-01T00:00:00+00:00",
    "2026-05-15T08:00:00+00:00",
    "2026-05-15T09:00:00+00:00",
    "2026-05-31T23:59:59+00:00",
    "2025-12-31T23:59:59+00:00",
];
const DAYS: [&str; 5] = [
    "2026-04-01",
    "2026-04-30",
    "2026-05-01",
    "2026-05-15",
    "2026-05-31",
];

/// A workspace with the period that is computed.
pub struct Workspace {
    pub rules: Vec<Value>,
    pub products: Vec<Value>,
    pub payees: Vec<Value>,
    pub revenues: Vec<Value>,
    pub from: &'static str,
    pub to: &'static str,
    pub opening: &'static str,
    pub payout_date: &'static str,
}

impl Workspace {
    pub fn json(&self) -> Value {
        json!({
            "rules": self.rules, "products": self.products, "payees": self.payees,
            "revenues": self.revenues, "first": self.from, "last": self.to,
            "opening": self.opening, "payout_date": self.payout_date,
        })
    }
}

pub fn generate(seed: u64) -> Workspace {
    let mut rng = Rng::with_seed(seed);
    let payees = payees(&mut rng);
    let ids: Vec<Value> = payees.iter().map(|payee| payee["id"].clone()).collect();
    let products = products();
    let count = rng.usize(0..8);
    let rules = (0..count).map(|index| rule(&mut rng, index, &ids, &products));
    let rules = rules.collect();
    let mut revenues = Vec::new();
    for index in 0..rng.usize(1..40) {
        let revenue = revenue_of(&mut rng, index, &revenues);
        revenues.push(revenue);
    }
    Workspace {
        rules,
        products,
        payees,
        revenues,
        from: pick(&mut rng, &["2026-05-01", "2026-04-01", "2026-05-15"]),
        to: pick(&mut rng, &["2026-05-31", "2026-05-15"]),
        opening: pick(&mut rng, &["2026-01-01", "2026-04-01", "2025-01-01"]),
        payout_date: pick(&mut rng, &["2026-06-01", "2026-06-15"]),
    }
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(0..from.len())]
}

/// One of the values, or null.
fn maybe<T: Copy + Into<Value>>(rng: &mut Rng, from: &[T]) -> Value {
    match rng.bool() {
        true => pick(rng, from).into(),
        false => Value::Null,
    }
}

/// Ids that grow with the index, in the order of age.
fn id(kind: u128, index: usize) -> Value {
    json!(Uuid::from_u128((kind << 64) + index as u128 + 1))
}

fn payees(rng: &mut Rng) -> Vec<Value> {
    // Fallback percentages that add up to exactly 100, to less, or to nothing at all.
    let fallback: &[Option<f64>] = pick(
        rng,
        &[
            &[Some(33.3333), Some(66.6667), None] as &[_],
            &[Some(0.0), Some(10.0), Some(0.0001)],
            &[None],
        ],
    );
    (0..rng.usize(1..6)).map(|index| {
        let percentage = fallback.get(index).copied().flatten();
        json!({
            "id": id(1, index), "external_id": format!("payee-{index}"), "name": "P", "type": "individual",
            "status": pick(rng, &["active", "active", "active", "inactive", "pending"]),
            "on_hold": rng.u8(0..4) == 0,
            "hold_until": maybe(rng, &["2026-05-31", "2026-06-01", "2026-06-15"]),
            "payout_threshold": maybe(rng, &["0.000", "0.500", "50.000", "100.000"]),
            "payout_currency": maybe(rng, &CURRENCIES),
            "fallback_percentage": percentage,
            "metadata": {}, "version": 1, "created_at": CREATED, "updated_at": CREATED,
        })
    }).collect()
}

fn products() -> Vec<Value> {
    let product = |(index, name): (usize, &&str)| {
        json!({
            "id": id(2, index), "external_id": name, "name": "P",
            "category": CATEGORIES.get(index % 3), "tags": &TAGS[..index % 3],
            "status": if *name == "sku-archived" { "archived" } else { "active" },
            "archived_at": null, "metadata": {}, "version": 1, "created_at": CREATED,
            "updated_at": CREATED,
        })
    };
    IDENTIFIERS[..4].iter().enumerate().map(product).collect()
}

fn rule(rng: &mut Rng, index: usize, payees: &[Value], products: &[Value]) -> Value {
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

fn source(index: u128) -> Uuid {
    Uuid::from_u128((4 << 64) + index)
}

fn revenue_of(rng: &mut Rng, index: usize, earlier: &[Value]) -> Value {
    let kind = pick(
        rng,
        &["sale", "sale", "sale", "refund", "refund", "adjustment"],
    );
    let of_source = source(pick(rng, &[0, 0, 0, 1]));
    let external_id = format!("r-{index}");
    let has_external_id = rng.u8(0..8) > 0;
    let amount = pick(rng, &AMOUNTS);
    let currencies = pick(rng, &[1, 2, 4]);
    let is_negative = kind == "refund" || (kind == "adjustment" && rng.bool());
    let mut revenue = json!({
        "id": id(5, index), "external_id": null, "revenue_source_id": of_source,
        "external_product_identifier": maybe(rng, &IDENTIFIERS), "type": kind,
        "amount": if is_negative { format!("-{amount}") } else { amount.to_owned() },
        "currency": pick(rng, &CURRENCIES[..currencies]),
        "occurred_at": pick(rng, &INSTANTS), "original_external_id": null,
        "metadata": pick(rng, &[json!({}), json!({"seats": 1}), json!({"seats": true, "region": "EU"}),
            json!({"seats": 1.5, "region": "EU"})].each_ref()),
        "created_at": CREATED,
    });
    if has_external_id {
        let name = ExternalId::from_text(&external_id).unwrap();
        revenue["id"] = json!(domain::id::revenue(WORKSPACE, of_source, &name));
        revenue["external_id"] = json!(external_id);
    }
    if kind != "sale" && rng.u8(0..5) > 0 {
        name_original(rng, &mut revenue, earlier);
    }
    revenue
}

/// Lets a refund name an original: mostly an earlier sale of the same source and currency, of which
/// it may be the first part, the rest, or too much.
fn name_original(rng: &mut Rng, refund: &mut Value, earlier: &[Value]) {
    let sales: Vec<&Value> = earlier
        .iter()
        .filter(|revenue| revenue["type"] == "sale")
        .collect();
    let Some(sale) = (!sales.is_empty()).then(|| pick(rng, &sales)) else {
        refund["original_external_id"] = json!("unknown");
        return;
    };
    refund["original_external_id"] = match &sale["external_id"] {
        Value::Null => json!("unknown"),
        name => name.clone(),
    };
    if rng.u8(0..4) == 0 {
        return;
    }
    for field in ["revenue_source_id", "currency"] {
        refund[field] = sale[field].clone();
    }
    if let Some(name) = refund["external_id"].as_str() {
        let name = ExternalId::from_text(name).unwrap();
        let of_source = refund["revenue_source_id"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        refund["id"] = json!(revenue(WORKSPACE, of_source, &name));
    }
    if refund["amount"].as_str().unwrap().starts_with('-') && rng.bool() {
        refund["amount"] = json!(format!("-{}", sale["amount"].as_str().unwrap()));
    }
    if rng.bool() {
        refund["occurred_at"] = sale["occurred_at"].clone();
    }
}
