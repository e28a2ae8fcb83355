//! What a process has used: proc(5), so only on Linux.

use std::error::Error;
use std::fs;

/// The processor time of all threads, user and system, in milliseconds:
/// `/proc/pid/task/tid/schedstat`, in nanoseconds.
///
/// # Errors
/// If there is no such process.
pub fn cpu(pid: u32) -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or_default().parse::<f64>()?;
    }
    Ok(nanoseconds / 1e6)
}

/// The greatest resident set, in MB: `VmHWM`, in KiB.
///
/// # Errors
/// If there is no such process.
pub fn peak(pid: u32) -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("no VmHWM")?;
    Ok(line.trim_end_matches("kB").trim().parse::<f64>()? * 1024.0 / 1e6)
}

/// The median.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A figure, and its ratio to that of the first row.
pub fn cell(figure: f64, base: f64) -> String {
    format!("{figure:.2} ({:.2}×)", figure / base)
}
