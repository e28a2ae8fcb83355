//! Reading items by key.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use futures::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;

use super::outcome::answered;
use super::stored::{Stored, parse};
use super::{Item, StoreError, Table};
use crate::key::{Key, attribute};
use crate::retry::pause;

/// The names of the key attributes of the table: partition and sort.
pub(super) const TABLE_KEYS: (&str, &str) = (attribute::PARTITION, attribute::SORT);
/// The most keys of one BatchGetItem, a limit of DynamoDB.
const KEYS_PER_CALL_MAX: usize = 100;
/// The most concurrent calls of one read, or of one insertion.
pub(super) const CHUNKS_AT_ONCE_MAX: usize = 16;
/// The most rounds for keys that DynamoDB left unprocessed.
const UNPROCESSED_ROUNDS_MAX: u32 = 8;
/// The longest pause before the second round; it doubles with each round.
const UNPROCESSED_PAUSE_FIRST: Duration = Duration::from_millis(20);
/// The longest pause before any attempt.
const UNPROCESSED_PAUSE_MAX: Duration = Duration::from_millis(200);

impl Table {
    /// The items with these keys, in the order of the keys; consistent.
    ///
    /// # Errors
    /// [`StoreError`] if any of them could not be read.
    pub async fn get<T: DeserializeOwned>(
        &self,
        keys: &[Key],
    ) -> Result<Vec<Option<T>>, StoreError> {
        let found = self.get_items(keys, None).await?;
        keys.iter()
            .map(|key| found.get(key).cloned().map(read).transpose())
            .collect()
    }

    /// The item with this key; consistent.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub async fn get_one<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        let found = self.get(std::slice::from_ref(key)).await?;
        Ok(found.into_iter().flatten().next())
    }

    /// The items with those of the keys that have one, in the order of the keys, not parsed yet;
    /// consistent.
    ///
    /// # Errors
    /// [`StoreError`] if any of them could not be read.
    pub async fn get_stored(&self, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        let mut found = self.get_items(keys, None).await?;
        let stored = |key: &Key| Some(Stored::new(key.sort().to_owned(), found.remove(key)?, true));
        Ok(keys.iter().filter_map(stored).collect())
    }

    /// Those of the keys that have an item; consistent. No item is transferred.
    ///
    /// # Errors
    /// [`StoreError`] if any of them could not be read.
    pub async fn existing(&self, keys: &[Key]) -> Result<HashSet<Key>, StoreError> {
        let only_keys = format!("{}, {}", attribute::PARTITION, attribute::SORT);
        Ok(self
            .get_items(keys, Some(only_keys))
            .await?
            .into_keys()
            .collect())
    }

    pub(super) async fn get_items(
        &self,
        keys: &[Key],
        projection: Option<String>,
    ) -> Result<HashMap<Key, Item>, StoreError> {
        let unique: Vec<&Key> = keys.iter().collect::<HashSet<_>>().into_iter().collect();
        let chunks: Vec<Vec<Item>> = unique
            .chunks(KEYS_PER_CALL_MAX)
            .map(|chunk| chunk.iter().map(|key| key_item(key)).collect())
            .collect();
        let found: Vec<Vec<Item>> = stream::iter(chunks)
            .map(|chunk| self.get_chunk(chunk, projection.clone()))
            .buffered(CHUNKS_AT_ONCE_MAX)
            .try_collect()
            .await?;
        Ok(found
            .into_iter()
            .flatten()
            .filter_map(|item| Some((key_of(&item)?, item)))
            .collect())
    }

    async fn get_chunk(
        &self,
        keys: Vec<Item>,
        projection: Option<String>,
    ) -> Result<Vec<Item>, StoreError> {
        const CALL: &str = "BatchGetItem";
        let mut found = Vec::with_capacity(keys.len());
        let mut pending = keys;
        for round in 0..UNPROCESSED_ROUNDS_MAX {
            pause(round, UNPROCESSED_PAUSE_FIRST, UNPROCESSED_PAUSE_MAX).await;
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(pending))
                .set_projection_expression(projection.clone())
                .consistent_read(true)
                .build();
            let wanted = wanted.map_err(|error| StoreError::Invalid(CALL, error.into()))?;
            let call = self
                .client
                .batch_get_item()
                .request_items(&*self.name, wanted)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .customize()
                .interceptor(self.usage.clone())
                .send();
            let output = answered(CALL, self.within_deadline(call).await)?;
            found.extend(
                output
                    .responses
                    .unwrap_or_default()
                    .remove(&*self.name)
                    .unwrap_or_default(),
            );
            let left = output
                .unprocessed_keys
                .unwrap_or_default()
                .remove(&*self.name);
            pending = left.map(|left| left.keys).unwrap_or_default();
            if pending.is_empty() {
                return Ok(found);
            }
        }
        Err(StoreError::Refused(
            CALL,
            format!("{} keys were left unprocessed", pending.len()).into(),
        ))
    }
}

/// An item as a typed value.
pub(super) fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    parse("reading an item", item)
}

/// The key attributes of an item.
pub(super) fn key_item(key: &Key) -> Item {
    let mut item = Item::with_capacity(2);
    add_key(&mut item, TABLE_KEYS, key);
    item
}

/// Puts an item at a key, whose attributes have these names: partition and sort.
pub(super) fn add_key(item: &mut Item, (partition, sort): (&str, &str), key: &Key) {
    for (name, text) in [(partition, key.partition()), (sort, key.sort())] {
        item.insert(name.to_owned(), AttributeValue::S(text.to_owned()));
    }
}

fn key_of(item: &Item) -> Option<Key> {
    let text = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let (partition, sort) = TABLE_KEYS;
    Some(Key::new(text(partition)?, text(sort)?))
}
