//! The types of revenues: what revenues are and what rules match.

use serde::{Deserialize, Serialize};

use super::Choice;

/// What a revenue records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevenueType {
    /// Something was sold: above zero.
    #[default]
    Sale,
    /// Something was given back: below zero.
    Refund,
    /// A correction: anything but zero.
    Adjustment,
}

impl Choice for RevenueType {}
