//! The core next to docs/payout.py, which computes the same in another way.

use std::error::Error;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;
use uuid::Uuid;

use crate::compute::measure;
use crate::workload::{PERIOD, WORKSPACE, Workload};

/// Prints the seconds that the computation takes.
const DRIVER: &str = "
import json, sys, time
sys.path.insert(0, sys.argv[1])
from payout import compute
workspace = json.load(sys.stdin)
begin = time.process_time()
compute(**workspace)
print(time.process_time() - begin)
";

/// Computes a workload by both, and prints a row for each.
///
/// # Errors
/// If one of them fails.
pub fn compare(workload: &Workload, count: usize) -> Result<(), Box<dyn Error>> {
    let core = measure(workload, count)?.per_second;
    let workspace = json!({
        "rules": workload.rules(), "products": [], "payees": workload.payees(),
        "revenues": workload.revenues(WORKSPACE, Uuid::from_u128(4), count)?,
        "first": PERIOD.0, "last": PERIOD.1,
    });
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    let mut python = Command::new("python3")
        .args(["-c", DRIVER, docs])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = python.stdin.take().ok_or("no standard input")?;
    input.write_all(&serde_json::to_vec(&workspace)?)?;
    drop(input);
    let output = python.wait_with_output()?;
    let seconds: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    let oracle = count as f64 / seconds;
    println!("| the core | {count} | {core:.0} | 1.00× |");
    println!(
        "| docs/payout.py | {count} | {oracle:.0} | {:.4}× |",
        oracle / core
    );
    Ok(())
}
