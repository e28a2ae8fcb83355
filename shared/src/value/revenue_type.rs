//! The types of revenues: what revenues are and what rules match.

use serde::{Deserialize, Serialize};

use super::Choice;

/// What a revenue records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

impl RevenueType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sale, Self::Refund, Self::Adjustment];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Refund => "refund",
            Self::Adjustment => "adjustment",
        }
    }
}

impl Choice for RevenueType {}
