//! What the functions of Allocora have in common.
//!
//! A function is a [`resource::Resource`], or its own few rules, and a list of [`http::Operation`]s; everything else
//! is here. The modules stand from the outside in: each uses only those below it.

pub mod lambda;

pub mod cloudwatch;

pub mod http;

pub mod totals;

pub mod app;
pub mod auth;
pub mod batch;
pub mod lists;
pub mod records;

pub mod table;

pub mod counting;
pub mod error;
pub mod filter;
pub mod id;
pub mod json;
pub mod key;
pub mod patch;
pub mod pause;
pub mod permission;
pub mod problem;
pub mod resource;
pub mod value;
pub mod workspace;
