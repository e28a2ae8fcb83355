//! Computing: what each revenue gives to whom, one after another.

use uuid::Uuid;

use super::bands;
use super::order::original_id;
use super::snapshot::Snapshot;
use super::split::{Accumulated, Line, Reason, Split};
use super::state::{Bucket, Original, State};
use super::units::Units;
use super::window::Window;
use crate::resource::Record;
use crate::revenue::Revenue;
use crate::rule::{Rule, Share};
use crate::value::Sum;

/// What a revenue gives to whom.
///
/// It has a reversal if it is a refund of a known revenue, and a split of its own if anything is
/// left of it beyond that: then rules are asked. An over-refund has both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Computed {
    /// What it takes back of its original.
    pub reversal: Option<Box<Reversal>>,
    /// What rules, or else fallback percentages, say about the rest.
    pub own: Option<Split>,
    /// What is worth a look.
    pub exceptions: Exceptions,
}

/// What a refund takes back.
#[derive(Clone, Debug, PartialEq)]
pub struct Reversal {
    /// The revenue that it reverses.
    pub original: Uuid,
    /// What was left of that before.
    pub remaining_before: Original,
    /// The lines of the original that are taken back: none is above zero.
    pub split: Split,
}

/// What is worth a look in a revenue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exceptions {
    /// No rule matches.
    pub no_rule: bool,
    /// Another rule of the winner's priority matches too.
    pub rule_tie: bool,
    /// It names a product that does not exist, while some active rule asks for product data.
    pub product_unknown: bool,
    /// It names an original that it cannot reverse.
    pub original_missing: bool,
    /// It takes back more than is left of its original.
    pub over_refunded: bool,
}

impl Computed {
    /// Its splits: the reversal, then its own.
    pub fn splits(&self) -> impl Iterator<Item = &Split> {
        let reversal = self.reversal.as_ref().map(|reversal| &reversal.split);
        reversal.into_iter().chain(&self.own)
    }
}

/// Computes revenues in the order of [`in_order`](super::in_order), all from the opening day on.
/// The state moves on with each.
pub fn compute(snapshot: &Snapshot, state: &mut State, revenues: &[Revenue]) -> Vec<Computed> {
    let each = revenues.iter();
    each.map(|revenue| apply(snapshot, state, revenue))
        .collect()
}

/// Computes one revenue.
pub fn apply(snapshot: &Snapshot, state: &mut State, revenue: &Revenue) -> Computed {
    let mut computed = Computed::default();
    let mut rest = Sum::from(revenue.amount);
    if let Some(original) = original_id(snapshot.workspace(), revenue) {
        match reverse(state, revenue, original) {
            Some(Reversed { reversal, excess }) => {
                computed.exceptions.over_refunded = excess != Sum::default();
                computed.reversal = reversal;
                rest = excess;
            }
            None => computed.exceptions.original_missing = true,
        }
    }
    if rest != Sum::default() {
        let split = allocate(snapshot, state, revenue, rest, &mut computed.exceptions);
        if revenue.amount.is_positive() && revenue.external_id.is_some() {
            state.remember(revenue.id, &revenue.currency, &split);
        }
        computed.own = Some(split);
    }
    computed
}

struct Reversed {
    /// None if nothing was left to reverse.
    reversal: Option<Box<Reversal>>,
    /// What goes beyond what was left; zero or negative.
    excess: Sum,
}

/// Reverses an original, if the state has it and it is in the same currency.
fn reverse(state: &mut State, revenue: &Revenue, id: Uuid) -> Option<Reversed> {
    let original = state.originals.get_mut(&id);
    let original = original.filter(|original| original.currency == revenue.currency)?;
    let refunded = -Units::from(revenue.amount);
    let wanted = refunded.min(original.remaining());
    let excess = (wanted - refunded).amount();
    if wanted == Units::ZERO {
        return Some(Reversed {
            reversal: None,
            excess,
        });
    }
    let remaining_before = original.clone();
    let (taken, of_nobody) = original.reverse(wanted);
    let negative = |Line { payee, amount }: Line| Line {
        payee,
        amount: -amount,
    };
    let basis = (-wanted).amount();
    let accumulated = remaining_before.rule.zip(remaining_before.window);
    let accumulated = accumulated.map(|(rule, window)| {
        let currency = revenue.currency.clone();
        accumulate(
            state,
            Bucket {
                rule,
                currency,
                window,
            },
            basis,
        )
    });
    let split = Split {
        basis,
        rule: remaining_before.rule,
        accumulated,
        lines: taken.into_iter().map(negative).collect(),
        unallocated: -of_nobody,
        reason: remaining_before.reason,
    };
    Some(Reversed {
        reversal: Some(Box::new(Reversal {
            original: id,
            remaining_before,
            split,
        })),
        excess,
    })
}

/// Splits an amount as rules, or else fallback percentages, say.
fn allocate(
    snapshot: &Snapshot,
    state: &mut State,
    revenue: &Revenue,
    amount: Sum,
    exceptions: &mut Exceptions,
) -> Split {
    let decision = snapshot.decide(revenue);
    exceptions.rule_tie = decision.is_tie;
    exceptions.product_unknown = decision.is_product_unknown;
    exceptions.no_rule = decision.winner.is_none();
    let (accumulated, lines) = match decision.winner {
        Some(rule) => by_rule(state, revenue, amount, rule),
        None => (None, by_fallback(snapshot, amount)),
    };
    let allocated: Units = lines.iter().map(|line: &Line| line.amount).sum();
    Split {
        basis: amount,
        rule: decision.winner.map(|rule| rule.id),
        accumulated,
        lines,
        unallocated: Units::from(amount) - allocated,
        reason: match decision.winner {
            Some(_) => Reason::RuleShare,
            None => Reason::NoRule,
        },
    }
}

fn by_rule(
    state: &mut State,
    revenue: &Revenue,
    amount: Sum,
    rule: &Record<Rule>,
) -> (Option<Accumulated>, Vec<Line>) {
    let mut sums: Option<Accumulated> = None;
    let allocations = rule.body.allocations.iter();
    let line = |allocation: &crate::rule::Allocation| {
        let share = match &allocation.share {
            Share::Flat { percentage } => Units::share(amount, *percentage),
            Share::Tiered { tiers } => {
                let sums = sums.get_or_insert_with(|| {
                    let bucket = Bucket {
                        rule: rule.id,
                        currency: revenue.currency.clone(),
                        window: Window::of(rule.body.accumulation, revenue.day()),
                    };
                    accumulate(state, bucket, amount)
                });
                bands::between(tiers, sums.before, sums.after)
            }
        };
        Line {
            payee: allocation.payee_id,
            amount: share,
        }
    };
    let lines = allocations.map(line).collect();
    (sums, lines)
}

fn by_fallback(snapshot: &Snapshot, amount: Sum) -> Vec<Line> {
    let line = |(payee, percentage): &(Uuid, _)| Line {
        payee: *payee,
        amount: Units::share(amount, *percentage),
    };
    snapshot.fallback().iter().map(line).collect()
}

fn accumulate(state: &mut State, bucket: Bucket, amount: Sum) -> Accumulated {
    let window = bucket.window;
    let (before, after) = state.accumulate(bucket, amount);
    Accumulated {
        window,
        before,
        after,
    }
}
