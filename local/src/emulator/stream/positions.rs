//! How far a stream is consumed, kept in a file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::files::{FileError, read_private, write_private};

/// The sequence number of the last record that was consumed, by shard.
pub(super) struct Positions {
    file: Option<PathBuf>,
    consumed: BTreeMap<String, String>,
}

impl Positions {
    /// The positions that a file keeps; none without a file.
    pub(super) fn open(file: Option<PathBuf>) -> Result<Self, FileError> {
        let consumed = file.as_deref().map(read_private).transpose()?;
        Ok(Self {
            file,
            consumed: consumed.unwrap_or_default(),
        })
    }

    /// The last record of a shard that was consumed.
    pub(super) fn of(&self, shard: &str) -> Option<&String> {
        self.consumed.get(shard)
    }

    /// Records that a shard is consumed up to this record. If this is lost, records are sent again,
    /// as Lambda may do too.
    pub(super) fn set(&mut self, shard: String, sequence: String) -> Result<(), FileError> {
        self.consumed.insert(shard, sequence);
        self.file
            .as_ref()
            .map_or(Ok(()), |file| write_private(file, &self.consumed))
    }
}
