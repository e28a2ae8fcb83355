//! What a key can be allowed.

use std::fmt;

/// Reading or writing. Neither implies the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// To read.
    Read,
    /// To write.
    Write,
}

/// What a key can be allowed: `read:` or `write:` and the name of a kind, as in `write:payees`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Reading or writing.
    pub verb: Verb,
    /// The kind, in the plural.
    pub kind: &'static str,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.verb {
            Verb::Read => "read",
            Verb::Write => "write",
        };
        write!(f, "{verb}:{}", self.kind)
    }
}
