//! Files with results, beside the file that was sent.
//!
//! A file grows under another name and gets its own at the end, so that nobody takes half of it
//! for the whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What is added to the name of a file for that of its rejected rows.
pub const REJECTS: &str = "rejects.csv";
/// What is added to the name of a file for that of its conflicts.
pub const CONFLICTS: &str = "conflicts.csv";
/// What is added to the name of a file that is not complete.
const PARTIAL: &str = "partial";
/// What is added to the name of a file of an earlier run.
const PREVIOUS: &str = "previous";

/// A file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", .path.display())]
pub struct OutputError {
    /// The file.
    pub path: PathBuf,
    #[source]
    source: io::Error,
}

impl OutputError {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            source,
        }
    }
}

/// A path with something added to its name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// Renames the complete file of an earlier run, and removes one that it did not complete. Returns
/// the new name, if there was one to rename.
pub fn set_aside(path: &Path) -> Result<Option<PathBuf>, OutputError> {
    let failed = |error| OutputError::new(path, error);
    found(fs::remove_file(with_suffix(path, PARTIAL))).map_err(failed)?;
    let previous = with_suffix(path, PREVIOUS);
    let renamed = found(fs::rename(path, &previous)).map_err(failed)?;
    Ok(renamed.then_some(previous))
}

/// Whether an earlier run left at least its first `kept` bytes, complete or not.
pub fn has(path: &Path, kept: u64) -> bool {
    let partial = fs::metadata(with_suffix(path, PARTIAL));
    let left = partial.or_else(|_| fs::metadata(path));
    kept == 0 || left.is_ok_and(|left| left.len() >= kept)
}

/// Whether there was a file to do something with.
fn found(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A file that is not complete yet.
pub struct OutputFile {
    path: PathBuf,
    file: File,
}

impl OutputFile {
    /// Begins a file, or continues the one of an earlier run after its first `kept` bytes.
    pub fn begin(path: &Path, kept: u64) -> Result<Self, OutputError> {
        Self::open(path, kept).map_err(|error| OutputError::new(path, error))
    }

    fn open(path: &Path, kept: u64) -> io::Result<Self> {
        let partial = with_suffix(path, PARTIAL);
        // A run that ended early completes its files, too.
        if kept > 0 && !partial.exists() {
            fs::rename(path, &partial)?;
        }
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(kept == 0).write(true);
        let mut file = options.open(&partial)?;
        if file.metadata()?.len() < kept {
            return Err(io::Error::other(
                "it is shorter than the earlier run left it",
            ));
        }
        file.set_len(kept)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// What writes to its end, without the first `omitted` bytes: the header that it may have.
    pub fn writer(&self, omitted: u64) -> Result<Tail, OutputError> {
        let file = self.file.try_clone();
        let file = file.map_err(|error| OutputError::new(&self.path, error))?;
        Ok(Tail { file, omitted })
    }

    /// How many bytes it has.
    pub fn length(&self) -> Result<u64, OutputError> {
        let metadata = self.file.metadata();
        let metadata = metadata.map_err(|error| OutputError::new(&self.path, error))?;
        Ok(metadata.len())
    }

    /// Gives it its name.
    pub fn complete(self) -> Result<PathBuf, OutputError> {
        fs::rename(with_suffix(&self.path, PARTIAL), &self.path)
            .map_err(|error| OutputError::new(&self.path, error))?;
        Ok(self.path)
    }
}

/// Writes to a file, but for the first bytes.
pub struct Tail {
    file: File,
    omitted: u64,
}

impl Write for Tail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let omitted = bytes
            .len()
            .min(usize::try_from(self.omitted).unwrap_or(usize::MAX));
        if omitted > 0 {
            self.omitted -= omitted as u64;
            return Ok(omitted);
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
