//! Tiers: marginal bands of accumulated revenue.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fields::{check_members, object};
use crate::problem::{Code, ErrorSink};
use crate::value::{FromJson, Money, Percentage, each_with};

/// The most tiers of one allocation.
pub(super) const TIERS_MAX: usize = 50;

/// A marginal band: the percentage of the accumulated revenue above the previous band, up to
/// `up_to`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = all_required)]
pub struct Tier {
    /// The accumulated revenue at which the band ends, above zero and above the end of the band
    /// before; `null` in the last band, which has no end.
    pub up_to: Option<Money>,
    /// The share of revenue within the band.
    pub percentage: Percentage,
}

/// Both members are required, also where `up_to` is `null`.
fn all_required(schema: &mut Schema) {
    schema.insert("required".to_owned(), json!(["up_to", "percentage"]));
}

impl Tier {
    /// Reads the bands of an allocation.
    pub fn read_all(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Vec<Self>> {
        let tiers: Vec<Self> = each_with(json, 1, TIERS_MAX, errors, Self::read)?
            .into_iter()
            .collect::<Option<_>>()?;
        let mut sound = true;
        let mut before: Option<Money> = None;
        for (index, tier) in tiers.iter().enumerate() {
            let mut at = errors.at(index);
            let is_last = index + 1 == tiers.len();
            let problem = match tier.up_to {
                None if is_last => None,
                None => Some((
                    Code::NotNullable,
                    "only the last tier has no end: give an amount".to_owned(),
                )),
                Some(end) if is_last => Some((
                    Code::InvalidValue,
                    format!("must be null in the last tier, got {end}"),
                )),
                Some(end) if !end.is_positive() => {
                    Some((Code::OutOfRange, format!("must be above 0, got {end}")))
                }
                Some(end) => before.filter(|before| end <= *before).map(|before| {
                    (
                        Code::OutOfRange,
                        format!("must be above {before}, where the tier before ends, got {end}"),
                    )
                }),
            };
            if let Some((code, detail)) = problem {
                at.at("up_to").add(code, detail);
                sound = false;
            }
            before = tier.up_to.or(before);
        }
        sound.then_some(tiers)
    }

    fn read(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        let object = object(json, errors)?;
        check_members(object, errors, &[], &["up_to", "percentage"]);
        let up_to = object.get("up_to").and_then(|json| match json {
            Value::Null => Some(None),
            json => Money::from_json(json, &mut errors.at("up_to")).map(Some),
        });
        let percentage = object.get("percentage");
        let percentage =
            percentage.and_then(|json| Percentage::from_json(json, &mut errors.at("percentage")));
        Some(Self {
            up_to: up_to?,
            percentage: percentage?,
        })
    }
}
