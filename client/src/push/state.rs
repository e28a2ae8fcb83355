//! How far a run came, to continue after a crash. It is only about speed: everything is idempotent.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Counts;
use super::output_file::{OutputError, with_suffix};

/// What is added to the name of the file that is sent.
const SUFFIX: &str = "push-state";
/// How much of a file is hashed to recognise it.
const HASHED_BYTES_MAX: u64 = 64 * 1024;

/// How far a run came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// What was sent.
    pub identity: Identity,
    /// What became of the rows so far; `counts.rows` is their number, from the first one on.
    pub counts: Counts,
    /// How many bytes of the file with rejected rows are about these rows.
    pub rejects_bytes: u64,
    /// The same for the file with conflicts.
    pub conflicts_bytes: u64,
}

/// What was sent where, so that the state of another file is not taken for the one of this file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    target: String,
    kind: String,
    options_sha256: String,
    size: u64,
    modified_ns: u128,
    start_sha256: String,
}

impl Identity {
    /// What is sent, to which target, with which options.
    pub fn of(path: &Path, target: &str, kind: &str, options: &str) -> io::Result<Self> {
        let file = File::open(path)?;
        let (size, modified_ns) = stamp(&file.metadata()?)?;
        let mut start = Vec::new();
        file.take(HASHED_BYTES_MAX).read_to_end(&mut start)?;
        Ok(Self {
            target: target.to_owned(),
            kind: kind.to_owned(),
            options_sha256: sha256(options.as_bytes()),
            size,
            modified_ns,
            start_sha256: sha256(&start),
        })
    }

    /// Whether the file is another one now, or has other bytes.
    pub fn has_changed(&self, path: &Path) -> bool {
        let now = fs::metadata(path).and_then(|metadata| stamp(&metadata));
        !now.is_ok_and(|now| now == (self.size, self.modified_ns))
    }
}

/// The size of a file and the time of its last change, in nanoseconds.
fn stamp(metadata: &Metadata) -> io::Result<(u64, u128)> {
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH);
    let modified = modified.map_or(0, |modified| modified.as_nanos());
    Ok((metadata.len(), modified))
}

fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file with the state.
pub struct StateFile(PathBuf);

impl StateFile {
    /// The state file of a file that is sent.
    pub fn of(path: &Path) -> Self {
        Self(with_suffix(path, SUFFIX))
    }

    /// The state of an earlier run of the same; nothing if there is none, or of something else.
    pub fn read(&self, identity: &Identity) -> Option<State> {
        let text = fs::read(&self.0).ok()?;
        let state: State = serde_json::from_slice(&text).ok()?;
        (state.identity == *identity).then_some(state)
    }

    /// Replaces the state at once.
    pub fn write(&self, state: &State) -> Result<(), OutputError> {
        let new = with_suffix(&self.0, "new");
        let text = serde_json::to_vec(state).expect("numbers and texts are JSON");
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &self.0));
        written.map_err(|error| OutputError::new(&self.0, error))
    }

    /// Removes the state of a run that is done.
    pub fn remove(&self) -> Result<(), OutputError> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(OutputError::new(&self.0, error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}
