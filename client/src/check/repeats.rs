//! External ids that are in files more than once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};

use uuid::Uuid;

/// The most external ids that are remembered: that takes 36 MB.
pub const EXTERNAL_IDS_MAX: usize = 1_800_000;
/// In the place of the hash of a value: rows of this external id have several values.
const SEVERAL: u32 = 0;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The external ids of files, each with the first row that has it. Only hashes are kept.
pub struct Repeats {
    hasher: RandomState,
    seen: HashMap<u64, Seen>,
    files: Vec<File>,
    /// How many lines were read, of all files.
    lines: u64,
    is_incomplete: bool,
}

struct File {
    name: String,
    /// How many lines the files before it have.
    lines_before: u64,
}

/// The rows of an external id. It is small, because there are millions.
struct Seen {
    /// The line of the first row, in all files together.
    first: u32,
    /// The hash of their value, or [`SEVERAL`].
    value: u32,
}

impl Default for Repeats {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            // At once, because a map that grows is in memory twice. Unused memory costs nothing.
            seen: HashMap::with_capacity(EXTERNAL_IDS_MAX),
            files: Vec::new(),
            lines: 0,
            is_incomplete: false,
        }
    }
}

impl Repeats {
    /// The rows from now on are of this file.
    pub fn begin_file(&mut self, name: String) {
        self.files.push(File {
            name,
            lines_before: self.lines,
        });
    }

    /// Takes a row. If rows of its external id have several values, returns the first of them.
    pub fn take(
        &mut self,
        source: Uuid,
        external_id: &str,
        value: impl Hash,
        line: u64,
    ) -> Option<Place> {
        let lines_before = self.files.last().map_or(0, |file| file.lines_before);
        self.lines = lines_before + line;
        let key = self.key(source, external_id);
        // One hash in 4 billion is lost to the mark.
        let value = (self.hasher.hash_one(value) as u32).max(SEVERAL + 1);
        let is_full = self.seen.len() >= EXTERNAL_IDS_MAX;
        match self.seen.entry(key) {
            Entry::Occupied(mut seen) => {
                let seen = seen.get_mut();
                if seen.value == value {
                    return None;
                }
                seen.value = SEVERAL;
                let first = seen.first;
                Some(self.place(first))
            }
            Entry::Vacant(seen) => {
                match u32::try_from(self.lines) {
                    Ok(first) if !is_full => _ = seen.insert(Seen { first, value }),
                    Ok(_) | Err(_) => self.is_incomplete = true,
                }
                None
            }
        }
    }

    /// Whether there were more external ids than are remembered.
    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Forgets the external ids with one value.
    pub fn keep_several(&mut self) {
        self.seen.retain(|_, seen| seen.value == SEVERAL);
        self.seen.shrink_to_fit();
    }

    /// The first row of an external id whose rows have several values.
    pub fn first_of_several(&self, source: Uuid, external_id: &str) -> Option<Place> {
        let seen = self.seen.get(&self.key(source, external_id))?;
        (seen.value == SEVERAL).then(|| self.place(seen.first))
    }

    fn key(&self, source: Uuid, external_id: &str) -> u64 {
        self.hasher.hash_one((source, external_id))
    }

    fn place(&self, line: u32) -> Place {
        let line = u64::from(line);
        let mut files = self.files.iter().rev();
        let file = files.find(|file| file.lines_before < line);
        Place {
            file: file.map_or_else(String::new, |file| file.name.clone()),
            line: line - file.map_or(0, |file| file.lines_before),
        }
    }
}
