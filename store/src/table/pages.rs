//! Reading the items of a query: page by page, only counted, or all.

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, Select};
use futures::{Stream, TryStreamExt, stream};
use serde::de::DeserializeOwned;

use super::outcome::answered;
use super::query::{Query, ReadSource};
use super::stored::{Count, Page, Start, Stored};
use super::{StoreError, Table};
use crate::key::{Key, attribute};

impl Table {
    /// One page of a query.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub async fn query_page(
        &self,
        query: &Query,
        start: Option<Start>,
    ) -> Result<Page, StoreError> {
        let mut call = self.ranged(query, start);
        if let Some(fields) = &query.fields {
            let mut projection = "#s".to_owned();
            for (index, field) in fields.iter().enumerate() {
                projection = format!("{projection}, #f{index}");
                call = call.expression_attribute_names(format!("#f{index}"), *field);
            }
            call = call.projection_expression(projection);
        }
        let output = self.send(call).await?;
        let read = u64::try_from(output.scanned_count).unwrap_or_default();
        let (_, sort) = query.source().keys();
        let rows = output.items.unwrap_or_default().into_iter().map(|item| {
            let sort = item
                .get(sort)
                .and_then(|value| value.as_s().ok())
                .cloned()
                .unwrap_or_default();
            let is_whole = query.fields.is_none();
            Stored::new(sort, item, is_whole)
        });
        Ok(Page {
            rows: rows.collect(),
            read,
            next: output.last_evaluated_key.map(Start),
        })
    }

    /// How many items one page of a query has, and where the next one starts; none is transferred.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be counted.
    pub async fn count_page(
        &self,
        query: &Query,
        start: Option<Start>,
    ) -> Result<Count, StoreError> {
        let call = self.ranged(query, start).select(Select::Count);
        let output = self.send(call).await?;
        Ok(Count {
            wanted: u64::try_from(output.count).unwrap_or_default(),
            read: u64::try_from(output.scanned_count).unwrap_or_default(),
            next: output.last_evaluated_key.map(Start),
        })
    }

    /// The items of a query with these sort keys, in their order, without those that do not exist;
    /// read by their keys, and consistent.
    ///
    /// # Errors
    /// [`StoreError`] if any of them could not be read.
    pub async fn rows(&self, query: &Query, sorts: &[String]) -> Result<Vec<Stored>, StoreError> {
        let keys: Option<Vec<Key>> = sorts.iter().map(|sort| query.key_of(sort)).collect();
        let keys = keys.ok_or_else(|| {
            let cause = "a row has no key in the table";
            StoreError::Invalid("reading rows", cause.into())
        })?;
        let mut found = self.get_items(&keys, None).await?;
        let rows = sorts.iter().zip(&keys).filter_map(|(sort, key)| {
            let item = found.remove(key)?;
            Some(Stored::new(sort.clone(), item, true))
        });
        Ok(rows.collect())
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
            let page = self.query_page(query, start).await?;
            Ok(Some((page.rows, page.next.map(Some))))
        })
    }

    /// How many items a query has; none is transferred.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be counted.
    pub async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        let mut count = 0;
        let mut start = None;
        loop {
            let page = self.count_page(query, start).await?;
            count += page.wanted;
            if page.next.is_none() {
                return Ok(count);
            }
            start = page.next;
        }
    }

    async fn send(&self, query: QueryFluentBuilder) -> Result<QueryOutput, StoreError> {
        let call = query.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let call = call.customize().interceptor(self.usage.clone()).send();
        answered("Query", self.within_deadline(call).await)
    }

    fn ranged(&self, query: &Query, start: Option<Start>) -> QueryFluentBuilder {
        let (partition, sort) = query.source().keys();
        let (mut from, mut to) = (query.from.clone(), query.to.clone());
        // The embedded engine would read everything before the start of a page again.
        if let Some(last) = start
            .as_ref()
            .and_then(|start| start.0.get(sort)?.as_s().ok())
        {
            let bound = if query.descending { &mut to } else { &mut from };
            last.clone_into(bound);
        }
        let limit = query
            .limit
            .map(|limit| i32::try_from(limit).unwrap_or(i32::MAX));
        let call = self.client.query();
        let call = query
            .equal
            .iter()
            .enumerate()
            .fold(call, |call, (index, (name, text))| {
                call.expression_attribute_names(format!("#e{index}"), *name)
                    .expression_attribute_values(
                        format!(":e{index}"),
                        AttributeValue::S(text.clone()),
                    )
            });
        let filter: Vec<String> = (0..query.equal.len())
            .map(|index| format!("#e{index} = :e{index}"))
            .collect();
        let filter = (!filter.is_empty()).then(|| filter.join(" AND "));
        call.set_filter_expression(filter)
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
            .expression_attribute_values(":from", AttributeValue::S(from))
            .expression_attribute_values(":to", AttributeValue::S(to))
            .set_limit(limit)
            .set_exclusive_start_key(start.map(|start| start.0))
    }
}
