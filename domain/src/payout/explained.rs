//! The parts of an explanation, as clients read them.

use schemars::JsonSchema;
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
use crate::schema::absent_or_set;
use crate::value::{Currency, Date, ExternalId, Money, Percentage, Sum, Text, Timestamp};

/// The revenue.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ExplainedRevenue {
    /// Its id.
    pub(super) id: Uuid,
    /// The caller's own id.
    pub(super) external_id: Option<ExternalId>,
    /// What it records.
    #[serde(rename = "type")]
    pub(super) kind: RevenueType,
    /// Its amount.
    pub(super) amount: Money,
    /// Its currency.
    pub(super) currency: Currency,
    /// When it happened.
    pub(super) occurred_at: Timestamp,
    /// The external id of the product.
    pub(super) external_product_identifier: Option<ExternalId>,
    /// Of a refund or an adjustment: the sale that it is about.
    pub(super) original_external_id: Option<ExternalId>,
}

/// The product that the revenue names.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ExplainedProduct {
    /// Its id.
    pub(super) id: Uuid,
    /// Its version.
    pub(super) version: u64,
    /// Its category.
    pub(super) category: Option<Text<64>>,
    /// Its tags.
    pub(super) tags: Vec<Text<64>>,
}

/// A revenue by its ids.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NamedRevenue")]
pub(super) struct Named {
    /// Its id.
    pub(super) id: Uuid,
    /// The caller's own id.
    pub(super) external_id: Option<ExternalId>,
}

/// What was left of an original.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ExplainedRemainder")]
pub(super) struct Remaining {
    /// How much of the revenue.
    pub(super) amount: Units,
    /// What payees still had of it.
    pub(super) lines: Vec<Line>,
    /// What nobody had of it.
    pub(super) unallocated: Units,
}

/// How an amount is split, and why.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ExplainedSplit {
    /// The rule that applies; `null` if none does.
    pub(super) rule: Option<ExplainedRule>,
    /// The rules that do not apply, closest matches first; the first 100.
    pub(super) others: Vec<Other>,
    #[serde(skip)]
    pub(super) others_total: usize,
    /// What a tiered rule has accumulated; `null` for others.
    pub(super) accumulated: Option<ExplainedSums>,
    /// What each payee gets.
    pub(super) lines: Vec<ExplainedLine>,
    /// What nobody gets.
    pub(super) unallocated: ExplainedUnallocated,
}

/// The part of a refund that goes beyond its original.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ExplainedExcess")]
pub(super) struct Excess {
    /// The amount that goes beyond it.
    pub(super) amount: Sum,
    #[serde(flatten)]
    pub(super) split: ExplainedSplit,
}

/// The rule that applies.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ExplainedRule {
    /// Its id.
    pub(super) id: Uuid,
    /// The caller's own id.
    pub(super) external_id: Option<ExternalId>,
    /// Its version.
    pub(super) version: u64,
    /// Its priority.
    pub(super) priority: Priority,
    /// Why it wins: `only_match`, `priority` or `age` (the older rule wins). `null` for a reversal,
    /// about which rules are not asked.
    pub(super) won_by: Option<&'static str>,
}

/// What a tiered rule has accumulated.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ExplainedSums {
    /// The window, as in `2026-05`.
    pub(super) window: String,
    /// The first day that counts; `null` if everything does.
    pub(super) opening: Option<Date>,
    /// The sum before the revenue.
    pub(super) before: Sum,
    /// The sum after it.
    pub(super) after: Sum,
}

/// A line, with the percentage of a flat share, or the bands of a tiered one.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(transform = absent_or_set)]
pub(super) struct ExplainedLine {
    #[serde(flatten)]
    pub(super) line: Line,
    /// The percentage of a flat share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) percentage: Option<Percentage>,
    /// The bands of a tiered share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bands: Option<Vec<BandPart>>,
}

/// What nobody gets.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ExplainedUnallocated {
    /// How much it is.
    pub(super) amount: Units,
    /// Why nobody gets it.
    pub(super) reason: Reason,
}

/// A refund that reverses the revenue.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ExplainedReversal {
    /// The refund.
    pub(super) revenue_id: Uuid,
    /// The caller's own id.
    pub(super) external_id: Option<ExternalId>,
    /// When it happened.
    pub(super) occurred_at: Timestamp,
    /// How much it reverses.
    pub(super) amount: Sum,
    /// What payees give back.
    pub(super) lines: Vec<Line>,
    /// What nobody gives back.
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
