//! What is computed: rules, payees and revenues, made from a seed.

use std::error::Error;

use domain::id::{self, WorkspaceId};
use domain::value::{ExternalId, FromText};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// The workspace.
pub const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(7));
/// The first and the last day that are reported.
pub const PERIOD: (&str, &str) = ("2026-01-01", "2026-05-31");

const SEED: u64 = 1;
const PAYEES: usize = 100;
/// Of 100 revenues.
const REFUNDS: u64 = 8;
const CREATED: &str = "2026-01-01T00:00:00+00:00";

/// A kind of workload.
pub struct Workload {
    /// Its name.
    pub name: String,
    /// How many rules there are, each for the revenues of one product.
    pub rules: usize,
    is_tiered: bool,
    has_refunds: bool,
}

impl Workload {
    /// With flat rules.
    pub fn flat(rules: usize) -> Self {
        Self {
            name: format!("{rules} flat rules"),
            rules,
            is_tiered: false,
            has_refunds: false,
        }
    }

    /// With tiered rules.
    pub fn tiered(rules: usize) -> Self {
        Self {
            name: format!("{rules} tiered rules"),
            is_tiered: true,
            ..Self::flat(rules)
        }
    }

    /// The same with refunds that name their sales.
    pub fn with_refunds(self) -> Self {
        Self {
            name: format!("{}, {REFUNDS} % linked refunds", self.name),
            has_refunds: true,
            ..self
        }
    }

    /// The payees.
    pub fn payees(&self) -> Vec<Value> {
        let payee = |index: usize| {
            json!({
                "id": id(1, index), "external_id": format!("payee-{index}"), "name": "Payee", "type": "individual",
                "status": "active", "contact_name": null, "contact_email": null, "contact_phone": null,
                "on_hold": false, "hold_reason": null, "hold_until": null, "payout_threshold": "50.000",
                "payout_currency": null, "fallback_percentage": null, "metadata": {}, "version": 1,
                "created_at": CREATED, "updated_at": CREATED,
            })
        };
        (0..PAYEES).map(payee).collect()
    }

    /// The rules: two payees share each product.
    pub fn rules(&self) -> Vec<Value> {
        let rule = |index: usize| {
            let share = |payee: usize, percentage: f64| match self.is_tiered {
                false => json!({"payee_id": id(1, payee % PAYEES), "percentage": percentage}),
                true => json!({"payee_id": id(1, payee % PAYEES), "tiers": [
                    {"up_to": "10000.000", "percentage": percentage},
                    {"up_to": "50000.000", "percentage": percentage + 1.5},
                    {"up_to": null, "percentage": percentage + 3.0},
                ]}),
            };
            json!({
                "id": id(3, index), "external_id": format!("rule-{index}"), "name": "Rule", "status": "active",
                "priority": 100, "allocation_type": if self.is_tiered { "tiered" } else { "flat" },
                "accumulation": "month", "allocations": [share(index, 20.0), share(index + 1, 12.5)],
                "allocation_total": 32.5, "match": {"product_external_ids": [product(index)]},
                "effective_from": null, "effective_to": null, "metadata": {}, "version": 1,
                "created_at": CREATED, "updated_at": CREATED,
            })
        };
        (0..self.rules).map(rule).collect()
    }

    /// Revenues, in the order of their times, of a source.
    ///
    /// # Errors
    /// If a constant of this benchmark is not valid.
    pub fn revenues(
        &self,
        workspace: WorkspaceId,
        source: Uuid,
        count: usize,
    ) -> Result<Vec<Value>, Box<dyn Error>> {
        let mut rng = Rng::with_seed(SEED);
        let first: Timestamp = format!("{}T00:00:00Z", PERIOD.0).parse()?;
        let last: Timestamp = format!("{}T23:59:59Z", PERIOD.1).parse()?;
        let step = (last.as_microsecond() - first.as_microsecond()) / count.max(1) as i64;
        let mut revenues: Vec<Value> = Vec::with_capacity(count);
        let mut sales: Vec<usize> = Vec::new();
        for index in 0..count {
            let time = first + SignedDuration::from_micros(step * index as i64);
            let external_id = format!("order-{index}");
            let mut revenue = json!({
                "id": id::revenue(workspace, source, &ExternalId::from_text(&external_id).map_err(|why| why.detail)?),
                "external_id": external_id, "revenue_source_id": source,
                "external_product_identifier": product(rng.usize(0..self.rules)), "type": "sale",
                "amount": format!("{}.{:02}0", rng.u32(1..500), rng.u32(0..100)),
                "currency": if rng.u8(0..10) < 7 { "EUR" } else { "USD" },
                "occurred_at": format!("{time:.6}"), "original_external_id": null,
                "metadata": {"channel": "web"}, "created_at": CREATED,
            });
            if self.has_refunds && !sales.is_empty() && rng.u64(0..100) < REFUNDS {
                let sale = &revenues[sales.swap_remove(rng.usize(0..sales.len()))];
                revenue["type"] = json!("refund");
                revenue["amount"] =
                    json!(format!("-{}", sale["amount"].as_str().unwrap_or("1.000")));
                for (field, of_sale) in [
                    ("currency", "currency"),
                    ("original_external_id", "external_id"),
                    ("external_product_identifier", "external_product_identifier"),
                ] {
                    revenue[field] = sale[of_sale].clone();
                }
            } else {
                sales.push(index);
            }
            revenues.push(revenue);
        }
        Ok(revenues)
    }
}

/// The product of a rule.
fn product(index: usize) -> String {
    format!("product-{index}")
}

fn id(kind: u128, index: usize) -> Uuid {
    Uuid::from_u128((kind << 64) + index as u128)
}
