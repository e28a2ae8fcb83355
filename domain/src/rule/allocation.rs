//! Allocations: the shares of a rule, flat or in bands of accumulated revenue.

mod schema;

use std::collections::BTreeMap;

use super::payee_name;
use super::tier::Tier;
use crate::fields::{check_members, object};
use crate::payee::Payee;
use crate::permission::HasKind;
use crate::problem::{Code, ErrorSink};
use crate::resource::{Reference, Target};
use crate::schema::string_enum;
use crate::value::{ExternalId, FromJson, Money, Percentage, StringEnum, each_with};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};
use uuid::Uuid;

/// The most allocations of one rule.
const ALLOCATIONS_MAX: usize = 100;

/// How the shares of a rule are given.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Serialize,
    Deserialize,
    IntoStaticStr,
    VariantArray,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(transform = string_enum)]
pub enum AllocationType {
    /// Each payee has one percentage.
    #[default]
    Flat,
    /// Each payee has percentages for bands of accumulated revenue.
    Tiered,
}

/// The shares of a rule: 1 to 100, each payee once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("minItems" = 1, "maxItems" = ALLOCATIONS_MAX))]
pub struct Allocations(Vec<Allocation>);

/// The share of one payee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    /// Who gets it.
    pub payee_id: Uuid,
    /// How much.
    #[serde(flatten)]
    pub share: Share,
}

/// How much of a revenue a payee gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Share {
    /// The same percentage of every amount.
    Flat {
        /// Above 0.
        percentage: Percentage,
    },
    /// A percentage for each band of accumulated revenue.
    Tiered {
        /// The bands, in order: 1 to 50, of which the last has no end.
        tiers: Vec<Tier>,
    },
}

impl Allocations {
    /// Reads the allocations of a rule of this type, whose payees may be named by external id.
    pub fn read(
        kind: AllocationType,
        resolve: impl Fn(&ExternalId) -> Option<Uuid>,
        json: &Value,
        errors: &mut ErrorSink<'_>,
    ) -> Option<Self> {
        let allocations = each_with(json, 1, ALLOCATIONS_MAX, errors, |json, errors| {
            Allocation::read(kind, &resolve, json, errors)
        })?;
        let mut payees = BTreeMap::new();
        let mut unique = true;
        for (index, allocation) in allocations.iter().enumerate() {
            let Some((allocation, member)) = allocation else {
                continue;
            };
            if let Some(first) = payees.insert(allocation.payee_id, index) {
                let detail = format!("duplicates the payee at index {first}");
                errors.at(index).at(*member).add(Code::Duplicate, detail);
                unique = false;
            }
        }
        allocations
            .into_iter()
            .map(|allocation| Some(allocation?.0))
            .collect::<Option<_>>()
            .filter(|_| unique)
            .map(Self)
    }

    /// The external ids by which a body names payees; none if it has too many allocations to be
    /// read.
    pub fn named_in(json: &Value) -> impl Iterator<Item = ExternalId> {
        let list = json.as_array().filter(|list| list.len() <= ALLOCATIONS_MAX);
        let allocations = list.into_iter().flatten();
        allocations.filter_map(payee_name::external_id)
    }

    /// The allocations, in the order they were sent.
    pub fn iter(&self) -> impl Iterator<Item = &Allocation> {
        self.0.iter()
    }

    /// The payees who have a share.
    pub fn payees(&self) -> impl Iterator<Item = Uuid> {
        self.0.iter().map(|allocation| allocation.payee_id)
    }

