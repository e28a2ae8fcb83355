//! Values of random workspaces: small pools, so that everything meets everything.

use fastrand::Rng;
use serde_json::{Value, json};
use uuid::Uuid;

pub const CREATED: &str = "2026-01-01T00:00:00+00:00";
pub const CURRENCIES: [&str; 4] = ["EUR", "USD", "JPY", "BHD"];
pub const IDENTIFIERS: [&str; 5] = ["sku-a", "sku-b", "sku-c", "sku-archived", "sku-unknown"];
pub const TAGS: [&str; 3] = ["pro", "new", "old"];
pub const CATEGORIES: [&str; 2] = ["course", "service"];

pub fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(0..from.len())]
}

/// One of the values, or null.
pub fn maybe<T: Copy + Into<Value>>(rng: &mut Rng, from: &[T]) -> Value {
    match rng.bool() {
        true => pick(rng, from).into(),
        false => Value::Null,
    }
}

/// Ids that grow with the index, in the order of age.
pub fn id(kind: u128, index: usize) -> Value {
    json!(Uuid::from_u128((kind << 64) + index as u128 + 1))
}

pub fn source(index: u128) -> Uuid {
    Uuid::from_u128((4 << 64) + index)
}
