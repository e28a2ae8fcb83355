//! How far a stream was read, kept beside the data.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::StartError;
use crate::files::{read_private, write_private};

const POSITIONS_FILE: &str = "stream.json";

/// The last record of each shard that was taken.
pub(super) struct Positions {
    file: Option<PathBuf>,
    taken: BTreeMap<String, String>,
}

impl Positions {
    /// The positions that are kept in a directory; none if there is no directory.
    pub(super) fn open(data_dir: Option<&Path>) -> Result<Self, StartError> {
        let file = data_dir.map(|directory| directory.join(POSITIONS_FILE));
        let taken = file
            .as_deref()
            .map(read_private)
            .transpose()?
            .unwrap_or_default();
        Ok(Self { file, taken })
    }

    /// The last record of a shard that was taken.
    pub(super) fn of(&self, shard: &str) -> Option<&String> {
        self.taken.get(shard)
    }

    /// Notes that a shard is taken up to this record. If this is lost, records come again, which
    /// does no harm.
    pub(super) fn set(&mut self, shard: String, sequence: String) -> Result<(), StartError> {
        self.taken.insert(shard, sequence);
        self.file
            .as_ref()
            .map_or(Ok(()), |file| write_private(file, &self.taken))
    }
}
