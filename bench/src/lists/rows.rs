//! Random revenues, as a client sends them and as the table stores them.

use std::error::Error;

use domain::id::{self, WorkspaceId};
use domain::value::{ExternalId, FromText, Timestamp};
use dynoxide::{AttributeValue, Item};
use fastrand::Rng;
use serde_json::{Map, Value, json};
use store::key;
use uuid::{Builder, Uuid};

/// The start of the period, and its length: three years that end with 2026-06-30.
const BEGIN: &str = "2023-07-01T00:00:00Z";
const SECONDS: i64 = 1_096 * 24 * 60 * 60;
/// The number of products.
const PRODUCTS: u32 = 50;
/// The percentages of revenues that are refunds, that are adjustments, that are in dollars, and
/// that come from the second source.
const REFUNDS: u8 = 8;
const ADJUSTMENTS: u8 = 2;
const DOLLARS: u8 = 30;
const SECOND_SOURCE: u8 = 40;

/// The fields of a revenue that decide where it is listed. The order is that of the lists,
/// reversed: oldest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// When it occurred.
    pub occurred_at: jiff::Timestamp,
    /// Its id.
    pub id: Uuid,
    /// Its type.
    pub kind: &'static str,
    /// Its currency.
    pub currency: &'static str,
    /// Its source.
    pub source: Uuid,
}

/// Generates revenues.
pub struct Maker {
    rng: Rng,
    workspace: WorkspaceId,
    sources: [Uuid; 2],
    made_at: Timestamp,
    begin: jiff::Timestamp,
    made: u64,
}

impl Maker {
    /// A generator for a workspace. It generates the same revenues each time, except for their ids.
    ///
    /// # Errors
    /// If a constant of this benchmark is not valid.
    pub fn new(
        workspace: WorkspaceId,
        sources: [Uuid; 2],
        made_at: Timestamp,
    ) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            rng: Rng::with_seed(10),
            workspace,
            sources,
            made_at,
            begin: BEGIN.parse()?,
            made: 0,
        })
    }

    /// The next revenue, with its body.
    ///
    /// # Errors
    /// If a constant of this benchmark is not valid.
    pub fn next(&mut self) -> Result<(Row, Map<String, Value>), Box<dyn Error>> {
        self.made += 1;
        let rng = &mut self.rng;
        let occurred_at = self.begin + jiff::SignedDuration::from_secs(rng.i64(0..SECONDS));
        let kind = match rng.u8(..100) {
            chance if chance < REFUNDS => "refund",
            chance if chance < REFUNDS + ADJUSTMENTS => "adjustment",
            _ => "sale",
        };
        let currency = if rng.u8(..100) < DOLLARS {
            "USD"
        } else {
            "EUR"
        };
        let source = self.sources[usize::from(rng.u8(..100) < SECOND_SOURCE)];
        let external_id = format!("txn_{:08}_{:08x}", self.made, rng.u32(..));
        let original =
            (kind == "refund").then(|| format!("txn_{:08}_{:08x}", self.made / 2, rng.u32(..)));
        let sign = if kind == "refund" { "-" } else { "" };
        let body = json!({
            "external_id": external_id,
            "revenue_source_id": source,
            "external_product_identifier": format!("product-{:02}", rng.u32(..PRODUCTS)),
            "type": kind,
            "amount": format!("{sign}{}.{:02}0", rng.u32(1..500), rng.u32(..100)),
            "currency": currency,
            "occurred_at": Timestamp::new(occurred_at).to_string(),
            "original_external_id": original,
            "metadata": {},
        });
        let external_id = ExternalId::from_text(&external_id).map_err(|reason| reason.detail)?;
        let row = Row {
            occurred_at,
            id: id::revenue(self.workspace, source, &external_id),
            kind,
            currency,
            source,
        };
        Ok((row, body.as_object().cloned().unwrap_or_default()))
    }

    /// The item of a revenue.
    pub fn item(&mut self, row: &Row, body: &Map<String, Value>) -> Item {
        let mut item: Item = body
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)))
            .collect();
        let key = key::revenue(self.workspace, row.id);
        let listed =
            key::revenue_listed(self.workspace, 0, Timestamp::new(row.occurred_at), row.id);
        let nonce = Builder::from_random_bytes(self.rng.u128(..).to_be_bytes()).into_uuid();
        let texts = [
            ("id", row.id.to_string()),
            ("created_at", self.made_at.to_string()),
            ("nonce", nonce.to_string()),
            (key::attribute::PARTITION, key.partition().to_owned()),
            (key::attribute::SORT, key.sort().to_owned()),
            (
                key::attribute::INDEX_PARTITION,
                listed.partition().to_owned(),
            ),
            (key::attribute::INDEX_SORT, listed.sort().to_owned()),
        ];
        item.extend(texts.map(|(name, text)| (name.to_owned(), AttributeValue::S(text))));
        item
    }
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Object(object) => AttributeValue::M(
            object
                .iter()
                .map(|(name, value)| (name.clone(), attribute(value)))
                .collect(),
        ),
        _ => AttributeValue::NULL(true),
    }
}
