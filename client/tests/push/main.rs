//! `push` against the product on one machine, through its gateway.

#![cfg(unix)]

mod configuration;
mod corrections;
mod faults;
mod order;
mod program;
mod rejects;

mod allocora;
mod running;

mod product;
