//! JSON files that only their owner may read.

use std::fs::{self, OpenOptions, rename};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the file {}", .path.display())]
pub struct FileError {
    path: PathBuf,
    source: io::Error,
}

/// Reads a file that [`write_private`] wrote; the default value if there is no such file.
///
/// # Errors
/// If the file cannot be read.
pub fn read_private<T: DeserializeOwned + Default>(path: &Path) -> Result<T, FileError> {
    let read = match fs::read(path) {
        Ok(json) => serde_json::from_slice(&json).map_err(Into::into),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(error),
    };
    read.map_err(|error| FileError::new(path, error))
}

/// Writes a value as JSON. It replaces the file only once it is complete.
///
/// # Errors
/// If the file or its directory cannot be written.
pub fn write_private(path: &Path, value: &impl Serialize) -> Result<(), FileError> {
    let write = || -> io::Result<()> {
        let mut name = path
            .file_name()
            .ok_or(io::ErrorKind::IsADirectory)?
            .to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        serde_json::to_writer_pretty(&mut file, value)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        rename(&temporary, path).inspect_err(|_| _ = std::fs::remove_file(&temporary))
    };
    write().map_err(|error| FileError::new(path, error))
}

impl FileError {
    fn new(path: &Path, source: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            source,
        }
    }
}
