//! Measures one program.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use bench::lambda::{self, DEADLINE};
use bench::process::{cpu, median, peak};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use local::emulator::runtime::Environment;
use serde_json::Value;

use crate::scene::Scene;

/// The measurements of one process.
#[derive(Clone, Debug)]
pub struct Measured {
    /// From the spawn until it asks for its first event, in milliseconds.
    pub start: f64,
    /// The first request, in milliseconds.
    pub first: f64,
    /// The median of the later requests, in milliseconds.
    pub later: f64,
    /// The processor time until the first answer, in milliseconds.
    pub cpu: f64,
    /// The peak memory, in MB.
    pub peak: f64,
    /// The compressed program, in MB.
    pub zip: f64,
}

/// Starts a program, sends it a first request and some more, and stops it.
///
/// # Errors
/// If an answer is wrong or missing.
pub async fn measure(
    scene: &Scene,
    name: &str,
    path: &Path,
    requests: usize,
) -> Result<Measured, Box<dyn Error>> {
    let environment = lambda::environment(name, path, Vec::new(), scene.variables.clone());
    let running = environment.ready().await?;
    let first = request(&environment, scene).await?;
    let cpu = cpu(running.pid)?;
    let mut later = Vec::with_capacity(requests);
    for _ in 0..requests {
        later.push(request(&environment, scene).await?);
    }
    Ok(Measured {
        start: milliseconds(running.ready - running.spawned),
        first,
        later: median(later),
        cpu,
        peak: peak(running.pid)?,
        zip: compressed(path)?,
    })
}

/// The duration of one request, in milliseconds.
async fn request(environment: &Environment, scene: &Scene) -> Result<f64, Box<dyn Error>> {
    let begin = Instant::now();
    let answer = environment
        .invoke(&scene.event, SystemTime::now() + DEADLINE)
        .await?;
    let duration = milliseconds(begin.elapsed());
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap_or_default())?;
    if answer["statusCode"] != 200 || body["data"]["id"] != scene.payee {
        return Err(format!("the answer is not the payee: {answer}").into());
    }
    Ok(duration)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn compressed(path: &Path) -> Result<f64, Box<dyn Error>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&fs::read(path)?)?;
    Ok(encoder.finish()?.len() as f64 / 1e6)
}
