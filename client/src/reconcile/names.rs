//! Which rows name a revenue that an earlier row names.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use domain::revenue::Revenue;

use crate::check::EXTERNAL_IDS_MAX;

/// What a row is among the rows before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// No earlier row has its source and external id, or it has no external id.
    First,
    /// An earlier row has them, with the same values.
    Again,
    /// The first row with them has other values.
    Contradicts,
}

/// The external ids of files, of which only hashes are kept. Beyond [`EXTERNAL_IDS_MAX`], a row of
/// a further one is always the first.
#[derive(Debug, Default)]
pub struct Names {
    hasher: RandomState,
    /// Each external id with the values of its first row.
    values: HashMap<u64, u64>,
    /// Those whose rows contradict each other.
    several: HashSet<u64>,
}

impl Names {
    /// Takes a row.
    pub fn take(&mut self, revenue: &Revenue) -> Naming {
        let Some(name) = self.name(revenue) else {
            return Naming::First;
        };
        let time = revenue.occurred_at.to_string();
        let amount = revenue.amount.thousandths();
        let values = (revenue.kind, amount, &revenue.currency, time);
        let values = self.hasher.hash_one(values);
        match self.values.get(&name) {
            Some(first) if *first == values => Naming::Again,
            Some(_) => {
                self.several.insert(name);
                Naming::Contradicts
            }
            None => {
                if self.values.len() < EXTERNAL_IDS_MAX {
                    self.values.insert(name, values);
                }
                Naming::First
            }
        }
    }

    /// Whether the rows with the source and the external id of this one have different values.
    pub fn has_several(&self, revenue: &Revenue) -> bool {
        let name = self.name(revenue);
        name.is_some_and(|name| self.several.contains(&name))
    }

    /// Whether any rows contradict each other.
    pub fn is_contradictory(&self) -> bool {
        !self.several.is_empty()
    }

    /// Forgets the rows, but not which contradict each other. The same rows can be taken again.
    pub fn forget(&mut self) {
        self.values = HashMap::new();
    }

    fn name(&self, revenue: &Revenue) -> Option<u64> {
        let external_id = revenue.external_id.as_ref()?.as_str();
        let name = (revenue.revenue_source_id, external_id);
        Some(self.hasher.hash_one(name))
    }
}
