//! Kinds, and what a key can be allowed to do with them.

use std::fmt;

/// The name of a kind, used everywhere: paths, permissions, keys of items and log fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The singular, as in `payee`.
    pub one: &'static str,
    /// The plural, as in `payees`: the path and the permissions.
    pub many: &'static str,
}

/// A type that permissions are granted for.
pub trait HasKind: Send + Sync + 'static {
    /// Its name.
    const KIND: Kind;
}

/// Reading or writing. Neither implies the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// To read.
    Read,
    /// To write.
    Write,
}

/// What a key can be allowed: `read:` or `write:` followed by the plural of a kind, as in
/// `write:payees`.
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
