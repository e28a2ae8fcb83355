//! The job's side: files of records are read, mapped, validated offline and sent.
//!
//! The program `allocora` is a thin layer over this library. Modules are listed from the outside
//! in; each uses only modules below it.

pub mod cli;

mod commands;

pub mod export;
pub mod reconcile;

pub mod push;

mod pages;

pub mod api;
pub mod config;

pub mod check;
pub mod mapping;

pub mod rows;

pub mod kind;

mod signals;

pub mod progress;

mod numbers;
mod output;
mod table;

pub mod exit;
pub mod stop;
