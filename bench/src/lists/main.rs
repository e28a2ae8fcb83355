//! The cost of a page of the revenue list: the first, middle and last page of lists with and
//! without filters, among a growing number of revenues. Each page is found with counters, and for
//! comparison by walking through the list, as without counters.
//!
//! Each size has an embedded DynamoDB of its own, in memory. Calls, steps and read units are the
//! same as with a table in the cloud; of the times, trust only the ratios. Every answer is compared
//! with a sorted vector of the same revenues.

mod engine;
mod measure;
mod report;
mod rows;
mod scene;
mod wire;

use std::error::Error;

use clap::Parser;
use report::Measured;
use scene::Scene;

/// Measure the cost of pages of the revenue list.
#[derive(Parser)]
struct Args {
    /// The numbers of revenues.
    #[arg(default_values_t = [1_000, 10_000, 100_000])]
    sizes: Vec<usize>,
    /// How many times to request each page; by walking, fewer times among many revenues.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Args { sizes, rounds } = Args::parse();
    let mut last = None;
    for size in sizes {
        let scene = Scene::start(size).await?;
        let cases = measure::cases(&scene)?;
        let counted = measure::counted(&scene, &cases, rounds).await?;
        let walked = measure::walked(&scene, &cases, rounds).await?;
        let measured = Measured {
            cases,
            counted,
            walked,
        };
        measured.print(&scene);
        last = Some((measured, size));
    }
    if let Some((measured, size)) = last {
        measured.judge(size);
    }
    Ok(())
}
