//! Shares of money: exact, in units far below the smallest coin.

use std::fmt;
use std::iter;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use ethnum::U256;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::value::{Money, Percentage, Sum};

/// The decimal places of a unit.
const PLACES: usize = 9;
/// The least decimal places that are written.
const WRITTEN_PLACES_MIN: usize = 3;
/// The units of a major unit of a currency.
const UNITS_PER_MAJOR: u128 = 10_u128.pow(PLACES as u32);
/// The units of a thousandth of a major unit: an amount of money has three decimal places.
const UNITS_PER_THOUSANDTH: i128 = 1_000_000;

/// A share of money in units of 10^-9 of a major unit.
///
/// An amount has 3 decimal places and a percentage 4, which is 6 places of the whole: their product
/// is a whole number of units, and no share is ever rounded. 128 bits hold the sum of 10^8 amounts
/// of 15 digits, which is 10^32 units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(inline, extend("pattern" = r"^-?[0-9]+\.[0-9]{3,9}$"))]
pub struct Units(#[schemars(with = "String")] i128);

impl Units {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many units.
    pub const fn new(units: i128) -> Self {
        Self(units)
    }

    /// The number of units.
    pub const fn get(self) -> i128 {
        self.0
    }

    /// The exact share of an amount.
    pub fn share(amount: Sum, percentage: Percentage) -> Self {
        Self(amount.thousandths() * i128::from(percentage.millionths()))
    }

    /// The amount of which this is the whole; digits beyond its three places are cut off.
    pub fn amount(self) -> Sum {
        Sum::from_thousandths(self.0 / UNITS_PER_THOUSANDTH)
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The greatest multiple of a minor unit that is not above it. `places` are the decimal places
    /// of the minor unit, at most 9.
    pub fn rounded_down(self, places: u8) -> Self {
        Self(self.0 - self.0.rem_euclid(minor_unit(places)))
    }

    /// With exactly so many decimal places; digits beyond them are cut off.
    pub fn with_places(self, places: u8) -> String {
        let text = self.digits();
        let end = text.len() - (PLACES - usize::from(places).min(PLACES));
        text[..end].trim_end_matches('.').to_owned()
    }

    fn digits(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = self.0.unsigned_abs();
        let (whole, fraction) = (units / UNITS_PER_MAJOR, units % UNITS_PER_MAJOR);
        format!("{sign}{whole}.{fraction:0PLACES$}")
    }
}

/// The units of a minor unit with so many decimal places.
pub(super) fn minor_unit(places: u8) -> i128 {
    10_i128.pow((PLACES as u32).saturating_sub(places.into()))
}

impl From<Sum> for Units {
    fn from(amount: Sum) -> Self {
        Self(amount.thousandths() * UNITS_PER_THOUSANDTH)
    }
}

impl From<Money> for Units {
    fn from(amount: Money) -> Self {
        Self::from(Sum::from(amount))
    }
}

impl Add for Units {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Units {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Units {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Units {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Units {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl iter::Sum for Units {
    fn sum<I: Iterator<Item = Self>>(units: I) -> Self {
        Self(units.map(|units| units.0).sum())
    }
}

impl fmt::Display for Units {
    /// With 3 to 9 decimal places, and no zeros after the third.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.digits();
        let shortest = text.len() - (PLACES - WRITTEN_PLACES_MIN);
        let end = text.trim_end_matches('0').len().max(shortest);
        f.write_str(&text[..end])
    }
}

impl Serialize for Units {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Units {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| de::Error::custom("is not a decimal with 3 to 9 places"))
    }
}

/// The units in a text as they are written.
fn parse(text: &str) -> Option<Units> {
    let (whole, fraction) = text.split_once('.')?;
    let is_written = (WRITTEN_PLACES_MIN..=PLACES).contains(&fraction.len());
    let units: i128 = format!("{whole}{fraction:0<PLACES$}").parse().ok()?;
    is_written.then_some(Units(units))
}

/// Splits an amount over weights by the method of the largest remainder: everyone gets the whole
/// units of his quota, and the units that are left go to the largest remainders, of equal ones to
/// the first.
///
/// The parts add up to the amount; those of a negative one mirror those of the positive one. No
/// weight is negative. If all of them are zero, there is nobody to get anything.
pub fn apportion(amount: Units, weights: &[Units]) -> Vec<Units> {
    let total: u128 = weights.iter().map(|weight| weight.0.unsigned_abs()).sum();
    if total == 0 {
        return vec![Units::ZERO; weights.len()];
    }
    let whole = amount.0.unsigned_abs();
    // The product of two amounts of 15 digits in units is up to 10^48, which is more than 128 bits.
    let quota = |weight: &Units| {
        let product = U256::from(whole) * U256::from(weight.0.unsigned_abs());
        let total = U256::from(total);
        ((product / total).as_u128(), (product % total).as_u128())
    };
    let quotas: Vec<(u128, u128)> = weights.iter().map(quota).collect();
    let mut parts: Vec<u128> = quotas.iter().map(|(whole, _)| *whole).collect();
    let left = whole - parts.iter().sum::<u128>();
    let mut by_remainder: Vec<usize> = (0..quotas.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(quotas[*index].1));
    // Fewer units are left than there are remainders.
    for index in by_remainder
        .into_iter()
        .zip(0..left)
        .map(|(index, _)| index)
    {
        parts[index] += 1;
    }
    let sign = amount.0.signum();
    let part = |part: u128| Units(sign * part as i128);
    parts.into_iter().map(part).collect()
}
