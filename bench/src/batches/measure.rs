//! Measures programs.

use std::error::Error;
use std::path::Path;

use bench::lambda;
use bench::process::{cpu, median, peak};
use local::emulator::runtime::Environment;

use crate::Args;
use crate::load::{Load, Sender};
use crate::scene::Scene;

/// A program with its requests.
pub struct Case<'a> {
    /// What it does.
    pub name: String,
    /// The program.
    pub path: &'a Path,
    /// Whether it is a function of the API.
    pub is_function: bool,
    /// Its surroundings.
    pub scene: &'a Scene,
    /// Its requests.
    pub load: Load,
}

/// The medians of a running program.
pub struct Warm {
    /// The case.
    pub name: String,
    /// The processor time of a request, in milliseconds.
    pub cpu: f64,
    /// The time of a request, in milliseconds.
    pub wall: f64,
    /// The DynamoDB calls of a request.
    pub calls: f64,
    /// The peak memory of the process, in MB.
    pub peak: f64,
}

/// The medians of new processes, each with one batch.
pub struct Cold {
    /// The case.
    pub name: String,
    /// From the spawn until it asks for its first event, in milliseconds.
    pub start: f64,
    /// The first batch, in milliseconds.
    pub first: f64,
    /// The processor time until the answer, in milliseconds.
    pub cpu: f64,
    /// The peak memory, in MB.
    pub peak: f64,
}

/// Measures every case, each in a process of its own that has answered some requests before.
///
/// # Errors
/// If an answer is wrong or missing.
pub async fn warm(cases: &[Case<'_>], args: &Args) -> Result<Vec<Warm>, Box<dyn Error>> {
    let environments: Vec<_> = cases.iter().map(|case| case.environment()).collect();
    let mut senders = Vec::with_capacity(cases.len());
    for (case, environment) in cases.iter().zip(&environments) {
        let mut sender = Sender::new(environment, case.scene, case.load.clone());
        for _ in 0..args.warm_up {
            sender.send().await?;
        }
        senders.push(sender);
    }
    let mut turns: Vec<Vec<[f64; 3]>> = vec![Vec::new(); cases.len()];
    for _ in 0..args.rounds {
        for (number, sender) in senders.iter_mut().enumerate() {
            let pid = environments[number].ready().await?.pid;
            turns[number].push(turn(cases[number].scene, sender, pid, args.requests).await?);
        }
    }
    let mut measured = Vec::with_capacity(cases.len());
    for ((case, environment), turns) in cases.iter().zip(&environments).zip(turns) {
        let [cpu, wall, calls] =
            [0, 1, 2].map(|figure| median(turns.iter().map(|turn| turn[figure]).collect()));
        measured.push(Warm {
            name: case.name.clone(),
            cpu,
            wall,
            calls,
            peak: peak(environment.ready().await?.pid)?,
        });
    }
    Ok(measured)
}

/// The processor time, the time and the calls of a request.
async fn turn(
    scene: &Scene,
    sender: &mut Sender<'_>,
    pid: u32,
    requests: usize,
) -> Result<[f64; 3], Box<dyn Error>> {
    // Since its last turn, the program may have to check the key again.
    sender.send().await?;
    scene.wire.take();
    let before = cpu(pid)?;
    let mut times = Vec::with_capacity(requests);
    for _ in 0..requests {
        times.push(sender.send().await?.as_secs_f64() * 1e3);
    }
    let count = requests as f64;
    Ok([
        (cpu(pid)? - before) / count,
        median(times),
        scene.wire.take() as f64 / count,
    ])
}

/// Measures the first batches of all programs that create revenues.
///
/// # Errors
/// If an answer is wrong or missing.
pub async fn cold(cases: &[Case<'_>], args: &Args) -> Result<Vec<Cold>, Box<dyn Error>> {
    let creating = cases.iter();
    let creating: Vec<_> = creating
        .filter(|case| matches!(case.load, Load::NewRevenues(_)))
        .collect();
    let mut starts: Vec<Vec<[f64; 4]>> = vec![Vec::new(); creating.len()];
    for _ in 0..args.starts {
        for (case, starts) in creating.iter().zip(&mut starts) {
            starts.push(start(case).await?);
        }
    }
    let medians = creating.iter().zip(starts).map(|(case, starts)| {
        let [start, first, cpu, peak] =
            [0, 1, 2, 3].map(|figure| median(starts.iter().map(|start| start[figure]).collect()));
        Cold {
            name: case.name.clone(),
            start,
            first,
            cpu,
            peak,
        }
    });
    Ok(medians.collect())
}

async fn start(case: &Case<'_>) -> Result<[f64; 4], Box<dyn Error>> {
    let environment = case.environment();
    let running = environment.ready().await?;
    let first = Sender::new(&environment, case.scene, case.load.clone())
        .send()
        .await?;
    Ok([
        (running.ready - running.spawned).as_secs_f64() * 1e3,
        first.as_secs_f64() * 1e3,
        cpu(running.pid)?,
        peak(running.pid)?,
    ])
}

impl Case<'_> {
    fn environment(&self) -> Environment {
        lambda::environment("bench", self.path, Vec::new(), self.scene.variables.clone())
    }
}
