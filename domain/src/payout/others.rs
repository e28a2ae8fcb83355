//! The rules that do not apply to a revenue, and why not.

use std::cmp::Reverse;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::snapshot::Snapshot;
use crate::resource::Record;
use crate::revenue::Revenue;
use crate::rule::{Mismatch, Priority, Rule, RuleStatus};
use crate::value::ExternalId;

/// The most other rules that an explanation tells.
const OTHERS_MAX: usize = 100;

/// A rule that does not apply to a revenue.
#[derive(Debug, Serialize)]
pub(super) struct Other {
    id: Uuid,
    external_id: Option<ExternalId>,
    version: u64,
    priority: Priority,
    matched: bool,
    /// Why another rule wins, if this one matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_by: Option<&'static str>,
    /// The first thing in which it does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<Mismatch>,
}

/// The other rules.
pub(super) struct Others {
    /// The nearest ones: those that fail in the fewest things, then by priority and age.
    pub(super) told: Vec<Other>,
    /// How many there are.
    pub(super) total: usize,
    /// The greatest priority of those that match.
    best: Option<Priority>,
}

/// All rules but the winner, as far as they are told.
pub(super) fn others(
    snapshot: &Snapshot,
    revenue: &Revenue,
    winner: Option<&Record<Rule>>,
) -> Others {
    let rules = snapshot.rules().iter();
    let rules = rules.filter(|rule| winner.is_none_or(|winner| winner.id != rule.id));
    let mut failing: Vec<(usize, &Record<Rule>)> = rules
        .map(|rule| (mismatches(snapshot, revenue, &rule.body).count(), rule))
        .collect();
    failing.sort_by_key(|(failing, rule)| (*failing, Reverse(rule.body.priority), rule.id));
    let best = failing.first().filter(|(failing, _)| *failing == 0);
    let other = |(_, rule): &(usize, &Record<Rule>)| {
        let because = mismatches(snapshot, revenue, &rule.body).next();
        let lost_by = winner.filter(|_| because.is_none()).map(|winner| {
            match rule.body.priority == winner.body.priority {
                true => "age",
                false => "priority",
            }
        });
        Other {
            id: rule.id,
            external_id: rule.body.external_id.clone(),
            version: rule.version,
            priority: rule.body.priority,
            matched: because.is_none(),
            lost_by,
            because,
        }
    };
    Others {
        total: failing.len(),
        best: best.map(|(_, rule)| rule.body.priority),
        told: failing.iter().take(OTHERS_MAX).map(other).collect(),
    }
}

/// Why a rule wins over the others.
pub(super) fn won_by(winner: &Record<Rule>, others: &Others) -> &'static str {
    match others.best {
        None => "only_match",
        Some(best) if best == winner.body.priority => "age",
        Some(_) => "priority",
    }
}

/// Everything in which a rule does not match a revenue, in the order in which it is told.
fn mismatches<'a>(
    snapshot: &'a Snapshot,
    revenue: &'a Revenue,
    rule: &'a Rule,
) -> impl Iterator<Item = Mismatch> + 'a {
    let day = revenue.day();
    let status = (rule.status != RuleStatus::Active)
        .then(|| mismatch("status", json!(rule.status), Value::Null));
    let from = rule.effective_from.filter(|from| day < *from);
    let from = from.map(|from| mismatch("effective_from", json!(from), json!(day)));
    let to = rule.effective_to.filter(|to| *to < day);
    let to = to.map(|to| mismatch("effective_to", json!(to), json!(day)));
    let sold = snapshot.sold(revenue);
    let dimensions = rule.matching.mismatches(sold);
    let dimensions = dimensions.map(move |dimension| rule.matching.explain(dimension, sold));
    status.into_iter().chain(from).chain(to).chain(dimensions)
}

fn mismatch(dimension: &'static str, rule: Value, revenue: Value) -> Mismatch {
    Mismatch {
        dimension,
        rule,
        revenue,
    }
}
