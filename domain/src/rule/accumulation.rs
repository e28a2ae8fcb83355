//! The window over which the tiers of a rule accumulate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::schema::string_enum;
use crate::value::StringEnum;

/// The window, in UTC, over which the tiers of a rule accumulate.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    IntoStaticStr,
    VariantArray,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(transform = string_enum)]
pub enum Accumulation {
    /// The calendar month.
    #[default]
    Month,
    /// The calendar quarter.
    Quarter,
    /// The calendar year.
    Year,
    /// One window without an end.
    Lifetime,
}

impl StringEnum for Accumulation {}
