//! How many rows of a list one request may read.

/// A range of up to this many revenues is read as a whole, which is exact at every moment.
const WALKED_ROWS_MAX: u64 = 5_000;
/// A search among more revenues than this is refused. A list is not read further either where its
/// counters should have more.
const SEARCHED_ROWS_MAX: u64 = 50_000;
/// The most rows that are read for one page after a cursor. A page that reaches it may be short.
const READ_ROWS_MAX: usize = 50_000;

/// How many rows of a list one request may read. Tests, which cannot write so many, have smaller
/// ones.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// The most revenues that are read as a whole, without their counters.
    pub walked_rows_max: u64,
    /// The most revenues that are searched, or read where counters know of fewer.
    pub searched_rows_max: u64,
    /// The most rows that are read for one page after a cursor.
    pub read_rows_max: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            walked_rows_max: WALKED_ROWS_MAX,
            searched_rows_max: SEARCHED_ROWS_MAX,
            read_rows_max: READ_ROWS_MAX,
        }
    }
}
