//! Sums of revenues: how many there are, what they add up to, and a digest of them.

use std::fmt;
use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::Numbers;
use crate::revenue::Revenue;
use crate::value::{ExternalId, StringEnum, Sum};

/// How many 64-bit limbs a digest has.
const LIMBS: usize = 4;
/// The attributes of one day in the counter of a month, after the number of the day.
const COUNT: &str = "n";
const AMOUNT: &str = "s";
/// The limbs of the digest, the least significant first. As decimal numbers they can be added by
/// DynamoDB, which keeps 38 digits: enough for 10^18 revenues.
const DIGEST: [&str; LIMBS] = ["a", "b", "c", "d"];

/// A digest of revenues, which does not depend on their order: the sum modulo 2^256 of the SHA-256
/// of each.
#[derive(Clone, Copy, Debug, Default, JsonSchema)]
#[schemars(inline, extend("pattern" = "^[0-9a-f]{64}$"))]
pub struct Digest(#[schemars(with = "String")] [u128; LIMBS]);

/// How many revenues there are, and what they add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many.
    pub count: u64,
    /// The sum of their amounts.
    pub amount: Sum,
    /// Their digest.
    pub digest: Digest,
}

impl Digest {
    /// The digest of one revenue: the SHA-256 of its fields as concatenated netstrings
    /// (<https://cr.yp.to/proto/netstrings.txt>). Clients compute it too, as docs/reconciling.md
    /// describes: **it must never change**.
    pub fn of(fields: &[&str]) -> Self {
        let text: String = fields
            .iter()
            .map(|field| format!("{}:{field},", field.len()))
            .collect();
        let hash = Sha256::digest(text);
        let mut limbs = [0; LIMBS];
        for (limb, bytes) in limbs
            .iter_mut()
            .rev()
            .zip(hash.chunks_exact(size_of::<u64>()))
        {
            *limb = bytes
                .iter()
                .fold(0, |number, byte| number << 8 | u128::from(*byte));
        }
        Self(limbs)
    }

    /// The limbs with carries propagated, modulo 2^256.
    fn carried(self) -> [u64; LIMBS] {
        let mut carry = 0;
        self.0.map(|limb| {
            let sum = limb + carry;
            carry = sum >> u64::BITS;
            sum as u64
        })
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.carried() == other.carried()
    }
}

impl Eq for Digest {}

impl fmt::Display for Digest {
    /// 64 hexadecimal digits, in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.carried()
            .iter()
            .rev()
            .try_for_each(|limb| write!(f, "{limb:016x}"))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.amount += other.amount;
        for (limb, added) in self.digest.0.iter_mut().zip(other.digest.0) {
            *limb += added;
        }
    }
}

impl Sums {
    /// The sums of one revenue.
    pub fn of(revenue: &Revenue) -> Self {
        let external_id = revenue.external_id.as_ref();
        let fields = [
            external_id.map_or("", ExternalId::as_str),
            revenue.kind.name(),
            &revenue.amount.to_string(),
            &revenue.currency.to_string(),
            &revenue.occurred_at.to_string(),
        ];
        Self {
            count: 1,
            amount: revenue.amount.into(),
            digest: Digest::of(&fields),
        }
    }

    /// The numbers of one day in the counter of its month; `day` has two digits.
    pub fn numbers(&self, day: &str) -> Numbers {
        let parts = [
            (COUNT, i128::from(self.count)),
            (AMOUNT, self.amount.thousandths()),
        ];
        let limbs = DIGEST
            .into_iter()
            .zip(self.digest.0.map(|limb| limb as i128));
        parts
            .into_iter()
            .chain(limbs)
            .map(|(name, number)| (format!("{day}{name}"), number))
            .collect()
    }

    /// The sums of each day in the counter of a month, with the two digits of the day.
    pub fn of_month(numbers: &Numbers) -> impl Iterator<Item = (&str, Self)> {
        let days = numbers.keys().filter_map(|name| name.strip_suffix(COUNT));
        days.map(|day| {
            let number = |name: &str| {
                numbers
                    .get(&format!("{day}{name}"))
                    .copied()
                    .unwrap_or_default()
            };
            let count = u64::try_from(number(COUNT)).unwrap_or_default();
            let limb = |name| u128::try_from(number(name)).unwrap_or_default();
            (
                day,
                Self {
                    count,
                    amount: Sum::from_thousandths(number(AMOUNT)),
                    digest: Digest(DIGEST.map(limb)),
                },
            )
        })
    }
}
