//! The whole API on one machine: the functions behind a local API gateway, over an embedded DynamoDB.
//!
//! Nothing here is part of the product in the cloud, and nothing there knows of this: the functions are the same, only
//! what stands around them is another.

pub mod setup;

pub mod gateway;
pub mod server;

pub mod runtime;
pub mod stream;

pub mod engine;

pub mod accounts;
pub mod samples;

pub mod error;
pub mod files;
pub mod log;

use shared::http::Operation;

/// The functions, by the name of their binary, with their operations.
pub fn functions() -> Vec<(&'static str, Vec<Operation>)> {
    vec![
        ("ping", ping::operations()),
        ("payees", payees::operations()),
        ("products", products::operations()),
        ("revenues", revenues::operations()),
        ("rules", rules::operations()),
    ]
}
