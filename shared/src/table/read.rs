//! Reading items: by key, and by range.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity, Select};
use futures::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;

use super::outcome::answered;
use super::{Item, StoreError, Table};
use crate::key::{Key, Range, attribute};
use crate::pause::jittered;

/// The most keys of one BatchGetItem, a limit of DynamoDB.
const KEYS_PER_CALL_MAX: usize = 100;
/// The most BatchGetItem calls of one reading at once.
const CHUNKS_AT_ONCE_MAX: usize = 16;
/// The most rounds of asking again for keys that DynamoDB left unprocessed.
const UNPROCESSED_ROUNDS_MAX: u32 = 8;
/// The longest pause before the second round; it doubles.
const UNPROCESSED_PAUSE_FIRST: Duration = Duration::from_millis(20);
/// The longest pause before any.
const UNPROCESSED_PAUSE_MAX: Duration = Duration::from_millis(200);

/// What a query walks through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// The table as it is now.
    Table,
    /// The table as it was a moment ago, at half the cost.
    LaggingTable,
    /// The index, which may lag behind the table by a moment.
    Index,
}

/// A walk through a range of the table or of its index.
#[derive(Clone, Debug)]
pub struct Query {
    /// The partition.
    pub partition: String,
    /// The least sort key.
    pub from: String,
    /// The greatest sort key.
    pub to: String,
    /// From the greatest sort key to the least.
    pub descending: bool,
    /// What is walked through.
    pub through: Through,
    /// The most items of one page.
    pub limit: Option<usize>,
}

impl Query {
    /// The walk through all of `range`, in order.
    pub fn all(range: Range) -> Self {
        // A sort key is never empty, and no character is greater than the last one.
        let from = if range.prefix.is_empty() {
            "\u{1}".to_owned()
        } else {
            range.prefix.clone()
        };
        let to = format!("{}\u{10ffff}", range.prefix);
        Self {
            partition: range.partition,
            from,
            to,
            descending: false,
            through: Through::Table,
            limit: None,
        }
    }
}

impl Through {
    /// The names of its keys.
    fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Table | Self::LaggingTable => (attribute::PARTITION, attribute::SORT),
            Self::Index => (attribute::INDEX_PARTITION, attribute::INDEX_SORT),
        }
    }
}

/// Where the next page of a query starts.
#[derive(Debug)]
pub struct Start(Item);

/// One page of a query.
#[derive(Debug)]
pub struct Page<T> {
    /// The items, each with its sort key.
    pub items: Vec<(String, T)>,
    /// Where the next page starts, unless this is the last.
    pub next: Option<Start>,
}

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
            if round > 0 {
                tokio::time::sleep(jittered(
                    round,
                    UNPROCESSED_PAUSE_FIRST,
                    UNPROCESSED_PAUSE_MAX,
                ))
                .await;
            }
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

    /// One page of a query.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub async fn query<T: DeserializeOwned>(
        &self,
        query: &Query,
        start: Option<Start>,
    ) -> Result<Page<T>, StoreError> {
        let (items, next) = self.query_items(query, start).await?;
        let items = items
            .into_iter()
            .map(|(sort, item)| Ok((sort, read(item)?)));
        Ok(Page {
            items: items.collect::<Result<_, StoreError>>()?,
            next,
        })
    }

    /// One page of a query: the items, each with its sort key.
    pub(super) async fn query_items(
        &self,
        query: &Query,
        start: Option<Start>,
    ) -> Result<(Vec<(String, Item)>, Option<Start>), StoreError> {
        let limit = query
            .limit
            .map(|limit| i32::try_from(limit).unwrap_or(i32::MAX));
        let call = self
            .ranged(query)
            .set_limit(limit)
            .set_exclusive_start_key(start.map(|start| start.0));
        let output = self.send(call).await?;
        let (_, sort) = query.through.keys();
        let items = output.items.unwrap_or_default().into_iter().map(|item| {
            let sort = item
                .get(sort)
                .and_then(|value| value.as_s().ok())
                .cloned()
                .unwrap_or_default();
            (sort, item)
        });
        Ok((items.collect(), output.last_evaluated_key.map(Start)))
    }

    /// All items of a range that is known to be small.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read.
    pub async fn query_all<T: DeserializeOwned>(
        &self,
        query: &Query,
    ) -> Result<Vec<T>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self.query(query, start).await?;
            items.extend(page.items.into_iter().map(|(_, item)| item));
            start = page.next;
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// How many items of a range have `value` in the attribute `name`; none is transferred.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be counted.
    pub async fn count(&self, query: &Query, name: &str, value: &str) -> Result<u64, StoreError> {
        let mut count = 0;
        let mut start = None;
        loop {
            let call = self
                .ranged(query)
                .select(Select::Count)
                .filter_expression("#name = :value")
                .expression_attribute_names("#name", name)
                .expression_attribute_values(":value", AttributeValue::S(value.to_owned()))
                .set_exclusive_start_key(start);
            let output = self.send(call).await?;
            count += u64::try_from(output.count).unwrap_or_default();
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    async fn send(&self, query: QueryFluentBuilder) -> Result<QueryOutput, StoreError> {
        let call = query.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let call = call.customize().interceptor(self.usage.clone()).send();
        answered("Query", self.within_deadline(call).await)
    }

    fn ranged(&self, query: &Query) -> QueryFluentBuilder {
        let (partition, sort) = query.through.keys();
        self.client
            .query()
            .table_name(&*self.name)
            .set_index_name((query.through == Through::Index).then(|| attribute::INDEX.to_owned()))
            .consistent_read(query.through == Through::Table)
            .scan_index_forward(!query.descending)
            .key_condition_expression("#p = :p AND #s BETWEEN :from AND :to")
            .expression_attribute_names("#p", partition)
            .expression_attribute_names("#s", sort)
            .expression_attribute_values(":p", AttributeValue::S(query.partition.clone()))
            .expression_attribute_values(":from", AttributeValue::S(query.from.clone()))
            .expression_attribute_values(":to", AttributeValue::S(query.to.clone()))
    }
}

/// An item as a typed value.
pub(super) fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item)
        .map_err(|error| StoreError::Invalid("reading an item", error.into()))
}

/// The key attributes of an item.
pub(super) fn key_item(key: &Key) -> Item {
    HashMap::from([
        (
            attribute::PARTITION.to_owned(),
            AttributeValue::S(key.partition.clone()),
        ),
        (
            attribute::SORT.to_owned(),
            AttributeValue::S(key.sort.clone()),
        ),
    ])
}

fn key_of(item: &Item) -> Option<Key> {
    let text = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    Some(Key {
        partition: text(attribute::PARTITION)?,
        sort: text(attribute::SORT)?,
    })
}
