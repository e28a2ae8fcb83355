//! Items of a query that are not parsed yet.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::{Item, StoreError};

/// Where the next page of a query starts.
#[derive(Debug)]
pub struct Start(pub(super) Item);

/// How many items one page of a query has.
#[derive(Debug)]
pub struct Count {
    /// How many are wanted.
    pub wanted: u64,
    /// How many were read, wanted or not.
    pub read: u64,
    /// Where the next page starts, unless this is the last one.
    pub next: Option<Start>,
}

/// One page of a query.
pub struct Page {
    /// The items.
    pub rows: Vec<Stored>,
    /// How many items were read, wanted or not.
    pub read: u64,
    /// Where the next page starts, unless this is the last one.
    pub next: Option<Start>,
}

/// An item of a query that is not parsed yet.
pub struct Stored {
    pub(super) sort: String,
    pub(super) item: Item,
    is_whole: bool,
}

impl Stored {
    pub(super) fn new(sort: String, item: Item, is_whole: bool) -> Self {
        Self {
            sort,
            item,
            is_whole,
        }
    }

    /// The sort key.
    pub fn sort(&self) -> &str {
        &self.sort
    }

    /// Whether all its attributes were transferred.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether it has this text in the attribute `name`.
    pub fn has(&self, name: &str, text: &str) -> bool {
        matches!(self.item.get(name), Some(AttributeValue::S(stored)) if stored == text)
    }

    /// The item as a typed value. An error says what was `attempted`.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if it is not such a value.
    pub fn parse<T: DeserializeOwned>(self, attempted: &'static str) -> Result<T, StoreError> {
        parse(attempted, self.item)
    }

    /// These attributes of the item as a typed value, as if it had no others.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if they are not such a value.
    pub fn part<T: DeserializeOwned>(&self, fields: &[&str]) -> Result<T, StoreError> {
        let part = fields
            .iter()
            .filter_map(|field| self.item.get_key_value(*field));
        let part = part.map(|(name, value)| (name.clone(), value.clone()));
        parse("reading a part of an item", part.collect())
    }
}

/// An item as a typed value. An error says what was `attempted`, but nothing about the item: errors
/// are logged, and those of serde quote values.
pub(super) fn parse<T: DeserializeOwned>(
    attempted: &'static str,
    item: Item,
) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|_| {
        let cause = "an attribute is missing, or not of the expected form";
        StoreError::Invalid(attempted, cause.into())
    })
}
