//! What the operator does, directly on the table: workspaces, keys, revenue sources, categories and
//! totals.
//!
//! There is no HTTP endpoint for any of it: who may do this is decided by the permissions on the
//! table.

pub mod cli;

pub mod template;

pub mod categories;
pub mod keys;
pub mod sources;
pub mod totals;
pub mod workspaces;

pub mod error;
pub mod hidden;
mod name;
mod pause;
pub mod printable;
mod secret;

pub use error::AdminError;
