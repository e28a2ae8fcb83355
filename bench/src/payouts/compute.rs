//! The core alone.

use std::error::Error;
use std::fs;

use domain::payout::{Snapshot, State, Units, compute, in_order, original_id};
use domain::revenue::Revenue;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::workload::{WORKSPACE, Workload};

/// How many revenues are computed in one call, as in a stored run.
const CHUNK: usize = 1_000;
/// How often a workload is computed; the fastest counts.
const ROUNDS: usize = 3;

/// The speed of a workload.
pub struct Measured {
    revenues: usize,
    /// How many revenues are computed in a second of one core, when it is known which ones refunds
    /// name, as in a preview.
    pub per_second: f64,
    /// The same when every revenue is remembered, because a refund may still name it.
    per_second_remembered: f64,
    /// The state after the last one, as JSON.
    state_bytes: usize,
}

impl Measured {
    /// Prints a row of the table.
    pub fn print(&self, workload: &Workload, base: f64) {
        let (name, revenues, per_second) = (&workload.name, self.revenues, self.per_second);
        let ratio = per_second / base;
        let bytes = self.state_bytes as f64 / revenues as f64;
        let remembered = self.per_second_remembered;
        println!(
            "| {name} | {revenues} | {per_second:.0} | {ratio:.2}× | {remembered:.0} | {bytes:.0} |"
        );
    }
}

/// Computes a workload on one thread.
///
/// # Errors
/// If a part of the workload is not valid.
pub fn measure(workload: &Workload, count: usize) -> Result<Measured, Box<dyn Error>> {
    let snapshot = snapshot(workload)?;
    let revenues = workload.revenues(WORKSPACE, Uuid::from_u128(4), count)?;
    let revenues: Vec<Revenue> = read(revenues)?;
    let revenues = in_order(WORKSPACE, revenues);
    let named = revenues.iter();
    let named = named.filter_map(|revenue| original_id(WORKSPACE, revenue));
    let known = State::new(Some(named.collect()));
    let (per_second, _) = fastest(&snapshot, &known, &revenues)?;
    let (per_second_remembered, state) = fastest(&snapshot, &State::default(), &revenues)?;
    Ok(Measured {
        revenues: count,
        per_second,
        per_second_remembered,
        state_bytes: serde_json::to_vec(&state)?.len(),
    })
}

/// How many revenues are computed in a second, and the state after the last one.
fn fastest(
    snapshot: &Snapshot,
    before: &State,
    revenues: &[Revenue],
) -> Result<(f64, State), Box<dyn Error>> {
    let (mut fastest, mut after) = (f64::INFINITY, State::default());
    for _ in 0..ROUNDS {
        let mut state = before.clone();
        let mut earned = Units::ZERO;
        let begin = processor_seconds()?;
        for chunk in revenues.chunks(CHUNK) {
            for computed in compute(snapshot, &mut state, chunk) {
                let lines = computed.splits().flat_map(|split| &split.lines);
                earned += lines.map(|line| line.amount).sum();
            }
        }
        fastest = (processor_seconds()? - begin).min(fastest);
        if earned == Units::ZERO {
            return Err("nobody earned anything".into());
        }
        after = state;
    }
    Ok((revenues.len() as f64 / fastest, after))
}

/// The processor time of this thread so far, which does not depend on what else the machine does.
fn processor_seconds() -> Result<f64, Box<dyn Error>> {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = statistics.split(' ').next().unwrap_or_default();
    Ok(nanoseconds.parse::<f64>()? / 1e9)
}

/// The snapshot of a workload.
///
/// # Errors
/// If a part of the workload is not valid.
pub fn snapshot(workload: &Workload) -> Result<Snapshot, Box<dyn Error>> {
    let (rules, payees) = (read(workload.rules())?, read(workload.payees())?);
    Snapshot::new(WORKSPACE, rules, [], payees).map_err(|above| format!("{above:?}").into())
}

/// Values as the core takes them.
///
/// # Errors
/// If one of them is not valid.
pub fn read<T: DeserializeOwned>(values: Vec<Value>) -> Result<Vec<T>, serde_json::Error> {
    values.into_iter().map(serde_json::from_value).collect()
}
