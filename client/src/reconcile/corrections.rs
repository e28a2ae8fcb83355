//! Adjustments of `push --corrections adjust`, which belong to the revenue that they correct.

use std::collections::BTreeMap;

use domain::revenue::Revenue;
use uuid::Uuid;

use super::book::BookRow;
use super::matching::Different;
use crate::push::{ADJUSTMENT_MARK, adjustment_prefix};

/// The source of a revenue, and what the external ids of its adjustments begin with.
pub type Corrected = (Uuid, String);

/// The rows of the files whose revenues have adjustments.
pub struct Originals(BTreeMap<Corrected, Option<BookRow>>);

impl Originals {
    /// Those of revenues that the API has, none of which is known yet.
    pub fn of<'a>(stored: impl Iterator<Item = (Uuid, &'a str)>) -> Self {
        let corrected = stored.filter_map(|(source, id)| by_adjustment(source, id));
        Self(corrected.map(|corrected| (corrected, None)).collect())
    }

    /// Keeps a row that has adjustments. Files with adjustments of their own say with them what the
    /// sum is.
    pub fn look_at(&mut self, row: &BookRow) {
        let Some(external_id) = &row.revenue.external_id else {
            return;
        };
        if self.0.is_empty() {
            return;
        }
        let source = row.revenue.revenue_source_id;
        if let Some(corrected) = by_adjustment(source, external_id.as_str()) {
            self.0.remove(&corrected);
        }
        let corrected = (source, adjustment_prefix(external_id.as_str()));
        if let Some(original) = self.0.get_mut(&corrected) {
            *original = Some(row.clone());
        }
    }

    /// The row of a revenue, if the files have it.
    pub fn take(&mut self, corrected: &Corrected) -> Option<BookRow> {
        self.0.remove(corrected).flatten()
    }
}

/// What an adjustment belongs to, if it is one of a correction.
fn by_adjustment(source: Uuid, external_id: &str) -> Option<Corrected> {
    // The last mark: the id of what is adjusted may have one, too.
    let (original, _) = external_id.rsplit_once(ADJUSTMENT_MARK)?;
    Some((source, format!("{original}{ADJUSTMENT_MARK}")))
}

/// Takes the adjustments of corrections out of a list.
pub fn separate(only_api: &mut Vec<Revenue>) -> BTreeMap<Corrected, Vec<Revenue>> {
    let mut adjustments = BTreeMap::<_, Vec<Revenue>>::new();
    for revenue in std::mem::take(only_api) {
        let id = revenue.external_id.as_ref();
        match id.and_then(|id| by_adjustment(revenue.revenue_source_id, id.as_str())) {
            Some(corrected) => adjustments.entry(corrected).or_default().push(revenue),
            None => only_api.push(revenue),
        }
    }
    adjustments
}

/// Gives the adjustments of rows that differ to these.
pub fn give(adjustments: &mut BTreeMap<Corrected, Vec<Revenue>>, different: &mut [Different]) {
    for one in different {
        let Some(external_id) = &one.stored.external_id else {
            continue;
        };
        let prefix = adjustment_prefix(external_id.as_str());
        let corrected = (one.stored.revenue_source_id, prefix);
        if let Some(of_this) = adjustments.remove(&corrected) {
            one.adjust(of_this);
        }
    }
}
