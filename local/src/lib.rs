//! The whole API on one machine: the functions behind a local API gateway, over an embedded
//! DynamoDB.
//!
//! None of this is part of the product in the cloud, and the product does not know about it: the
//! functions are the same, only their surroundings differ.

pub mod setup;

pub mod samples;
pub mod server;

pub mod reference;

pub mod gateway;

pub mod stream;

pub mod runtime;

pub mod accounts;
pub mod engine;

pub mod log;

pub mod error;

pub mod emulator;

pub mod files;
