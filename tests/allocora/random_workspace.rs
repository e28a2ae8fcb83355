//! Random workspaces for payouts.

use domain::id::{WorkspaceId, revenue};
use domain::value::{ExternalId, FromText};
use fastrand::Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::random_rules::rule;
use crate::random_values::{
    CATEGORIES, CREATED, CURRENCIES, IDENTIFIERS, TAGS, id, maybe, pick, source,
};

pub const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(7));

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
