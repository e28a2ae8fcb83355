//! Explanations: everything about one revenue.

use schemars::JsonSchema;
use serde::Serialize;

use super::bands;
use super::compute::{Computed, Exceptions, Reversal};
use super::explained::{
    Excess, ExplainedLine, ExplainedProduct, ExplainedRevenue, ExplainedReversal, ExplainedRule,
    ExplainedSplit, ExplainedSums, ExplainedUnallocated, Named, Remaining,
};
use super::others::{others, won_by};
use super::sentence::sentence;
use super::snapshot::Snapshot;
use super::split::{Line, Split};
use crate::resource::Record;
use crate::revenue::Revenue;
use crate::rule::{Rule, Share};
use crate::schema::absent_or_set;
use crate::value::Date;

/// The most refunds in an explanation.
const REVERSALS_MAX: usize = 100;

/// Everything about one revenue, so that each figure can be computed again by hand.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PayoutExplanation", transform = absent_or_set)]
pub struct Explanation {
    /// The revenue.
    revenue: ExplainedRevenue,
    /// The product that it names; `null` if there is none.
    product: Option<ExplainedProduct>,
    /// The original of a reversal.
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<Named>,
    /// What was left of the original before the reversal.
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_before: Option<Remaining>,
    #[serde(flatten)]
    split: ExplainedSplit,
    /// What goes beyond the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    excess: Option<Excess>,
    /// What is unusual about it, as counted in a preview.
    exceptions: Vec<&'static str>,
    /// Refunds that reverse it; the first 100.
    reversals: Vec<ExplainedReversal>,
    /// The same in one sentence.
    sentence: String,
    /// How many refunds reverse it.
    #[serde(skip)]
    pub reversals_total: usize,
}

impl Explanation {
    /// Explains what was computed for a revenue. `opening` is the day on which the computation
    /// began.
    pub fn new(
        snapshot: &Snapshot,
        revenue: &Revenue,
        computed: &Computed,
        opening: Option<Date>,
    ) -> Self {
        let explainer = Explainer {
            snapshot,
            revenue,
            opening,
        };
        let own = computed.own.as_ref().map(|split| explainer.own(split));
        let (original, remaining_before, split, excess) = match &computed.reversal {
            None => (
                None,
                None,
                own.unwrap_or_else(ExplainedSplit::nothing),
                None,
            ),
            Some(reversal) => {
                let original = Named {
                    id: reversal.original,
                    external_id: revenue.original_external_id.clone(),
                };
                let remaining_before = Remaining {
                    amount: reversal.remaining_before.remaining(),
                    lines: reversal.remaining_before.lines.clone(),
                    unallocated: reversal.remaining_before.unallocated,
                };
                let amount = computed.own.as_ref().map(|split| split.basis);
                let excess = amount.zip(own);
                (
                    Some(original),
                    Some(remaining_before),
                    explainer.reversal(reversal),
                    excess.map(|(amount, split)| Excess { amount, split }),
                )
            }
        };
        Self {
            revenue: ExplainedRevenue::from(revenue),
            product: snapshot.sold(revenue).product.map(ExplainedProduct::from),
            original,
            remaining_before,
            split,
            excess,
            exceptions: names(computed.exceptions),
            reversals: Vec::new(),
            sentence: sentence(snapshot, revenue, computed),
            reversals_total: 0,
        }
    }

    /// How many other rules there are; none for a reversal, about which rules are not asked.
    pub fn others_total(&self) -> usize {
        let excess = self.excess.as_ref().map(|excess| &excess.split);
        excess.unwrap_or(&self.split).others_total
    }

