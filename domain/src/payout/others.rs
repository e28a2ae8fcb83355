//! The rules that do not apply to a revenue, and why not.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::snapshot::Snapshot;
use crate::resource::Record;
use crate::revenue::Revenue;
use crate::rule::{Dimension, Mismatch, Priority, Rule, RuleStatus};
use crate::schema::absent_or_set;
use crate::value::{Date, ExternalId};

/// The most other rules in an explanation.
const OTHERS_MAX: usize = 100;

/// A rule that does not apply to a revenue.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OtherRule", transform = absent_or_set)]
pub(super) struct Other {
    /// Its id.
    id: Uuid,
    /// The caller's own id.
    external_id: Option<ExternalId>,
    /// Its version.
    version: u64,
    /// Its priority.
    priority: Priority,
    /// Whether it matches the revenue.
    matched: bool,
    /// Why another rule wins, if this one matches: `priority` or `age` (the older rule wins).
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_by: Option<&'static str>,
    /// The first thing in which it does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<Mismatch>,
}

/// The other rules.
pub(super) struct Others {
    /// The nearest ones: those that fail in the fewest things, then by priority and age.
    pub(super) nearest: Vec<Other>,
    /// How many there are.
    pub(super) total: usize,
    /// The greatest priority of those that match.
    best: Option<Priority>,
}

/// All rules but the winner.
pub(super) fn others(
    snapshot: &Snapshot,
    revenue: &Revenue,
    winner: Option<&Record<Rule>>,
) -> Others {
    let rules = snapshot.rules().iter();
    let rules = rules.filter(|rule| winner.is_none_or(|winner| winner.id != rule.id));
    let mut failing: Vec<(usize, &Record<Rule>)> = rules
        .map(|rule| (failures(snapshot, revenue, &rule.body).count(), rule))
        .collect();
    failing.sort_by_key(|(failing, rule)| (*failing, Reverse(rule.body.priority), rule.id));
    let best = failing.first().filter(|(failing, _)| *failing == 0);
    let other = |(_, rule): &(usize, &Record<Rule>)| {
        let first = failures(snapshot, revenue, &rule.body).next();
        let because = first.map(|failure| failure.explain(snapshot, revenue, &rule.body));
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
        nearest: failing.iter().take(OTHERS_MAX).map(other).collect(),
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

/// Something in which a rule does not match a revenue.
enum Failure {
    Status,
    EffectiveFrom(Date),
    EffectiveTo(Date),
    Match(Dimension),
}

/// Everything in which a rule does not match a revenue, in the order in which it is reported.
fn failures<'a>(
    snapshot: &'a Snapshot,
    revenue: &'a Revenue,
    rule: &'a Rule,
) -> impl Iterator<Item = Failure> + 'a {
    let day = revenue.day();
    let status = (rule.status != RuleStatus::Active).then_some(Failure::Status);
    let from = rule.effective_from.filter(|from| day < *from);
    let to = rule.effective_to.filter(|to| *to < day);
    let dimensions = rule.matching.mismatches(snapshot.sold(revenue));
    status
        .into_iter()
        .chain(from.map(Failure::EffectiveFrom))
        .chain(to.map(Failure::EffectiveTo))
        .chain(dimensions.map(Failure::Match))
}

impl Failure {
    /// The failure with both values.
    fn explain(self, snapshot: &Snapshot, revenue: &Revenue, rule: &Rule) -> Mismatch {
        let (dimension, rule, revenue) = match self {
            Self::Status => ("status", json!(rule.status), Value::Null),
            Self::EffectiveFrom(from) => ("effective_from", json!(from), json!(revenue.day())),
            Self::EffectiveTo(to) => ("effective_to", json!(to), json!(revenue.day())),
            Self::Match(dimension) => {
                return rule.matching.explain(dimension, snapshot.sold(revenue));
            }
        };
        Mismatch {
            dimension,
            rule,
            revenue,
        }
    }
}
