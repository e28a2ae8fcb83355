//! Counts instructions with `valgrind --tool=callgrind`: unlike times, the counts are repeatable.
//!
//! Valgrind has no SHA instructions. A signature hashes the whole body of a call, so that the
//! counts are up to a fifth higher than those of a real processor.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use bench::lambda;
use tokio::process::Command;

use crate::load::Sender;
use crate::measure::Case;

/// The requests before counting.
const WARM_UP: usize = 5;

/// The instructions of each case for each record or row, `None` for programs that are not
/// functions of ours. Counts nothing if there are no requests to count.
///
/// # Errors
/// If there is no valgrind, or an answer is wrong or missing.
pub async fn instructions(
    cases: &[Case<'_>],
    requests: usize,
    dumps: Option<&Path>,
) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    let mut counts = Vec::with_capacity(cases.len());
    for case in cases {
        counts.push(match requests > 0 && case.is_function {
            true => Some(count(case, requests, dumps).await?),
            false => None,
        });
    }
    Ok(counts)
}

async fn count(
    case: &Case<'_>,
    requests: usize,
    dumps: Option<&Path>,
) -> Result<f64, Box<dyn Error>> {
    let temporary = std::env::temp_dir();
    let folder = dumps.unwrap_or(&temporary);
    let file = folder.join(format!("callgrind.{}", case.name.replace(' ', "-")));
    let arguments = vec![
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={}", file.display()),
        case.path.display().to_string(),
    ];
    let variables = case.scene.variables.clone();
    let environment = lambda::environment("bench", &valgrind()?, arguments, variables);
    let pid = environment.ready().await?.pid;
    let mut sender = Sender::new(&environment, case.scene, case.load.clone());
    for _ in 0..WARM_UP {
        sender.send().await?;
    }
    control("--zero", pid).await?;
    for _ in 0..requests {
        sender.send().await?;
    }
    control("--dump", pid).await?;
    // The first dump. The file itself is for what would be counted later.
    let dump = PathBuf::from(format!("{}.1", file.display()));
    let text = fs::read_to_string(&dump)?;
    if dumps.is_none() {
        fs::remove_file(&dump)?;
        fs::remove_file(&file)?;
    }
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total: f64 = total.ok_or("callgrind wrote no totals")?.parse()?;
    Ok(total / (requests * case.load.rows()) as f64)
}

fn valgrind() -> Result<PathBuf, Box<dyn Error>> {
    let path = std::env::var("PATH")?;
    let mut found = std::env::split_paths(&path).map(|folder| folder.join("valgrind"));
    let found = found.find(|path| path.is_file());
    Ok(found.ok_or("--callgrind needs valgrind")?)
}

async fn control(command: &str, pid: u32) -> Result<(), Box<dyn Error>> {
    let output = Command::new("callgrind_control")
        .args([command, &pid.to_string()])
        .output()
        .await?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("callgrind_control {command} failed: {output:?}").into()),
    }
}
