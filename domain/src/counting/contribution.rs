//! What one revenue adds to the counters.

use super::{EVERYTHING, Group, Numbers, Sums, TimeSegment, counter};
use crate::revenue::Revenue;

/// The attribute of the count in the counter of a product.
pub const PRODUCT_COUNT: &str = "n";

/// What a revenue adds to which counter: the sort keys of the counters, with the numbers.
pub fn contribution(revenue: &Revenue) -> Vec<(String, Numbers)> {
    let (day, group) = (revenue.day(), Group::of(revenue).to_string());
    let one = |name: String| Numbers::from([(name, 1)]);
    let segment = TimeSegment::of(revenue.occurred_at, revenue.id);
    let of_day = |counted: &str| match segment.instant() {
        Some(minute) => counter::instant(&day.to_string(), counted, minute),
        None => counter::day(&day.to_string(), counted),
    };
    let mut numbers = Vec::with_capacity(6);
    for counted in [EVERYTHING, &group] {
        numbers.push((counter::year(counted, &day.year()), one(day.in_year())));
        numbers.push((of_day(counted), one(segment.to_string())));
    }
    let sums = Sums::of(revenue).numbers(&day.in_month());
    numbers.push((counter::month(&day.month(), &group), sums));
    if let Some(product) = &revenue.external_product_identifier {
        numbers.push((
            counter::product(product.as_str()),
            one(PRODUCT_COUNT.to_owned()),
        ));
    }
    numbers
}
