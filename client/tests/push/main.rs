//! The program against the product on one machine, through its gateway.

#![cfg(unix)]

mod broken;
mod changed;
mod configuration;
mod corrections;
mod exporting;
mod faults;
mod large;
mod lost;
mod order;
mod outputs;
mod payouts;
mod program;
mod reconciling;
mod reconciling_far;
mod reconciling_files;
mod refused;
mod rejects;
mod repeated;
mod stalled;
mod summary;

mod allocora;
mod night;
mod running;

mod product;
