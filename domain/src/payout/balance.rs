//! Balances: what is due of what was earned.

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use strum::{IntoStaticStr, VariantArray};

use super::units::{Units, minor_unit};
use crate::payee::{Payee, PayeeStatus};
use crate::schema::string_enum;
use crate::value::{Currency, Date, Money};

/// The decimal places of a currency that ISO 4217 gives no minor unit.
const PLACES_DEFAULT: u8 = 2;

/// Why a balance is due, or is not. The first that applies.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray, JsonSchema,
)]
#[strum(serialize_all = "snake_case")]
#[schemars(rename = "PayoutOutcome", rename_all = "snake_case", transform = string_enum)]
pub enum Outcome {
    /// It is paid, rounded down to the minor unit.
    Due,
    /// It is below the payee's threshold.
    BelowThreshold,
    /// The payee is on hold on the payout date.
    OnHold,
    /// The payee is not active.
    NotActive,
    /// It is below zero.
    Negative,
    /// It is less than one minor unit.
    Fraction,
}

/// What is due to a payee in one currency. What is not due is carried: `due` and `carried_out` add
/// up to `carried_in` and `earned`.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// What is owed: carried and earned.
    pub balance: Units,
    /// The threshold that the balance is compared with.
    pub threshold: Option<Money>,
    /// What is paid.
    pub due: Due,
    /// What remains.
    pub carried_out: Units,
    /// Why.
    pub outcome: Outcome,
    /// Whether the payee wants to be paid in another currency. Nothing is converted.
    pub is_other_currency: bool,
}

/// An amount to pay, in whole minor units of its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(inline, transparent, extend("pattern" = r"^-?[0-9]+(\.[0-9]+)?$"))]
pub struct Due {
    /// The amount.
    #[schemars(with = "String")]
    pub amount: Units,
    #[schemars(skip)]
    places: u8,
}

impl Due {
    /// So much, written with the decimal places of the currency.
    pub fn new(amount: Units, currency: &Currency) -> Self {
        Self {
            amount,
            places: places(currency),
        }
    }
}

impl fmt::Display for Due {
    /// With the decimal places of the minor unit, as in `49.80`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.amount.with_places(self.places))
    }
}

impl Serialize for Due {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.into())
    }
}

/// The balance of a payee in a currency, on a payout date.
pub fn balance(
    carried_in: Units,
    earned: Units,
    payee: &Payee,
    currency: &Currency,
    on: Date,
) -> Balance {
    let balance = carried_in + earned;
    let wanted = payee.payout_currency.as_ref();
    let is_other_currency = wanted.is_some_and(|wanted| wanted != currency);
    let threshold = payee.payout_threshold.filter(|_| !is_other_currency);
    let threshold = threshold.map(|threshold| threshold.amount());
    let is_held = payee.on_hold && payee.hold_until.is_none_or(|last| last >= on);
    let outcome = if balance.is_negative() {
        Outcome::Negative
    } else if balance.get() < minor_unit(places(currency)) {
        Outcome::Fraction
    } else if payee.status != PayeeStatus::Active {
        Outcome::NotActive
    } else if is_held {
        Outcome::OnHold
    } else if threshold.is_some_and(|threshold| balance < threshold.into()) {
        Outcome::BelowThreshold
    } else {
        Outcome::Due
    };
    let due = match outcome {
        Outcome::Due => balance.rounded_down(places(currency)),
        Outcome::BelowThreshold
        | Outcome::OnHold
        | Outcome::NotActive
        | Outcome::Negative
        | Outcome::Fraction => Units::ZERO,
    };
    Balance {
        balance,
        threshold,
        due: Due::new(due, currency),
        carried_out: balance - due,
        outcome,
        is_other_currency,
    }
}

fn places(currency: &Currency) -> u8 {
    currency.minor_unit_places().unwrap_or(PLACES_DEFAULT)
}
