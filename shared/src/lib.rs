//! What the functions of Allocora have in common.
//!
//! A function is a list of [`http::Operation`]s on the entities of the crate `domain`; everything
//! else is here. Modules are listed from the outside in: each uses only modules below it.

pub mod lambda;

pub mod cloudwatch;

pub mod http;

pub mod totals;

pub mod app;
pub mod records;

pub mod auth;
pub mod batch;

pub mod lists;

pub mod clock;
pub mod error;
pub mod panics;

/// The table, without the keys of its items: those come from an [`auth::Access`] alone.
pub use store::table;
