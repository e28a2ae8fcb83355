//! Cold starts, warm requests, memory and size of programs that read one payee: builds of the
//! function `payees`, and equivalents in other languages.
//!
//! Each program has an emulated Runtime API and reads from the embedded DynamoDB over TLS, as it
//! would in the cloud. The figures are medians over rounds. In each round the programs take turns,
//! so that a slow phase of the machine affects all of them. Trust the ratios, not the absolute
//! times.

mod measure;
mod scene;

use std::error::Error;
use std::path::PathBuf;

use bench::lambda::named;
use bench::process::{cell, median};
use clap::Parser;
use measure::{Measured, measure};
use scene::Scene;

/// Compare the cold starts of programs.
#[derive(Parser)]
struct Args {
    /// The programs, as in rust=target/lambda/payees/bootstrap; the first is the baseline.
    #[arg(required = true, value_name = "NAME=PATH", value_parser = named)]
    programs: Vec<(String, PathBuf)>,
    /// How many times to start each program.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// How many requests to send after the first one.
    #[arg(long, default_value_t = 200)]
    requests: usize,
}

/// A column of the table: its title and its figure.
type Column = (&'static str, fn(&Measured) -> f64);

const COLUMNS: [Column; 6] = [
    ("start ms", |measured| measured.start),
    ("first request ms", |measured| measured.first),
    ("later request ms", |measured| measured.later),
    ("CPU ms to first answer", |measured| measured.cpu),
    ("peak MB", |measured| measured.peak),
    ("zip MB", |measured| measured.zip),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Args {
        programs,
        rounds,
        requests,
    } = Args::parse();
    let scene = Scene::start().await?;
    let mut measured: Vec<Vec<Measured>> = vec![Vec::new(); programs.len()];
    for _ in 0..rounds {
        for ((name, path), measured) in programs.iter().zip(&mut measured) {
            measured.push(measure(&scene, name, path, requests).await?);
        }
    }
    let titles: Vec<&str> = COLUMNS.iter().map(|(title, _)| *title).collect();
    println!(
        "| program | {} |\n|---|{}",
        titles.join(" | "),
        "---:|".repeat(COLUMNS.len())
    );
    let medians = |rounds: &[Measured]| {
        COLUMNS.map(|(_, figure)| median(rounds.iter().map(figure).collect()))
    };
    let base = measured
        .first()
        .map(|rounds| medians(rounds))
        .unwrap_or_default();
    for ((name, _), rounds) in programs.iter().zip(&measured) {
        let cells = medians(rounds)
            .iter()
            .zip(base)
            .map(|(figure, base)| cell(*figure, base))
            .collect::<Vec<_>>();
        println!("| {name} | {} |", cells.join(" | "));
    }
    Ok(())
}
