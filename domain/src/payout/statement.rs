//! Statements: what the revenues of a period give to whom, as clients read it.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::balance::{Due, Outcome};
use super::units::Units;
use crate::counting::Digest;
use crate::revenue::RevenueType;
use crate::value::{Currency, Date, ExternalId, Money, Sum, Timestamp};

/// Which revenues are reported, and when what is due is paid.
#[derive(Clone, Copy, Debug, Serialize)]
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
#[derive(Debug, Serialize)]
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

/// The revenues of a statement.
#[derive(Debug, Serialize)]
pub struct ReportedRevenues {
    pub(super) count: u64,
    pub(super) digests: Vec<ReportedSums>,
}

/// The sums of one currency and type; the digest is that of `GET /api/v1/revenues/digest`.
#[derive(Debug, Serialize)]
pub struct ReportedSums {
    pub(super) currency: Currency,
    #[serde(rename = "type")]
    pub(super) kind: RevenueType,
    pub(super) count: u64,
    pub(super) sum: Sum,
    pub(super) digest: Digest,
}

/// The sums of one currency. What is allocated and unallocated adds up to the revenue.
#[derive(Debug, Serialize)]
pub struct Total {
    pub(super) currency: Currency,
    pub(super) revenue: Sum,
    pub(super) allocated: Units,
    pub(super) unallocated: Unallocated,
    pub(super) due: Due,
    pub(super) carried_out: Units,
    /// How many payees have each outcome.
    pub(super) payees: BTreeMap<&'static str, u64>,
}

/// What nobody gets, by the reason.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Unallocated {
    pub(super) rule_share: Units,
    pub(super) no_rule: Units,
}

/// What one payee is owed in one currency.
#[derive(Clone, Debug, Serialize)]
pub struct PayeeRow {
    /// The payee.
    pub payee_id: Uuid,
    /// The caller's own id of the payee.
    pub payee_external_id: Option<ExternalId>,
    /// The currency.
    pub currency: Currency,
    pub(super) carried_in: Units,
    /// What was earned in the period.
    pub earned: Units,
    pub(super) earned_from: EarnedFrom,
    pub(super) basis: Sum,
    pub(super) lines: u64,
    pub(super) by_rule: Vec<EarnedByRule>,
    pub(super) balance: Units,
    pub(super) threshold: Option<Money>,
    /// What is paid.
    pub due: Due,
    pub(super) carried_out: Units,
    /// Why it is due, or not.
    pub outcome: Outcome,
    pub(super) note: Option<&'static str>,
}

/// What was earned, by the type of the revenue.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct EarnedFrom {
    pub(super) sale: Units,
    pub(super) refund: Units,
    pub(super) adjustment: Units,
}

/// What was earned under one rule; by fallback without one.
#[derive(Clone, Debug, Serialize)]
pub struct EarnedByRule {
    pub(super) rule_id: Option<Uuid>,
    pub(super) earned: Units,
    pub(super) lines: u64,
}

/// One line of one payee.
#[derive(Clone, Debug, Serialize)]
pub struct ReportedLine {
    pub(super) revenue_id: Uuid,
    pub(super) external_id: Option<ExternalId>,
    pub(super) occurred_at: Timestamp,
    #[serde(rename = "type")]
    pub(super) kind: RevenueType,
    pub(super) currency: Currency,
    pub(super) basis: Sum,
    pub(super) rule_id: Option<Uuid>,
    pub(super) amount: Units,
}

/// How many revenues have each exception.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct ExceptionCounts {
    pub(super) no_rule: u64,
    pub(super) rule_tie: u64,
    pub(super) product_unknown: u64,
    pub(super) original_missing: u64,
    pub(super) over_refunded: u64,
}

/// What one payee earns less or more with other rules.
#[derive(Debug, Serialize)]
pub struct Difference {
    payee_id: Uuid,
    currency: Currency,
    now: Units,
    with_rules: Units,
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
