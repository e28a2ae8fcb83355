//! Prints the tables.

use bench::process::cell;

use crate::measure::{Cold, Warm};

/// Prints the first batches of new processes.
pub fn print_cold(measured: &[Cold]) {
    let figures = |cold: &Cold| [cold.start, cold.first, cold.cpu, cold.peak];
    println!(
        "| first batch of a new process | start ms | first batch ms | CPU ms to its answer | peak MB |"
    );
    println!("|---|---:|---:|---:|---:|");
    let Some(base) = measured.first().map(figures) else {
        return;
    };
    for cold in measured {
        let cells = figures(cold).into_iter().zip(base);
        let cells: Vec<_> = cells.map(|(figure, base)| cell(figure, base)).collect();
        println!("| {} | {} |", cold.name, cells.join(" | "));
    }
}

/// Prints the requests of running processes, with the instructions of each record in thousands.
pub fn print_warm(measured: &[Warm], instructions: &[Option<f64>]) {
    println!(
        "\n| request | CPU ms | ms | DynamoDB calls | peak MB | thousand instructions a record |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    let Some(base) = measured.first() else {
        return;
    };
    for (warm, instructions) in measured.iter().zip(instructions) {
        let (cpu, wall) = (cell(warm.cpu, base.cpu), cell(warm.wall, base.wall));
        let peak = cell(warm.peak, base.peak);
        let instructions =
            instructions.map_or_else(String::new, |count| format!("{:.0}", count / 1e3));
        let (name, calls) = (&warm.name, warm.calls);
        println!("| {name} | {cpu} | {wall} | {calls:.1} | {peak} | {instructions} |");
    }
}
