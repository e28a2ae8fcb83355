//! The program against the product on one machine, through its gateway.

#![cfg(unix)]

mod answers;
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
mod reconciling_repeats;
mod reconciling_reverts;
mod refused;
mod rejects;
mod repeated;
mod stalled;
mod summary;
mod targets;

mod allocora;
mod night;
mod running;

mod product;
