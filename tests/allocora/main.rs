//! The integration tests: every test has an API of its own, behind the local gateway, on a real
//! DynamoDB engine.

mod client;
mod fixture;
mod harness;
mod stand_in;
mod wire;

mod access;
mod batches;
mod calls;
mod creating;
mod deliveries;
mod digest;
mod filters;
mod fold;
mod golden;
mod house;
mod identity;
mod intake;
mod lists;
mod log;
mod matching;
mod messages;
mod money;
mod monitoring;
mod operator;
mod outcomes;
mod pages;
mod permissions;
mod policies;
mod products;
mod programs;
mod races;
mod rebuilds;
mod revenue_lists;
mod revenues;
mod rules;
mod runtime;
mod sample;
mod template;
mod totals;
mod transport;
mod updating;
mod upserts;
mod values;
