//! The time to compute payouts: of many revenues by the core alone, next to the program with which
//! clients verify it, and of a preview through the API.
//!
//! Of the times, trust only the ratios. Each workload is made from a seed, so that every run
//! computes the same.

mod compute;
mod preview;
mod python;
mod workload;

use std::error::Error;

use clap::Parser;
use workload::Workload;

/// Measure the time to compute payouts.
#[derive(Parser)]
struct Args {
    /// How many revenues the core computes in each workload.
    #[arg(long, default_value_t = 1_000_000)]
    revenues: usize,
    /// How many revenues docs/payout.py computes; 0 for none.
    #[arg(long, default_value_t = 100_000)]
    by_python: usize,
    /// How many revenues each preview computes.
    #[arg(long, default_values_t = [20_000, 50_000], value_delimiter = ',')]
    previews: Vec<usize>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let workloads = [
        Workload::flat(100),
        Workload::flat(1_000),
        Workload::tiered(100),
        Workload::tiered(100).with_refunds(),
    ];
    println!(
        "| workload | revenues | a second | ratio | a second, all remembered | bytes of state for each |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    let mut first = None;
    for workload in &workloads {
        let measured = compute::measure(workload, args.revenues)?;
        let base = *first.get_or_insert(measured.per_second);
        measured.print(workload, base);
    }
    if args.by_python > 0 {
        println!();
        println!("| 100 flat rules | revenues | revenues a second | ratio |");
        println!("|---|---:|---:|---:|");
        python::compare(&workloads[0], args.by_python)?;
    }
    println!();
    println!("| preview | ms | DynamoDB calls | read units |");
    println!("|---|---:|---:|---:|");
    for revenues in args.previews {
        preview::measure(&workloads[3], revenues).await?;
    }
    Ok(())
}
