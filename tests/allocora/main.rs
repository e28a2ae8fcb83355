//! The integration tests: every test has an API of its own, behind the local gateway, on a real
//! DynamoDB engine.

mod fixture;
mod harness;
mod stand_in;
mod wire;

mod access;
mod batches;
mod calls;
mod contract;
mod digest;
mod filters;
mod fold;
mod golden;
mod house;
mod lists;
mod log;
mod matching;
mod money;
mod operator;
mod outcomes;
mod pages;
mod products;
mod programs;
mod races;
mod revenues;
mod rules;
mod runtime;
mod template;
mod totals;
mod transport;
mod values;
