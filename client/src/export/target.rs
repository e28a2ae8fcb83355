//! A file that gets its name when it is complete, at a path that a person chose.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use domain::problem::quote;

/// What is added to the name of a file that is not complete.
const PARTIAL: &str = ".partial";

/// Nothing can be written at a path.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Something else than a file is there, and must not be replaced.
    #[error("{} exists and is not a regular file: name another file", shown(.0))]
    NotAFile(PathBuf),
    /// The file cannot be created.
    #[error("cannot write {}", shown(.0))]
    Unwritable(PathBuf, #[source] io::Error),
}

/// A file that is not complete yet. Unless it is completed, nothing is left of it.
pub struct Target {
    path: PathBuf,
    partial: PathBuf,
    file: File,
}

impl Target {
    /// Begins a file. A symbolic link stays: what it points to is replaced.
    ///
    /// # Errors
    /// Why nothing can be written there.
    pub fn begin(path: &Path) -> Result<Self, TargetError> {
        let unwritable = |error| TargetError::Unwritable(path.to_owned(), error);
        let replaced = replaced(path)?;
        let path = match replaced {
            Some(_) => fs::canonicalize(path).map_err(unwritable)?,
            None => path.to_owned(),
        };
        let mut partial = path.as_os_str().to_owned();
        partial.push(PARTIAL);
        let partial = PathBuf::from(partial);
        if self::replaced(&partial)?.is_some() {
            fs::remove_file(&partial).map_err(unwritable)?;
        }
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).open(&partial);
        let target = Self {
            path,
            partial,
            file: file.map_err(unwritable)?,
        };
        if let Some(metadata) = replaced {
            let permissions = metadata.permissions();
            target
                .file
                .set_permissions(permissions)
                .map_err(unwritable)?;
        }
        Ok(target)
    }

    /// What writes to it.
    pub fn writer(&self) -> &File {
        &self.file
    }

    /// Why it could not be written.
    pub fn unwritable(&self, error: io::Error) -> TargetError {
        TargetError::Unwritable(self.path.clone(), error)
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// Why it cannot have it.
    pub fn complete(self) -> Result<(), TargetError> {
        let renamed = fs::rename(&self.partial, &self.path);
        renamed.map_err(|error| self.unwritable(error))
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // A complete file does not have this name any more.
        _ = fs::remove_file(&self.partial);
    }
}

/// The file at a path, if there is one.
fn replaced(path: &Path) -> Result<Option<fs::Metadata>, TargetError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
        Ok(_) => Err(TargetError::NotAFile(path.to_owned())),
        // A link that points to nothing is there, too.
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(TargetError::NotAFile(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(TargetError::Unwritable(path.to_owned(), error)),
    }
}

fn shown(path: &Path) -> String {
    quote(&path.display().to_string())
}
