//! The whole API on one machine: the functions behind a local API gateway, over an embedded
//! DynamoDB.
//!
//! Nothing here is part of the product in the cloud, and nothing there knows of this: the functions
//! are the same, only what stands around them is another.

pub mod setup;

pub mod samples;
pub mod server;

pub mod gateway;

pub mod stream;

pub mod runtime;

pub mod accounts;
pub mod engine;

pub mod files;
pub mod log;

pub mod error;
