//! Statements: what the revenues of a period give to whom, as clients read it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::balance::{Due, Outcome};
use super::units::Units;
use crate::counting::Digest;
use crate::revenue::RevenueType;
use crate::schema::absent_or_set;
use crate::value::{Currency, Date, ExternalId, Money, Sum, Timestamp};

/// Which revenues are reported, and when what is due is paid.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Period {
    /// The first day that is reported.
    pub from: Date,
    /// The last day that is reported.
    pub to: Date,
    /// The day on which the computation begins with empty sums.
    pub opening: Date,
    /// The day for which holds are judged.
    pub payout_date: Date,
}

/// What the revenues of a period give to whom.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(transform = absent_or_set)]
pub struct Statement {
    /// The period.
    #[serde(flatten)]
    pub period: Period,
    /// The revenues of the period.
    pub revenues: ReportedRevenues,
    /// The sums of each currency.
    pub totals: Vec<Total>,
    /// What each payee is owed in each currency, ordered by both.
    pub payees: Vec<PayeeRow>,
    /// The first lines of one payee, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<ReportedLine>>,
    /// How many lines that payee has.
    #[serde(skip)]
    pub lines_total: usize,
    /// How many revenues have each exception.
    pub exceptions: ExceptionCounts,
    /// Active rules that are in effect on a day of the period and have no revenue in it.
    pub rules_without_revenue: Vec<Uuid>,
}

/// The revenues of the period.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PayoutRevenues")]
pub struct ReportedRevenues {
    /// How many revenues there are.
    pub(super) count: u64,
    /// Their sums by currency and type, for comparison with those of the revenues.
    pub(super) digests: Vec<ReportedSums>,
}

/// The sums of one currency and type; the digest is that of `GET /api/v1/revenues/digest`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PayoutRevenueSums")]
pub struct ReportedSums {
    /// The currency.
    pub(super) currency: Currency,
    /// The type.
    #[serde(rename = "type")]
    pub(super) kind: RevenueType,
    /// How many revenues there are.
    pub(super) count: u64,
    /// The sum of their amounts.
    pub(super) sum: Sum,
    /// Their digest.
    pub(super) digest: Digest,
}

/// The sums of one currency. What is allocated and unallocated adds up to the revenue.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PayoutTotal")]
pub struct Total {
    /// The currency.
    pub(super) currency: Currency,
    /// The sum of the revenues.
    pub(super) revenue: Sum,
    /// What payees get of it.
    pub(super) allocated: Units,
    /// What nobody gets of it.
    pub(super) unallocated: Unallocated,
    /// What is paid.
    pub(super) due: Due,
    /// What is carried to the next period.
    pub(super) carried_out: Units,
    /// How many payees have each outcome.
    pub(super) payees: BTreeMap<&'static str, u64>,
}

/// What nobody gets, by the reason.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "PayoutUnallocated")]
pub struct Unallocated {
    /// Because the rule gives away less than everything.
    pub(super) rule_share: Units,
    /// Because no rule matches, and fallbacks give away less than everything.
    pub(super) no_rule: Units,
}

/// What one payee is owed in one currency.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "PayeePayout")]
pub struct PayeeRow {
    /// The payee.
    pub payee_id: Uuid,
    /// The caller's own id of the payee.
    pub payee_external_id: Option<ExternalId>,
    /// The currency.
    pub currency: Currency,
    /// What was not paid for earlier periods, since the opening.
    pub(super) carried_in: Units,
    /// What was earned in the period.
    pub earned: Units,
    /// What was earned, by the type of the revenue.
    pub(super) earned_from: EarnedFrom,
    /// The sum of the revenues that it was earned from.
    pub(super) basis: Sum,
    /// How many lines it consists of.
    pub(super) lines: u64,
    /// What was earned, by rule.
    pub(super) by_rule: Vec<EarnedByRule>,
    /// What is owed: carried in and earned.
    pub(super) balance: Units,
    /// The least balance that is paid out; `null` if there is none in this currency.
    pub(super) threshold: Option<Money>,
    /// What is paid.
    pub due: Due,
    /// What is carried to the next period.
    pub(super) carried_out: Units,
    /// Why it is due, or not.
    pub outcome: Outcome,
    /// `other_currency` if the payee wants to be paid in another currency.
    pub(super) note: Option<&'static str>,
}

/// What was earned, by the type of the revenue.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "EarnedByType")]
pub struct EarnedFrom {
    /// From sales.
    pub(super) sale: Units,
    /// From refunds.
    pub(super) refund: Units,
    /// From adjustments.
    pub(super) adjustment: Units,
}

/// What was earned under one rule; by fallback without one.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EarnedByRule {
    /// The rule; `null` for fallbacks.
    pub(super) rule_id: Option<Uuid>,
    /// What was earned.
    pub(super) earned: Units,
    /// How many lines it consists of.
    pub(super) lines: u64,
}

/// One line of one payee.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "PayoutLine")]
pub struct ReportedLine {
    /// The revenue.
    pub(super) revenue_id: Uuid,
    /// The caller's own id of the revenue.
    pub(super) external_id: Option<ExternalId>,
    /// When it happened.
    pub(super) occurred_at: Timestamp,
    /// Its type.
    #[serde(rename = "type")]
    pub(super) kind: RevenueType,
    /// Its currency.
    pub(super) currency: Currency,
    /// The amount that is shared.
    pub(super) basis: Sum,
    /// The rule that applies; `null` for fallbacks.
    pub(super) rule_id: Option<Uuid>,
    /// What the payee gets.
    pub(super) amount: Units,
}

/// How many revenues have each exception.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "PayoutExceptions")]
pub struct ExceptionCounts {
    /// No rule matches.
    pub(super) no_rule: u64,
    /// Several rules with the greatest priority match, and the oldest applies.
    pub(super) rule_tie: u64,
    /// No product has the `external_product_identifier`, and a rule asks for products.
    pub(super) product_unknown: u64,
    /// The sale that a refund names is not there.
    pub(super) original_missing: u64,
    /// More was refunded than was sold.
    pub(super) over_refunded: u64,
}

/// What one payee earns less or more with other rules.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PayoutDifference")]
pub struct Difference {
    /// The payee.
    payee_id: Uuid,
    /// The currency.
    currency: Currency,
    /// What is earned with the rules as they are.
    now: Units,
    /// What is earned with the rules of the request.
    with_rules: Units,
    /// How much more that is.
    difference: Units,
}

/// Where what payees earn differs between two statements of the same period.
pub fn compare(now: &Statement, with_rules: &Statement) -> Vec<Difference> {
    let mut earned: BTreeMap<(Uuid, &Currency), (Units, Units)> = BTreeMap::new();
    for row in &now.payees {
        let place = (row.payee_id, &row.currency);
        earned.entry(place).or_default().0 = row.earned;
    }
    for row in &with_rules.payees {
        let place = (row.payee_id, &row.currency);
        earned.entry(place).or_default().1 = row.earned;
    }
    let mut differences = Vec::new();
    for ((payee_id, currency), (now, with_rules)) in earned {
        if now != with_rules {
            differences.push(Difference {
                payee_id,
                currency: currency.clone(),
                now,
                with_rules,
                difference: with_rules - now,
            });
        }
    }
    differences
}
