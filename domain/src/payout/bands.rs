//! Bands: what tiers give of the revenue between two accumulated sums.

use schemars::JsonSchema;
use serde::Serialize;

use super::units::Units;
use crate::rule::Tier;
use crate::value::{Money, Percentage, Sum};

/// The part of a revenue that lies in one band.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "ExplainedBand")]
pub struct BandPart {
    /// Where the band begins.
    pub from: Money,
    /// Where it ends; the last one has no end.
    pub up_to: Option<Money>,
    /// Its percentage.
    pub percentage: Percentage,
    /// How much of the revenue lies in it; negative for a negative revenue.
    pub basis: Sum,
    /// The share of that.
    pub amount: Units,
}

/// The parts of the revenue that takes the accumulated sum from `from` to `to`, in ascending order
/// of the bands. What lies below zero belongs to the first band.
pub fn parts(tiers: &[Tier], from: Sum, to: Sum) -> impl Iterator<Item = BandPart> {
    let (low, high) = (from.min(to), from.max(to));
    let is_negative = to < from;
    let starts = std::iter::once(None).chain(tiers.iter().map(|tier| tier.up_to));
    tiers.iter().zip(starts).filter_map(move |(tier, start)| {
        let begin = start.map_or(low, |start| low.max(start.into()));
        let end = tier.up_to.map_or(high, |end| high.min(end.into()));
        let width = end.thousandths() - begin.thousandths();
        let basis = Sum::from_thousandths(if is_negative { -width } else { width });
        (width > 0).then(|| BandPart {
            from: start.unwrap_or_default(),
            up_to: tier.up_to,
            percentage: tier.percentage,
            basis,
            amount: Units::share(basis, tier.percentage),
        })
    })
}

/// What tiers give of the revenue that takes the accumulated sum from `from` to `to`: the
/// difference of a piecewise linear function, so that the sum over a window does not depend on the
/// order of its revenues.
pub fn between(tiers: &[Tier], from: Sum, to: Sum) -> Units {
    parts(tiers, from, to).map(|part| part.amount).sum()
}
