//! What a computation remembers between one revenue and the next.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::split::{Line, Reason, Split};
use super::units::{Units, apportion};
use super::window::Window;
use crate::value::{Currency, Sum};

/// What a computation remembers: the accumulated sums of tiered rules, and what is left to reverse
/// of revenues that a refund may still name. It can be stored after any revenue, and resumed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredState", into = "StoredState")]
pub struct State {
    pub(super) accumulated: HashMap<Bucket, Sum>,
    pub(super) originals: HashMap<Uuid, Original>,
    /// The only originals that are remembered, if it is known which ones refunds name.
    named: Option<HashSet<Uuid>>,
}

/// What accumulates together: the revenue that a rule wins in a currency, within a window.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Bucket {
    pub(super) rule: Uuid,
    pub(super) currency: Currency,
    pub(super) window: Window,
}

/// What is left to reverse of a revenue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Original {
    /// The currency of the revenue.
    pub currency: Currency,
    /// The rule that applied to it, if there was one.
    pub rule: Option<Uuid>,
    /// Where the rule accumulated it, if the rule is tiered.
    pub window: Option<Window>,
    /// The lines, as far as they are not reversed.
    pub lines: Vec<Line>,
    /// What nobody got, as far as it is not reversed.
    pub unallocated: Units,
    /// Why nobody got it.
    pub reason: Reason,
}

/// A state as it is stored: sorted, so that equal states have one text.
#[derive(Serialize, Deserialize)]
struct StoredState {
    accumulated: Vec<(Bucket, SumText)>,
    originals: Vec<(Uuid, Original)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    named: Option<Vec<Uuid>>,
}

/// A sum in units, which can be read back.
type SumText = Units;

impl State {
    /// The state before the first revenue. `named` are the ids of the originals that refunds name,
    /// if all refunds are known; otherwise every revenue that can be named is remembered.
    pub fn new(named: Option<HashSet<Uuid>>) -> Self {
        Self {
            named,
            ..Self::default()
        }
    }

    /// What is left to reverse of a revenue, if a refund may name it.
    pub fn original(&self, id: Uuid) -> Option<&Original> {
        self.originals.get(&id)
    }

    /// Remembers a revenue that a refund may name.
    pub(super) fn remember(&mut self, id: Uuid, currency: &Currency, split: &Split) {
        if self
            .named
            .as_ref()
            .is_some_and(|named| !named.contains(&id))
        {
            return;
        }
        let original = Original {
            currency: currency.clone(),
            rule: split.rule,
            window: split.accumulated.as_ref().map(|sums| sums.window),
            lines: split.lines.clone(),
            unallocated: split.unallocated,
            reason: split.reason,
        };
        self.originals.insert(id, original);
    }

    /// Adds to the sum of a bucket, and returns the sums before and after.
    pub(super) fn accumulate(&mut self, bucket: Bucket, amount: Sum) -> (Sum, Sum) {
        let sum = self.accumulated.entry(bucket).or_default();
        let before = *sum;
        *sum += amount;
        (before, *sum)
    }
}

impl Original {
    /// The sum of what is left to reverse.
    pub fn remaining(&self) -> Units {
        self.unallocated + self.lines.iter().map(|line| line.amount).sum()
    }

    /// Takes `amount` away from the lines, in proportion to what is left of each, and returns what
    /// was taken. It is at most what is left.
    pub(super) fn reverse(&mut self, amount: Units) -> (Vec<Line>, Units) {
        let mut weights: Vec<Units> = self.lines.iter().map(|line| line.amount).collect();
        weights.push(self.unallocated);
        let steps = apportion(amount, &weights);
        let mut taken = Vec::with_capacity(self.lines.len());
        for (line, step) in self.lines.iter_mut().zip(&steps) {
            line.amount -= *step;
            taken.push(Line {
                payee: line.payee,
                amount: *step,
            });
        }
        let of_nobody = steps.last().copied().unwrap_or_default();
        self.unallocated -= of_nobody;
        (taken, of_nobody)
    }
}

impl From<State> for StoredState {
    fn from(state: State) -> Self {
        let sums = state.accumulated.into_iter();
        let mut accumulated: Vec<_> = sums.map(|(bucket, sum)| (bucket, sum.into())).collect();
        accumulated.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut originals: Vec<_> = state.originals.into_iter().collect();
        originals.sort_by_key(|(id, _)| *id);
        let named = state.named.map(|named| {
            let mut named: Vec<Uuid> = named.into_iter().collect();
            named.sort();
            named
        });
        Self {
            accumulated,
            originals,
            named,
        }
    }
}

impl From<StoredState> for State {
    fn from(stored: StoredState) -> Self {
        let sums = stored.accumulated.into_iter();
        Self {
            accumulated: sums.map(|(bucket, sum)| (bucket, sum.amount())).collect(),
            originals: stored.originals.into_iter().collect(),
            named: stored.named.map(|named| named.into_iter().collect()),
        }
    }
}
