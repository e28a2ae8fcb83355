//! The windows over which tiers accumulate.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::value::StringEnum;

/// The window over which the tiers of a rule accumulate: a calendar period in UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Accumulation {
    /// A month.
    #[default]
    Month,
    /// A quarter of a year.
    Quarter,
    /// A year.
    Year,
    /// All time.
    Lifetime,
}

impl StringEnum for Accumulation {}
