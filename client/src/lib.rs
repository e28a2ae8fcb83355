//! The job's side: files of records are read, mapped and validated offline.
//!
//! Modules are listed from the outside in; each uses only modules below it.

pub mod check;
pub mod mapping;

pub mod rows;

pub mod kind;
