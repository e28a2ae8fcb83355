//! Only one push of a file at a time, because two would write the same files next to it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::output_file::{OutputError, with_suffix};

/// What is added to the name of the file that is sent.
const SUFFIX: &str = "push-lock";

/// A file that no other push sends meanwhile, and next to which files can be written. The system
/// ends the lock with the process, however that ends.
pub struct LockedFile {
    path: PathBuf,
    lock_path: PathBuf,
    /// Open as long as it is locked.
    _lock: File,
}

/// A file cannot be sent now.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another push sends it.
    #[error("another push of {} is running", .0.display())]
    Running(PathBuf),
    /// Nothing can be written next to it.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl LockedFile {
    /// Locks a file.
    ///
    /// # Errors
    /// If another push sends it, or nothing can be written next to it.
    pub fn of(path: &Path) -> Result<Self, LockError> {
        let lock_path = with_suffix(path, SUFFIX);
        let failed = |error| OutputError::new(&lock_path, error);
        loop {
            let mut options = OpenOptions::new();
            let options = options.create(true).truncate(false).write(true);
            let lock = options.open(&lock_path).map_err(failed)?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(LockError::Running(path.to_owned())),
                // Some file systems have no locks.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(failed(error).into()),
            }
            // Between the two, another push may have ended and removed it.
            if is_at(&lock, &lock_path).map_err(failed)? {
                return Ok(Self {
                    path: path.to_owned(),
                    lock_path,
                    _lock: lock,
                });
            }
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for LockedFile {
    /// A lock file that stays does no harm.
    fn drop(&mut self) {
        _ = fs::remove_file(&self.lock_path);
    }
}

/// Whether an open file still has this name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((own.dev(), own.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere, a file that is open keeps its name.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}
