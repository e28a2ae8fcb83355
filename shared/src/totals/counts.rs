//! Counts in order, and which of them hold a page.

use std::collections::BTreeMap;

/// Counts in order: of all revenues, and of those that are selected.
#[derive(Debug, Default)]
pub struct Counts<K> {
    /// Of all revenues.
    pub all: BTreeMap<K, u64>,
    /// Of those that are selected; never more.
    pub selected: BTreeMap<K, u64>,
}

impl<K: Ord + Copy> Counts<K> {
    /// The keys, last first, that hold `count` selected revenues from number `first` on, and how
    /// many come before them; `None` if there are not so many.
    pub(super) fn holding(&self, first: u64, count: u64) -> Option<(Vec<K>, u64)> {
        let (mut before, mut held) = (0, 0);
        let mut touched = Vec::new();
        let selected = self.selected.iter().rev();
        for (key, selected) in selected.filter(|(_, selected)| **selected > 0) {
            if before + selected <= first && touched.is_empty() {
                before += selected;
                continue;
            }
            touched.push(*key);
            held += selected;
            if before + held >= first.saturating_add(count) {
                break;
            }
        }
        (!touched.is_empty()).then_some((touched, before))
    }
}

impl<K> Counts<K> {
    /// How many revenues there are.
    pub fn all(&self) -> u64 {
        self.all.values().sum()
    }

    /// How many are selected.
    pub fn selected(&self) -> u64 {
        self.selected.values().sum()
    }
}
