//! Many revenues at random instants, and the filters that select some of them.

use fastrand::Rng;
use serde_json::{Value, json};

use crate::harness::Api;

const REVENUES: &str = "/api/v1/revenues";

/// A revenue as it was sent, with what orders it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sent {
    pub occurred_at: String,
    pub id: String,
    pub external_id: String,
    /// When it occurred, as it is returned.
    pub returned: String,
    pub kind: &'static str,
    pub currency: &'static str,
    pub source: String,
}

/// An instant: often one that many others have, or at the border of what is counted together.
fn instant(rng: &mut Rng) -> String {
    let day = |rng: &mut Rng| {
        format!(
            "20{}-{:02}-{:02}",
            24 + rng.u8(..3),
            5 * rng.u8(1..3),
            1 + 9 * rng.u8(..4)
        )
    };
    match rng.u8(..10) {
        // Dates, of which many are the same.
        0 | 1 => format!("2026-05-{:02}T00:00:00Z", 1 + rng.u8(..3)),
        // Within ten minutes, many within one second.
        2 => format!("2026-05-02T10:3{}:00.{:06}Z", rng.u8(..10), rng.u32(..3)),
        3 => "2026-05-03T10:35:00Z".to_owned(),
        // At the borders of a day, an hour, ten minutes.
        4 => {
            let borders = [
                "00:00:00.000001",
                "23:59:59.999999",
                "10:00:00",
                "10:00:00.000001",
                "10:09:59.999999",
                "10:10:00",
            ];
            format!("{}T{}Z", day(rng), borders[rng.usize(..borders.len())])
        }
        _ => format!(
            "{}T{:02}:{:02}:{:02}.{:06}Z",
            day(rng),
            rng.u8(..24),
            rng.u8(..60),
            rng.u8(..60),
            rng.u32(..1_000_000)
        ),
    }
}

/// Sends revenues and notes what they became.
pub async fn send(
    api: &Api,
    rng: &mut Rng,
    count: usize,
    sources: &[String],
    sent: &mut Vec<Sent>,
) {
    let weighted = |rng: &mut Rng, all: &[(&'static str, u8)]| {
        let mut left = rng.u8(..100);
        all.iter()
            .find(|(_, weight)| left.checked_sub(*weight).map(|rest| left = rest).is_none())
            .unwrap()
            .0
    };
    for _ in 0..count.div_ceil(100) {
        let records: Vec<Value> = (0..100)
            .map(|_| {
                let kind = weighted(rng, &[("sale", 85), ("refund", 12), ("adjustment", 3)]);
                let mut record = json!({
                    "type": kind, "amount": if kind == "refund" { -1 } else { 1 },
                    "currency": weighted(rng, &[("EUR", 70), ("USD", 29), ("JPY", 1)]),
                    "revenue_source_id": sources[usize::from(rng.u8(..4) == 0)],
                    "occurred_at": instant(rng),
                });
                if rng.u8(..10) > 0 {
                    record["external_id"] = json!(format!("row-{:016x}", rng.u64(..)));
                }
                if rng.bool() {
                    record["external_product_identifier"] =
                        json!(format!("product-{}", rng.u8(..3)));
                }
                record
            })
            .collect();
        let answer = api
            .post(&format!("{REVENUES}/batch"), json!({"records": records}))
            .await
            .expect(200);
        for result in answer["data"].as_array().unwrap() {
            assert_eq!(result["status"], "created", "{result:#}");
            let (row, text) = (&result["data"], |name: &str| {
                result["data"][name].as_str().unwrap_or_default().to_owned()
            });
            let one_of = |all: &[&'static str], name: &str| {
                *all.iter().find(|one| row[name] == **one).unwrap()
            };
            sent.push(Sent {
                // As it is sorted: with a fraction.
                occurred_at: text("occurred_at")
                    .parse::<jiff::Timestamp>()
                    .map(|at| format!("{at:.6}"))
                    .unwrap(),
                id: text("id"),
                external_id: text("external_id"),
                returned: text("occurred_at"),
                kind: one_of(&["sale", "refund", "adjustment"], "type"),
                currency: one_of(&["EUR", "USD", "JPY"], "currency"),
                source: text("revenue_source_id"),
            });
        }
    }
    sent.sort_by(|one, other| other.cmp(one));
}

/// A query, and which rows it finds.
pub struct Filter {
    pub query: String,
    pub kind: Option<&'static str>,
    pub currency: Option<&'static str>,
    pub source: Option<String>,
    pub days: (&'static str, &'static str),
}

impl Filter {
    pub fn finds(&self, row: &Sent) -> bool {
        let day = &row.occurred_at[..10];
        self.kind.is_none_or(|kind| kind == row.kind)
            && self
                .currency
                .is_none_or(|currency| currency == row.currency)
            && self
                .source
                .as_ref()
                .is_none_or(|source| *source == row.source)
            && (self.days.0..=self.days.1).contains(&day)
    }
}

/// Every combination of filters.
pub fn filters(sources: &[String]) -> Vec<Filter> {
    let mut filters = Vec::new();
    for kind in [None, Some("sale"), Some("adjustment")] {
        for currency in [None, Some("EUR"), Some("JPY"), Some("GBP")] {
            for source in [None, Some(sources[0].clone()), Some(sources[1].clone())] {
                for days in [("", "~"), ("2024-05-02", "~"), ("2026-05-02", "2026-05-03")] {
                    let mut query = String::new();
                    query += &kind.map(|kind| format!("&type={kind}")).unwrap_or_default();
                    query += &currency
                        .map(|currency| format!("&currency={currency}"))
                        .unwrap_or_default();
                    query += &source
                        .as_ref()
                        .map(|source| format!("&revenue_source_id={source}"))
                        .unwrap_or_default();
                    query += &(if days.0.is_empty() {
                        String::new()
                    } else {
                        format!("&date_from={}", days.0)
                    });
                    query += &(if days.1 == "~" {
                        String::new()
                    } else {
                        format!("&date_to={}", days.1)
                    });
                    filters.push(Filter {
                        query,
                        kind,
                        currency,
                        source: source.clone(),
                        days,
                    });
                }
            }
        }
    }
    filters
}