    /// The greatest sum of the percentages at any amount, which must not be above 100.
    ///
    /// The sum only changes where a band ends, so it is enough to check each end, and beyond the
    /// last one.
    pub fn total(&self, kind: AllocationType, errors: &mut ErrorSink<'_>) -> Option<Percentage> {
        if !self
            .0
            .iter()
            .enumerate()
            .all(|(index, allocation)| allocation.check_type(kind, &mut errors.at(index)))
        {
            return None;
        }
        let mut ends: BTreeMap<Option<Money>, Vec<usize>> = BTreeMap::new();
        for (index, allocation) in self.0.iter().enumerate() {
            for end in allocation.ends() {
                ends.entry(Some(end)).or_default().push(index);
            }
        }
        let beyond = (None, Vec::new());
        // The band that each allocation has reached.
        let mut bands = vec![0; self.0.len()];
        let mut total = Percentage::ZERO;
        for (amount, ended) in ends.into_iter().chain([beyond]) {
            let reached = self.0.iter().zip(&bands);
            match Percentage::sum(reached.map(|(allocation, band)| allocation.percentage(*band))) {
                Ok(sum) => total = total.max(sum),
                Err(sum) => {
                    let place = match (kind, amount) {
                        (AllocationType::Flat, _) => String::new(),
                        (AllocationType::Tiered, Some(amount)) => {
                            format!(" up to the amount {amount}")
                        }
                        (AllocationType::Tiered, None) => " beyond the last amount".to_owned(),
                    };
                    errors.add(
                        Code::OutOfRange,
                        format!("the percentages must add to at most 100, got {sum}{place}"),
                    );
                    return None;
                }
            }
            for index in ended {
                bands[index] += 1;
            }
        }
        Some(total)
    }
}

impl Allocation {
    /// Reads an allocation, with the member that names its payee.
    fn read(
        kind: AllocationType,
        resolve: impl Fn(&ExternalId) -> Option<Uuid>,
        json: &Value,
        errors: &mut ErrorSink<'_>,
    ) -> Option<(Self, &'static str)> {
        let object = object(json, errors)?;
        let share = match kind {
            AllocationType::Flat => "percentage",
            AllocationType::Tiered => "tiers",
        };
        check_members(object, errors, &payee_name::MEMBERS, &[share]);
        let payee = payee_name::read(object, resolve, errors);
        let errors = &mut errors.at(share);
        let share = object.get(share).and_then(|json| match kind {
            AllocationType::Flat => flat(json, errors),
            AllocationType::Tiered => {
                Tier::read_all(json, errors).map(|tiers| Share::Tiered { tiers })
            }
        });
        let (payee_id, member) = payee?;
        let share = share?;
        Some((Self { payee_id, share }, member))
    }

    /// The payee, who must exist.
    pub fn reference(&self, index: usize) -> Reference {
        let pointer = format!("#/allocations/{index}/payee_id");
        Reference {
            pointer,
            target: Target::Record(Payee::KIND, self.payee_id),
        }
    }

    /// Whether the share fits the type of the rule, which an update may have changed without the
    /// allocations.
    fn check_type(&self, kind: AllocationType, errors: &mut ErrorSink<'_>) -> bool {
        let missing = match (kind, &self.share) {
            (AllocationType::Flat, Share::Flat { .. })
            | (AllocationType::Tiered, Share::Tiered { .. }) => return true,
            (AllocationType::Flat, Share::Tiered { .. }) => "percentage",
            (AllocationType::Tiered, Share::Flat { .. }) => "tiers",
        };
        errors.at(missing).add(
            Code::Required,
            "is required: send allocations that fit the new allocation_type",
        );
        false
    }

    fn ends(&self) -> Vec<Money> {
        match &self.share {
            Share::Flat { .. } => Vec::new(),
            Share::Tiered { tiers } => tiers.iter().filter_map(|tier| tier.up_to).collect(),
        }
    }

    /// The percentage of the band with this number; beyond the last one, nothing.
    fn percentage(&self, band: usize) -> Percentage {
        match &self.share {
            Share::Flat { percentage } => *percentage,
            Share::Tiered { tiers } => tiers
                .get(band)
                .map_or(Percentage::ZERO, |tier| tier.percentage),
        }
    }
}

fn flat(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Share> {
    let percentage = Percentage::from_json(json, errors)?;
    if percentage == Percentage::ZERO {
        errors.add(Code::OutOfRange, "must be above 0, got 0");
        return None;
    }
    Some(Share::Flat { percentage })
}

impl StringEnum for AllocationType {}
