//! How many rows one request may read.

/// A range of up to this many revenues is read as a whole, which is exact at every moment.
const WALKED_ROWS_MAX: u64 = 5_000;
/// A search among more revenues than this is refused. A list is not read further either where its
/// counters should have more.
const SEARCHED_ROWS_MAX: u64 = 50_000;
/// The most rows that are read for one page after a cursor. A page that reaches it may be short.
const READ_ROWS_MAX: usize = 50_000;
/// The most revenues that payouts are computed of.
const COMPUTED_REVENUES_MAX: u64 = 50_000;
/// The most active rules that payouts are computed with.
const ACTIVE_RULES_MAX: usize = 10_000;
/// The most rules of any status, all of which are read to compute payouts.
const COMPUTED_RULES_MAX: usize = 20_000;
/// The most payees that payouts are computed for.
const COMPUTED_PAYEES_MAX: usize = 100_000;
/// The most products that payouts are computed with.
const COMPUTED_PRODUCTS_MAX: usize = 200_000;

/// How many rows one request may read. Tests, which cannot write so many, have smaller limits.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// The most revenues that are read as a whole, without their counters.
    pub walked_rows_max: u64,
    /// The most revenues that are searched, or read where counters know of fewer.
    pub searched_rows_max: u64,
    /// The most rows that are read for one page after a cursor.
    pub read_rows_max: usize,
    /// The most revenues that payouts are computed of.
    pub computed_revenues_max: u64,
    /// The most active rules that payouts are computed with.
    pub active_rules_max: usize,
    /// The most rules of any status, all of which are read to compute payouts.
    pub computed_rules_max: usize,
    /// The most payees that payouts are computed for.
    pub computed_payees_max: usize,
    /// The most products that payouts are computed with.
    pub computed_products_max: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            walked_rows_max: WALKED_ROWS_MAX,
            searched_rows_max: SEARCHED_ROWS_MAX,
            read_rows_max: READ_ROWS_MAX,
            computed_revenues_max: COMPUTED_REVENUES_MAX,
            active_rules_max: ACTIVE_RULES_MAX,
            computed_rules_max: COMPUTED_RULES_MAX,
            computed_payees_max: COMPUTED_PAYEES_MAX,
            computed_products_max: COMPUTED_PRODUCTS_MAX,
        }
    }
}
