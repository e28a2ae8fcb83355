//! The types of revenues: what revenues are and what rules match.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FromJson, FromText, choice, string};
use crate::problem::{Reason, Report};

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

impl FromText for RevenueType {
    fn from_text(text: &str) -> Result<Self, Reason> {
        choice(text)
    }
}

impl FromJson for RevenueType {
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self> {
        string(json, report)
    }
}
