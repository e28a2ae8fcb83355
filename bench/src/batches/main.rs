//! Batches and pages: the processor time, the time, the DynamoDB calls and the memory of the
//! functions `revenues` and `payees`, and of programs in other languages that create the same
//! revenues.
//!
//! Each program has an emulated Runtime API and uses the embedded DynamoDB over TLS, as it would in
//! the cloud. The processor time is that of the program alone: DynamoDB runs in this process. The
//! figures are medians over rounds, in which the programs take turns, so that a slow phase of the
//! machine affects all of them. Trust the ratios, not the absolute times.

mod callgrind;
mod load;
mod measure;
mod report;
mod scene;
mod wire;

use std::error::Error;
use std::path::PathBuf;

use bench::lambda::{named, program};
use clap::Parser;
use load::Load;
use measure::Case;
use scene::Scene;

/// Measure batches and pages.
#[derive(Parser)]
pub struct Args {
    /// Further programs that create revenues in batches, as in node=target/bench/put.mjs.
    #[arg(value_name = "NAME=PATH", value_parser = named)]
    others: Vec<(String, PathBuf)>,
    /// The program of the function `revenues`.
    #[arg(long, value_name = "PATH", default_value = "target/release/revenues")]
    #[arg(value_parser = program)]
    revenues: PathBuf,
    /// The program of the function `payees`.
    #[arg(long, value_name = "PATH", default_value = "target/release/payees")]
    #[arg(value_parser = program)]
    payees: PathBuf,
    /// The records of a batch.
    #[arg(long, default_value_t = 100)]
    batch: usize,
    /// The revenues that are listed, all of one month.
    #[arg(long, default_value_t = 5_000)]
    listed: usize,
    /// How often each case takes its turn.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// The measured requests of a turn.
    #[arg(long, default_value_t = 5)]
    requests: usize,
    /// The requests of each program before the first turn.
    #[arg(long, default_value_t = 50)]
    warm_up: usize,
    /// How many times to start each program for its first batch.
    #[arg(long, default_value_t = 11)]
    starts: usize,
    /// Also count the instructions of this many requests to each function under callgrind, which
    /// needs valgrind.
    #[arg(long, value_name = "REQUESTS", default_value_t = 0)]
    callgrind: usize,
    /// Keep the files of callgrind in this folder, for callgrind_annotate.
    #[arg(long, value_name = "FOLDER")]
    dumps: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    // Batches must not change what is listed.
    let written = Scene::start().await?;
    let listed = Scene::start().await?;
    listed.fill(&args.revenues, args.listed).await?;
    let cases = cases(&args, &written, &listed);
    let instructions = callgrind::instructions(&cases, args.callgrind, args.dumps.as_deref());
    let instructions = instructions.await?;
    report::print_cold(&measure::cold(&cases, &args).await?);
    report::print_warm(&measure::warm(&cases, &args).await?, &instructions);
    Ok(())
}

/// The cases in the order of their rows.
fn cases<'a>(args: &'a Args, written: &'a Scene, listed: &'a Scene) -> Vec<Case<'a>> {
    let of = |path: &'a PathBuf, scene: &'a Scene, name: String, load: Load| Case {
        name,
        path,
        is_function: true,
        scene,
        load,
    };
    let Args {
        revenues,
        payees,
        batch,
        ..
    } = args;
    let new = Load::NewRevenues(*batch);
    let new_revenues = format!("{batch} new revenues");
    let mut cases = vec![of(revenues, written, new_revenues.clone(), new.clone())];
    cases.extend(args.others.iter().map(|(name, path)| Case {
        is_function: false,
        ..of(
            path,
            written,
            format!("{new_revenues}: {name}"),
            new.clone(),
        )
    }));
    for (path, name, load) in [
        (revenues, "known revenues", Load::KnownRevenues(*batch)),
        (payees, "new payees by upsert", Load::NewPayees(*batch)),
        (
            payees,
            "changed payees by upsert",
            Load::ChangedPayees(*batch),
        ),
    ] {
        cases.push(of(path, written, format!("{batch} {name}"), load));
    }
    let pages = load::pages(args.listed).into_iter();
    cases.extend(pages.map(|(name, load)| of(revenues, listed, name, load)));
    cases
}
