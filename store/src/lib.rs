//! The DynamoDB table: its client, the keys of its items, and what is stored under them.
//!
//! A crate that depends on this one can name the key of any item of any workspace. Therefore the
//! functions of the API do not: `shared` makes keys for them, each from the proof that its
//! permission was checked.

pub mod workspace;

pub mod table;

pub mod key;

pub mod retry;
