//! The index of rules: which of them may match a revenue.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use strum::VariantArray;

use crate::rule::{Dimension, Match, Sold};

/// The place of a rule among all, in the order in which they win.
pub(super) type Rank = u32;

/// The hash of a dimension and a value in it. Two values may have the same one: the index only says
/// which rules may match.
type Feature = u64;

/// Finds the rules that may match a revenue through one dimension of each rule: the one whose
/// values the fewest rules ask for.
#[derive(Default)]
pub(super) struct RuleIndex {
    /// The rules without dimensions.
    unconditional: Vec<Rank>,
    /// The others, by each of the values that one dimension asks for. Ranks are ascending.
    by_feature: HashMap<Feature, Vec<Rank>>,
    /// The dimensions through which some rule is found.
    used: Vec<Dimension>,
}

impl RuleIndex {
    /// The index of rules, given by rank and match in ascending order of rank.
    pub(super) fn new<'a>(rules: impl Iterator<Item = (Rank, &'a Match)> + Clone) -> Self {
        let mut demand: HashMap<Feature, usize> = HashMap::new();
        for (_, matching) in rules.clone() {
            for (_, feature) in wanted(matching).into_iter().flatten() {
                *demand.entry(feature).or_default() += 1;
            }
        }
        let mut index = Self::default();
        for (rank, matching) in rules {
            let rarest = wanted(matching).into_iter().min_by_key(|features| {
                let demand = features.iter().map(|(_, feature)| demand.get(feature));
                demand.max()
            });
            let Some(features) = rarest else {
                index.unconditional.push(rank);
                continue;
            };
            for (dimension, feature) in features {
                let ranks = index.by_feature.entry(feature).or_default();
                if ranks.last() != Some(&rank) {
                    ranks.push(rank);
                }
                if !index.used.contains(&dimension) {
                    index.used.push(dimension);
                }
            }
        }
        index
    }

    /// The ranks of the rules that may match a revenue, ascending, each once.
    pub(super) fn candidates<'a>(&'a self, sold: Sold<'_>) -> Candidates<'a> {
        let mut lists = vec![self.unconditional.as_slice()];
        let mut look_up = |feature: Feature| {
            lists.extend(self.by_feature.get(&feature).map(Vec::as_slice));
        };
        for dimension in &self.used {
            features(*dimension, sold, &mut look_up);
        }
        lists.retain(|ranks| !ranks.is_empty());
        Candidates { lists }
    }
}

/// Several ascending lists of ranks as one.
pub(super) struct Candidates<'a> {
    lists: Vec<&'a [Rank]>,
}

impl Iterator for Candidates<'_> {
    type Item = Rank;

    fn next(&mut self) -> Option<Rank> {
        let next = self.lists.iter().filter_map(|ranks| ranks.first()).min()?;
        let next = *next;
        for ranks in &mut self.lists {
            if ranks.first() == Some(&next) {
                *ranks = &ranks[1..];
            }
        }
        Some(next)
    }
}

/// What a rule asks for: a revenue that matches has at least one feature of each of these sets.
fn wanted(matching: &Match) -> Vec<Vec<(Dimension, Feature)>> {
    fn each<T: Hash>(dimension: Dimension, values: &[T]) -> Vec<(Dimension, Feature)> {
        let value = |value: &T| (dimension, feature(dimension, value));
        values.iter().map(value).collect()
    }
    let of_dimension = |dimension: &Dimension| match dimension {
        Dimension::ProductIds => vec![each(*dimension, &matching.product_ids)],
        Dimension::ProductExternalIds => vec![each(*dimension, &matching.product_external_ids)],
        Dimension::Categories => vec![each(*dimension, &matching.categories)],
        Dimension::Tags => vec![each(*dimension, &matching.tags)],
        Dimension::RevenueSourceIds => vec![each(*dimension, &matching.revenue_source_ids)],
        Dimension::Types => vec![each(*dimension, &matching.types)],
        Dimension::Currencies => vec![each(*dimension, &matching.currencies)],
        // Every pair must be there, so that any one finds the rule.
        Dimension::Metadata => {
            let pairs = matching.metadata.iter();
            pairs.map(|pair| each(*dimension, &[pair])).collect()
        }
    };
    let sets = Dimension::VARIANTS.iter().flat_map(of_dimension);
    sets.filter(|features| !features.is_empty()).collect()
}

/// The features of a revenue in a dimension.
fn features(dimension: Dimension, sold: Sold<'_>, each: &mut impl FnMut(Feature)) {
    let revenue = sold.revenue;
    match dimension {
        Dimension::ProductIds => {
            sold.product
                .iter()
                .for_each(|p| each(feature(dimension, &p.id)));
        }
        Dimension::ProductExternalIds => {
            let identifier = revenue.external_product_identifier.iter();
            identifier.for_each(|identifier| each(feature(dimension, identifier)));
        }
        Dimension::Categories => {
            sold.category()
                .iter()
                .for_each(|name| each(feature(dimension, *name)));
        }
        Dimension::Tags => sold
            .tags()
            .iter()
            .for_each(|tag| each(feature(dimension, tag))),
        Dimension::RevenueSourceIds => each(feature(dimension, &revenue.revenue_source_id)),
        Dimension::Types => each(feature(dimension, &revenue.kind)),
        Dimension::Currencies => each(feature(dimension, &revenue.currency)),
        Dimension::Metadata => {
            let pairs = revenue.metadata.iter();
            pairs.for_each(|pair| each(feature(dimension, &pair)));
        }
    }
}

fn feature<T: Hash>(dimension: Dimension, value: &T) -> Feature {
    let mut hasher = DefaultHasher::new();
    (dimension as u8).hash(&mut hasher);
    value.hash(&mut hasher);
    hasher.finish()
}
