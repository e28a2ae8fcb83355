//! How one amount is split: the lines of payees, and what nobody gets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::units::Units;
use super::window::Window;
use crate::value::Sum;

/// What one payee gets of an amount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PayeeShare")]
pub struct Line {
    /// The payee.
    #[serde(rename = "payee_id")]
    pub payee: Uuid,
    /// How much; it may be zero.
    pub amount: Units,
}

/// Why nobody gets a part of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "UnallocatedReason", transform = crate::schema::string_enum)]
pub enum Reason {
    /// The rule that applies gives away less than everything.
    RuleShare,
    /// No rule matches, and fallback percentages give away less than everything.
    NoRule,
}

/// The sums of a tiered rule before and after an amount.
#[derive(Clone, Debug, PartialEq)]
pub struct Accumulated {
    /// The window in which they accumulate.
    pub window: Window,
    /// The sum before.
    pub before: Sum,
    /// The sum after.
    pub after: Sum,
}

/// How an amount is split. The lines and what is unallocated add up to it, exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The amount; that of a reversal is negative.
    pub basis: Sum,
    /// The rule that applies; none if no rule matches.
    pub rule: Option<Uuid>,
    /// What a tiered rule has accumulated.
    pub accumulated: Option<Accumulated>,
    /// The lines, in the order of the allocations of the rule.
    pub lines: Vec<Line>,
    /// What nobody gets.
    pub unallocated: Units,
    /// Why nobody gets it.
    pub reason: Reason,
}
