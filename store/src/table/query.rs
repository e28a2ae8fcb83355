//! Queries: what part of the table, or of its index, is read in order.

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, Select};
use futures::{Stream, TryStreamExt, stream};
use serde::de::DeserializeOwned;

use super::outcome::answered;
use super::read::{TABLE_KEYS, parse, read};
use super::{Item, StoreError, Table};
use crate::key::{Range, attribute};

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
    /// The most items of one page.
    pub limit: Option<usize>,
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

    /// The same items in pages of at most so many.
    pub fn limited(self, items: usize) -> Self {
        Self {
            limit: Some(items),
            ..self
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

/// Where the next page of a query starts.
#[derive(Debug)]
pub struct Start(Item);

/// One page of a query.
#[derive(Debug)]
pub struct Page<T> {
    /// The items, each with its sort key.
    pub items: Vec<(String, T)>,
    /// Where the next page starts, unless this is the last one.
    pub next: Option<Start>,
}

/// An item of a query that is not parsed yet.
pub struct Stored {
    pub(super) sort: String,
    pub(super) item: Item,
}

impl Stored {
    /// The sort key.
    pub fn sort(&self) -> &str {
        &self.sort
    }

    /// The item as a typed value. An error says what was `attempted`.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if it is not such a value.
    pub fn parse<T: DeserializeOwned>(self, attempted: &'static str) -> Result<T, StoreError> {
        parse(attempted, self.item)
    }
}

impl Table {
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
            .map(|Stored { sort, item }| Ok((sort, read(item)?)));
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
    ) -> Result<(Vec<Stored>, Option<Start>), StoreError> {
        let limit = query
            .limit
            .map(|limit| i32::try_from(limit).unwrap_or(i32::MAX));
        let call = self
            .ranged(query)
            .set_limit(limit)
            .set_exclusive_start_key(start.map(|start| start.0));
        let output = self.send(call).await?;
        let (_, sort) = query.source().keys();
        let items = output.items.unwrap_or_default().into_iter().map(|item| {
            let sort = item
                .get(sort)
                .and_then(|value| value.as_s().ok())
                .cloned()
                .unwrap_or_default();
            Stored { sort, item }
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
        let stored = self.query_stored(query).await?;
        stored
            .into_iter()
            .map(|stored| stored.parse("reading an item"))
            .collect()
    }

    /// All items of a range that is known to be small, each with its sort key.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read.
    pub async fn query_stored(&self, query: &Query) -> Result<Vec<Stored>, StoreError> {
        self.pages(query).try_concat().await
    }

    /// The pages of a query, one after the other.
    pub(super) fn pages(
        &self,
        query: &Query,
    ) -> impl Stream<Item = Result<Vec<Stored>, StoreError>> + Send {
        let first = Some(None);
        stream::try_unfold(first, move |start: Option<Option<Start>>| async move {
            let Some(start) = start else { return Ok(None) };
            let (items, next) = self.query_items(query, start).await?;
            Ok(Some((items, next.map(Some))))
        })
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
        let (partition, sort) = query.source().keys();
        self.client
            .query()
            .table_name(&*self.name)
            .set_index_name(
                (query.source() == ReadSource::Index).then(|| attribute::INDEX.to_owned()),
            )
            .consistent_read(query.source() == ReadSource::Table)
            .scan_index_forward(!query.descending)
            .key_condition_expression("#p = :p AND #s BETWEEN :from AND :to")
            .expression_attribute_names("#p", partition)
            .expression_attribute_names("#s", sort)
            .expression_attribute_values(
                ":p",
                AttributeValue::S(query.range().partition().to_owned()),
            )
            .expression_attribute_values(":from", AttributeValue::S(query.from.clone()))
            .expression_attribute_values(":to", AttributeValue::S(query.to.clone()))
    }
}
