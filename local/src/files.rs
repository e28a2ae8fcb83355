//! Files that only their owner may read, most of them with JSON.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, rename};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Read and write, for the owner.
const FILE_MODE: u32 = 0o600;
/// Read, write and enter, for the owner.
const DIRECTORY_MODE: u32 = 0o700;
/// What the names of all files in a data directory begin with.
const OUR_FILES: [&str; 4] = ["dynamodb.sqlite", "keys.json", "lock", "stream.json"];

/// A file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the file {}", .path.display())]
pub struct FileError {
    path: PathBuf,
    source: io::Error,
}

/// Reads a file that [`write_private`] wrote; the default value if there is no such file. It is
/// private from then on, in case an earlier version or a copy was not.
///
/// # Errors
/// If the file cannot be read.
pub fn read_private<T: DeserializeOwned + Default>(path: &Path) -> Result<T, FileError> {
    let read = match fs::read(path) {
        Ok(json) => restrict(path, FILE_MODE)
            .and_then(|()| serde_json::from_slice(&json).map_err(Into::into)),
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
        let mut file = open_private(&temporary)?;
        file.set_len(0)?;
        serde_json::to_writer_pretty(&mut file, value)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        rename(&temporary, path).inspect_err(|_| _ = std::fs::remove_file(&temporary))
    };
    write().map_err(|error| FileError::new(path, error))
}

/// Opens a file for writing, and creates it if it does not exist. Also one that exists is private
/// from then on.
///
/// # Errors
/// If the file or its permissions cannot be written.
pub fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, FILE_MODE);
    let file = options.open(path)?;
    restrict(path, FILE_MODE)?;
    Ok(file)
}

/// Creates a directory that only its owner can look into. One that exists is made private too if it
/// has only files of this product: others may need theirs.
///
/// # Errors
/// If the directory or its permissions cannot be written.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, DIRECTORY_MODE);
    builder.create(path)?;
    let is_ours = |name: &str| OUR_FILES.iter().any(|ours| name.starts_with(ours));
    for entry in fs::read_dir(path)? {
        if !entry?.file_name().to_str().is_some_and(is_ours) {
            return Ok(());
        }
    }
    restrict(path, DIRECTORY_MODE)
}

/// Sets the permissions of a file or directory. Elsewhere than on Unix, they are those of the
/// directory above.
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(
        path,
        <Permissions as std::os::unix::fs::PermissionsExt>::from_mode(mode),
    )?;
    Ok(())
}

impl FileError {
    fn new(path: &Path, source: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            source,
        }
    }
}
