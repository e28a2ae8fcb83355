//! What is counted of a revenue.

use serde::Deserialize;
use uuid::Uuid;

use super::{Digest, EVERYTHING, Group, Numbers, Part, Sums};
use crate::key::{self, counter};
use crate::value::{Currency, Date, ExternalId, Money, RevenueType, Sum, Timestamp};

/// The parts of a stored revenue that are counted.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    id: Uuid,
    external_id: Option<ExternalId>,
    revenue_source_id: Uuid,
    external_product_identifier: Option<ExternalId>,
    #[serde(rename = "type")]
    kind: RevenueType,
    amount: Money,
    currency: Currency,
    occurred_at: Timestamp,
    created_at: Timestamp,
}

impl Row {
    /// When it was created.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// The day on which it occurred.
    pub fn day(&self) -> Date {
        self.occurred_at.day()
    }

    /// Its place in the lists.
    pub fn position(&self) -> String {
        key::revenue_position(self.occurred_at, self.id)
    }

    /// With which others it is counted.
    pub fn group(&self) -> Group {
        Group {
            currency: self.currency.clone(),
            kind: self.kind,
            source: self.revenue_source_id,
        }
    }

    /// What it is by itself.
    pub fn sums(&self) -> Sums {
        let external_id = self.external_id.as_ref().map_or("", ExternalId::as_str);
        let (amount, currency) = (self.amount.to_string(), self.currency.to_string());
        let fields = [
            external_id,
            self.kind.name(),
            &amount,
            &currency,
            &self.occurred_at.to_string(),
        ];
        Sums {
            count: 1,
            amount: Sum(self.amount.thousandths()),
            digest: Digest::of(&fields),
        }
    }

    /// What it adds to which counter: the sort keys of the counters, with the numbers.
    pub fn counts(&self) -> Vec<(String, Numbers)> {
        let (day, group) = (self.day(), self.group().to_string());
        let one = |name: String| Numbers::from([(name, 1)]);
        let part = Part::of(self.occurred_at, self.id).to_string();
        let mut counts = Vec::with_capacity(6);
        for of in [EVERYTHING, &group] {
            counts.push((counter::year(of, &day.year()), one(day.in_year())));
            counts.push((counter::day(&day.to_string(), of), one(part.clone())));
        }
        counts.push((
            counter::month(&day.month(), &group),
            self.sums().numbers(&day.in_month()),
        ));
        if let Some(product) = &self.external_product_identifier {
            counts.push((
                counter::product(product.as_str()),
                one(Row::PRODUCT.to_owned()),
            ));
        }
        counts
    }

    /// The attribute of the count in the counter of a product.
    pub const PRODUCT: &'static str = "n";
}
