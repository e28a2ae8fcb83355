//! Revenues that are stored with another amount, and corrected by adjustments.

use std::collections::{HashMap, HashSet};

use domain::revenue::Revenue;
use domain::value::Sum;
use uuid::Uuid;

use super::matching::Different;
use crate::push::{ADJUSTMENT_MARK, adjustment_prefix};

/// The places of adjustments in a list, by the source and by what their external ids begin with.
type Adjustments = HashMap<(Uuid, String), Vec<usize>>;

/// Takes away what `push --corrections adjust` has corrected: revenues that differ only in their
/// amount, with the adjustments that make up for it, and adjustments that make up for each other
/// because an amount was corrected back. Returns how many revenues these are.
pub fn take(different: &mut Vec<Different>, only_api: &mut Vec<Revenue>) -> usize {
    let adjustments = adjustments(only_api);
    let mut taken = HashSet::new();
    let before = different.len();
    different.retain(|one| match correction(one, &adjustments, only_api) {
        None => true,
        Some(places) => {
            taken.extend(places.iter().copied());
            false
        }
    });
    let corrected_back = adjustments.values().filter(|places| {
        !places.iter().any(|place| taken.contains(place)) && sum(places, only_api) == Sum::default()
    });
    let corrected_back: Vec<&Vec<usize>> = corrected_back.collect();
    let corrected = before - different.len() + corrected_back.len();
    taken.extend(corrected_back.into_iter().flatten());
    let mut places = 0..;
    only_api.retain(|_| places.next().is_none_or(|place| !taken.contains(&place)));
    corrected
}

fn adjustments(only_api: &[Revenue]) -> Adjustments {
    let mut adjustments = Adjustments::new();
    for (place, revenue) in only_api.iter().enumerate() {
        let id = revenue.external_id.as_ref().map(|id| id.as_str());
        // The last mark: the id of what is adjusted may have one, too.
        if let Some((original, _)) = id.and_then(|id| id.rsplit_once(ADJUSTMENT_MARK)) {
            let prefix = format!("{original}{ADJUSTMENT_MARK}");
            let places = adjustments.entry((revenue.revenue_source_id, prefix));
            places.or_default().push(place);
        }
    }
    adjustments
}

/// The adjustments that make the stored amount that of the file, if there are such.
fn correction<'a>(
    one: &Different,
    adjustments: &'a Adjustments,
    only_api: &[Revenue],
) -> Option<&'a [usize]> {
    if one.fields.iter().any(|field| field.field != "amount") {
        return None;
    }
    let prefix = adjustment_prefix(one.stored.external_id.as_ref()?.as_str());
    let places = adjustments.get(&(one.stored.revenue_source_id, prefix))?;
    let mut corrected = Sum::from(one.stored.amount);
    corrected += sum(places, only_api);
    (corrected == Sum::from(one.row.revenue.amount)).then_some(places)
}

fn sum(places: &[usize], only_api: &[Revenue]) -> Sum {
    places.iter().map(|place| only_api[*place].amount).sum()
}
