//! What the business is: entities with their rules, values, problems, permissions and counting.
//!
//! Everything here is a plain function from values to values. There is no IO, no async, no HTTP, no
//! DynamoDB and no clock: the manifest has no crate that could do any of it. Modules are listed
//! from the outside in; each uses only modules below it.

pub mod payout;

pub mod counting;

pub mod rule;

pub mod payee;
pub mod product;
pub mod revenue;

pub mod resource;

pub mod filter;
pub mod upsert;
pub mod workspace;

pub mod fields;
pub mod id;
pub mod json;
pub mod permission;

pub mod value;

pub mod problem;
pub mod schema;

pub mod characters;
