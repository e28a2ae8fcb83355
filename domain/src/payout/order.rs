//! The order in which revenues are computed.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::id::{self, WorkspaceId};
use crate::revenue::Revenue;

/// The id of the revenue that a refund or a negative adjustment names as its original.
pub fn original_id(workspace: WorkspaceId, revenue: &Revenue) -> Option<Uuid> {
    let original = revenue.original_external_id.as_ref();
    let original = original.filter(|_| revenue.amount.is_negative())?;
    Some(id::revenue(workspace, revenue.revenue_source_id, original))
}

/// Sorts the revenues of whole days by time, then by id, except that a refund of a revenue of the
/// same day never comes before it: systems that only know dates give both the same instant. Such a
/// refund comes right after its original; several keep their own order.
///
/// A refund of an earlier day than its original does not wait: no day depends on a later one.
pub fn in_order(workspace: WorkspaceId, mut revenues: Vec<Revenue>) -> Vec<Revenue> {
    revenues.sort_unstable_by_key(|revenue| (revenue.occurred_at, revenue.id));
    let mut waiting = waiting(workspace, &revenues);
    if waiting.is_empty() {
        return revenues;
    }
    let held: HashSet<usize> = waiting.values().flatten().copied().collect();
    let mut revenues: Vec<Option<Revenue>> = revenues.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(revenues.len());
    for index in (0..revenues.len()).filter(|index| !held.contains(index)) {
        let after = waiting.remove(&index).unwrap_or_default();
        let places = std::iter::once(index).chain(after);
        ordered.extend(places.filter_map(|place| revenues[place].take()));
    }
    ordered
}

/// The places of the refunds that wait for a later revenue, by the place of that revenue.
fn waiting(workspace: WorkspaceId, revenues: &[Revenue]) -> HashMap<usize, Vec<usize>> {
    let original = |(place, revenue)| Some((place, original_id(workspace, revenue)?));
    let refunds: Vec<(usize, Uuid)> = revenues.iter().enumerate().filter_map(original).collect();
    let named: HashSet<Uuid> = refunds.iter().map(|(_, original)| *original).collect();
    let originals = revenues.iter().enumerate();
    let originals = originals.filter(|(_, revenue)| named.contains(&revenue.id));
    let places: HashMap<Uuid, usize> = originals.map(|(place, r)| (r.id, place)).collect();
    let mut waiting: HashMap<usize, Vec<usize>> = HashMap::new();
    for (refund, original) in refunds {
        let Some(original) = places.get(&original).filter(|place| refund < **place) else {
            continue;
        };
        if revenues[refund].reverses(&revenues[*original]) {
            waiting.entry(*original).or_default().push(refund);
        }
    }
    waiting
}
