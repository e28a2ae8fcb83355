//! What a page of the revenue list costs: the first, one in the middle and the last, of lists with
//! and without filters, among more and more revenues; through counters, and beside it by walking
//! through the list, as without counters.
//!
//! Each size has an embedded DynamoDB of its own, in memory. Calls, steps and read units are those
//! that a table in the cloud would have as well; of the times, what to trust is the ratio. Every
//! answer is compared with what a sorted vector of the same revenues says.

mod engine;
mod http;
mod measure;
mod report;
mod rows;
mod scene;
mod wire;

use std::error::Error;

use clap::Parser;
use report::Measured;
use scene::Scene;

/// Measures pages of lists of revenues.
#[derive(Parser)]
struct Args {
    /// How many revenues there are.
    #[arg(default_values_t = [1_000, 10_000, 100_000])]
    sizes: Vec<usize>,
    /// How often each page is asked for; by walking, fewer times if there are many revenues.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Args { sizes, rounds } = Args::parse();
    let mut last = None;
    for size in sizes {
        let scene = Scene::set(size).await?;
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
