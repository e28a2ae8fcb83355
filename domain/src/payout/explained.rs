//! The parts of an explanation, as clients read them.

use serde::Serialize;
use uuid::Uuid;

use super::bands::BandPart;
use super::others::Other;
use super::split::{Line, Reason, Split};
use super::units::Units;
use crate::product::Product;
use crate::resource::Record;
use crate::revenue::{Revenue, RevenueType};
use crate::rule::{Priority, Rule};
use crate::value::{Currency, Date, ExternalId, Money, Percentage, Sum, Text, Timestamp};

/// The revenue.
#[derive(Debug, Serialize)]
pub(super) struct ExplainedRevenue {
    pub(super) id: Uuid,
    pub(super) external_id: Option<ExternalId>,
    #[serde(rename = "type")]
    pub(super) kind: RevenueType,
    pub(super) amount: Money,
    pub(super) currency: Currency,
    pub(super) occurred_at: Timestamp,
    pub(super) external_product_identifier: Option<ExternalId>,
    pub(super) original_external_id: Option<ExternalId>,
}

/// The product that the revenue names.
#[derive(Debug, Serialize)]
pub(super) struct ExplainedProduct {
    pub(super) id: Uuid,
    pub(super) version: u64,
    pub(super) category: Option<Text<64>>,
    pub(super) tags: Vec<Text<64>>,
}

/// A revenue by its ids.
#[derive(Debug, Serialize)]
pub(super) struct Named {
    pub(super) id: Uuid,
    pub(super) external_id: Option<ExternalId>,
}

/// What was left of an original.
#[derive(Debug, Serialize)]
pub(super) struct Remaining {
    pub(super) amount: Units,
    pub(super) lines: Vec<Line>,
    pub(super) unallocated: Units,
}

/// How an amount is split, and why.
#[derive(Debug, Serialize)]
pub(super) struct ExplainedSplit {
    pub(super) rule: Option<ExplainedRule>,
    pub(super) others: Vec<Other>,
    #[serde(skip)]
    pub(super) others_total: usize,
    pub(super) accumulated: Option<ExplainedSums>,
    pub(super) lines: Vec<ExplainedLine>,
    pub(super) unallocated: ExplainedUnallocated,
}

/// The part of a refund that goes beyond its original.
#[derive(Debug, Serialize)]
pub(super) struct Excess {
    pub(super) amount: Sum,
    #[serde(flatten)]
    pub(super) split: ExplainedSplit,
}

/// The rule that applies.
#[derive(Debug, Serialize)]
pub(super) struct ExplainedRule {
    pub(super) id: Uuid,
    pub(super) external_id: Option<ExternalId>,
    pub(super) version: u64,
    pub(super) priority: Priority,
    /// None for a reversal, about which rules are not asked.
    pub(super) won_by: Option<&'static str>,
}

/// What a tiered rule has accumulated.
#[derive(Debug, Serialize)]
pub(super) struct ExplainedSums {
    pub(super) window: String,
    /// The first day that counts; none if everything does.
    pub(super) opening: Option<Date>,
    pub(super) before: Sum,
    pub(super) after: Sum,
}

/// A line, with the percentage of a flat share, or the bands of a tiered one.
#[derive(Debug, Serialize)]
pub(super) struct ExplainedLine {
    #[serde(flatten)]
    pub(super) line: Line,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) percentage: Option<Percentage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bands: Option<Vec<BandPart>>,
}

/// What nobody gets.
#[derive(Debug, Serialize)]
pub(super) struct ExplainedUnallocated {
    pub(super) amount: Units,
    pub(super) reason: Reason,
}

/// A refund that reverses the revenue.
#[derive(Debug, Serialize)]
pub(super) struct ExplainedReversal {
    pub(super) revenue_id: Uuid,
    pub(super) external_id: Option<ExternalId>,
    pub(super) occurred_at: Timestamp,
    pub(super) amount: Sum,
    pub(super) lines: Vec<Line>,
    pub(super) unallocated: Units,
}

impl ExplainedSplit {
    /// The split of nothing.
    pub(super) fn nothing() -> Self {
        Self {
            rule: None,
            others: Vec::new(),
            others_total: 0,
            accumulated: None,
            lines: Vec::new(),
            unallocated: ExplainedUnallocated {
                amount: Units::ZERO,
                reason: Reason::NoRule,
            },
        }
    }
}

impl ExplainedUnallocated {
    pub(super) fn of(split: &Split) -> Self {
        Self {
            amount: split.unallocated,
            reason: split.reason,
        }
    }
}

impl ExplainedRule {
    pub(super) fn new(rule: &Record<Rule>, won_by: Option<&'static str>) -> Self {
        Self {
            id: rule.id,
            external_id: rule.body.external_id.clone(),
            version: rule.version,
            priority: rule.body.priority,
            won_by,
        }
    }
}

impl From<&Revenue> for ExplainedRevenue {
    fn from(revenue: &Revenue) -> Self {
        Self {
            id: revenue.id,
            external_id: revenue.external_id.clone(),
            kind: revenue.kind,
            amount: revenue.amount,
            currency: revenue.currency.clone(),
            occurred_at: revenue.occurred_at,
            external_product_identifier: revenue.external_product_identifier.clone(),
            original_external_id: revenue.original_external_id.clone(),
        }
    }
}

impl From<&Record<Product>> for ExplainedProduct {
    fn from(product: &Record<Product>) -> Self {
        Self {
            id: product.id,
            version: product.version,
            category: product.body.category.clone(),
            tags: product.body.tags.to_vec(),
        }
    }
}
