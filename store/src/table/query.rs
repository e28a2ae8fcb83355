//! Queries: what part of the table, or of its index, is read in order.

use super::read::TABLE_KEYS;
use crate::key::{self, Key, Range, attribute};

/// What a query reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadSource {
    /// The table, consistently.
    Table,
    /// The table, eventually consistent: it may be a moment old, at half the cost.
    EventualTable,
    /// The index, which may lag behind the table by a moment.
    Index,
}

impl ReadSource {
    /// The names of its key attributes: partition and sort.
    pub(super) fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Table | Self::EventualTable => TABLE_KEYS,
            Self::Index => (attribute::INDEX_PARTITION, attribute::INDEX_SORT),
        }
    }
}

/// A query: the items of a range whose sort keys are within bounds, in order.
///
/// The partition comes from the range and cannot be changed.
#[derive(Clone, Debug)]
pub struct Query {
    range: Range,
    /// The least sort key.
    pub from: String,
    /// The greatest sort key.
    pub to: String,
    /// From the greatest sort key to the least.
    pub descending: bool,
    /// The most items that are read for one page.
    pub limit: Option<usize>,
    /// The texts that wanted items have in their attributes; others are read, but not transferred.
    pub(super) equal: Vec<(&'static str, String)>,
    /// The only attributes that are transferred, apart from the sort key; all if there are none.
    pub(super) fields: Option<Vec<&'static str>>,
    source: ReadSource,
}

impl Query {
    /// All items of a range of the table, in order.
    pub fn all(range: Range) -> Self {
        // A sort key is never empty, and no character is greater than the last one.
        let from = match range.prefix() {
            "" => "\u{1}".to_owned(),
            prefix => prefix.to_owned(),
        };
        let to = format!("{}\u{10ffff}", range.prefix());
        Self {
            range,
            from,
            to,
            descending: false,
            limit: None,
            equal: Vec::new(),
            fields: None,
            source: ReadSource::Table,
        }
    }

    /// The same items read from another source.
    pub fn through(self, source: ReadSource) -> Self {
        Self { source, ..self }
    }

    /// The items between two sort keys, both included.
    pub fn between(self, from: String, to: String) -> Self {
        Self { from, to, ..self }
    }

    /// The same items in the reverse order.
    pub fn descending(self) -> Self {
        Self {
            descending: true,
            ..self
        }
    }

    /// Those of the items that have these texts in these attributes, which are not those of a key.
    /// What a query costs depends on the others all the same.
    pub fn having(self, equal: Vec<(&'static str, String)>) -> Self {
        Self { equal, ..self }
    }

    /// The same items, of which at most so many are read for a page.
    pub fn limited(self, items: usize) -> Self {
        Self {
            limit: Some(items),
            ..self
        }
    }

    /// The same items, of which only these attributes are transferred, and the sort key. What a
    /// query costs depends on the items all the same.
    pub fn only(self, fields: Vec<&'static str>) -> Self {
        Self {
            fields: Some(fields),
            ..self
        }
    }

    /// The key in the table of the item with this sort key.
    pub(super) fn key_of(&self, sort: &str) -> Option<Key> {
        match self.source {
            ReadSource::Table | ReadSource::EventualTable => Some(self.range.key(sort)),
            ReadSource::Index => key::revenue_at(&self.range, sort),
        }
    }

    /// The range that the items are from.
    pub fn range(&self) -> &Range {
        &self.range
    }

    pub(super) fn source(&self) -> ReadSource {
        self.source
    }
}