    /// Adds a later refund, if it reverses the revenue.
    pub fn add_reversal(&mut self, refund: &Revenue, computed: &Computed) {
        let reversal = computed.reversal.as_ref();
        let Some(reversal) = reversal.filter(|reversal| reversal.original == self.revenue.id)
        else {
            return;
        };
        self.reversals_total += 1;
        if self.reversals.len() < REVERSALS_MAX {
            self.reversals.push(ExplainedReversal {
                revenue_id: refund.id,
                external_id: refund.external_id.clone(),
                occurred_at: refund.occurred_at,
                amount: reversal.split.basis,
                lines: reversal.split.lines.clone(),
                unallocated: reversal.split.unallocated,
            });
        }
    }
}

struct Explainer<'a> {
    snapshot: &'a Snapshot,
    revenue: &'a Revenue,
    opening: Option<Date>,
}

impl Explainer<'_> {
    /// A split about which rules were asked.
    fn own(&self, split: &Split) -> ExplainedSplit {
        let rule = split.rule.and_then(|id| self.snapshot.rule(id));
        let others = others(self.snapshot, self.revenue, rule);
        let lines = split.lines.iter().map(|line| match rule {
            Some(rule) => by_rule(rule, split, line),
            None => by_fallback(self.snapshot, line),
        });
        ExplainedSplit {
            rule: rule.map(|rule| ExplainedRule::new(rule, Some(won_by(rule, &others)))),
            accumulated: self.sums(split),
            lines: lines.collect(),
            unallocated: ExplainedUnallocated::of(split),
            others_total: others.total,
            others: others.nearest,
        }
    }

    fn reversal(&self, reversal: &Reversal) -> ExplainedSplit {
        let split = &reversal.split;
        let rule = split.rule.and_then(|id| self.snapshot.rule(id));
        let line = |line: &Line| ExplainedLine {
            line: line.clone(),
            percentage: None,
            bands: None,
        };
        ExplainedSplit {
            rule: rule.map(|rule| ExplainedRule::new(rule, None)),
            others: Vec::new(),
            others_total: 0,
            accumulated: self.sums(split),
            lines: split.lines.iter().map(line).collect(),
            unallocated: ExplainedUnallocated::of(split),
        }
    }

    fn sums(&self, split: &Split) -> Option<ExplainedSums> {
        split.accumulated.as_ref().map(|sums| ExplainedSums {
            window: sums.window.to_string(),
            opening: self.opening,
            before: sums.before,
            after: sums.after,
        })
    }
}

fn by_rule(rule: &Record<Rule>, split: &Split, line: &Line) -> ExplainedLine {
    let mut allocations = rule.body.allocations.iter();
    let allocation = allocations.find(|allocation| allocation.payee_id == line.payee);
    let (percentage, bands) = match allocation.map(|allocation| &allocation.share) {
        Some(Share::Flat { percentage }) => (Some(*percentage), None),
        Some(Share::Tiered { tiers }) => {
            let sums = split.accumulated.as_ref();
            let parts = sums.map(|sums| bands::parts(tiers, sums.before, sums.after).collect());
            (None, parts)
        }
        None => (None, None),
    };
    ExplainedLine {
        line: line.clone(),
        percentage,
        bands,
    }
}

fn by_fallback(snapshot: &Snapshot, line: &Line) -> ExplainedLine {
    let mut shares = snapshot.fallback().iter();
    let share = shares.find(|(payee, _)| *payee == line.payee);
    ExplainedLine {
        line: line.clone(),
        percentage: share.map(|(_, percentage)| *percentage),
        bands: None,
    }
}

fn names(exceptions: Exceptions) -> Vec<&'static str> {
    let Exceptions {
        no_rule,
        rule_tie,
        product_unknown,
        original_missing,
        over_refunded,
    } = exceptions;
    let all = [
        (no_rule, "no_rule"),
        (rule_tie, "rule_tie"),
        (product_unknown, "product_unknown"),
        (original_missing, "original_missing"),
        (over_refunded, "over_refunded"),
    ];
    all.into_iter()
        .filter(|(has, _)| *has)
        .map(|(_, name)| name)
        .collect()
}
