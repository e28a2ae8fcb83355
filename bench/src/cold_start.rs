//! Cold starts, warm requests, memory and size of programs that read one payee: the function
//! `payees`, built one way or another, and the same in other languages.
//!
//! Each program runs behind an emulated Runtime API and reads from the embedded DynamoDB over TLS,
//! as it would in the cloud. The figures are medians of rounds in which the programs take turns, so
//! that a machine that is slow for a while is slow for all of them. What to trust is the ratio.

mod measure;
mod scene;
mod tls;

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;
use measure::{Measured, measure, median};
use scene::Scene;

/// Measures programs against each other.
#[derive(Parser)]
struct Args {
    /// The programs, as in rust=target/lambda/payees/bootstrap; the others are compared with the
    /// first.
    #[arg(required = true, value_name = "NAME=PATH", value_parser = named)]
    programs: Vec<(String, PathBuf)>,
    /// How often each program is started.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// How many requests follow the first one.
    #[arg(long, default_value_t = 200)]
    requests: usize,
}

/// A column of the table, and where its figure comes from.
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
    let scene = Scene::set().await?;
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

/// A figure, and how many times that of the first program it is.
fn cell(figure: f64, base: f64) -> String {
    format!("{figure:.2} ({:.2}×)", figure / base)
}

fn named(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("must be NAME=PATH")?;
    let path = PathBuf::from(path);
    if path.is_file() {
        Ok((name.to_owned(), path))
    } else {
        Err(format!("there is no file {}", path.display()))
    }
}
