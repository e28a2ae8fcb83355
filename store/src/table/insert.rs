//! Inserting new items: many in one call, and never over an existing one.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, BatchStatementResponse, ReturnConsumedCapacity};
use futures::{StreamExt, stream};
use serde::Serialize;
use uuid::Uuid;

use super::condition::{Existing, NONCE};
use super::outcome::{Attempts, unanswered};
use super::query::ReadSource;
use super::read::{CHUNKS_AT_ONCE_MAX, add_key};
use super::statement::{CALL, Knowledge, Statement, is_throttled};
use super::write::to_item;
use super::{Item, StoreError, Table};
use crate::key::Key;
use crate::retry::pause;

/// The most statements of one BatchExecuteStatement, a limit of DynamoDB.
const STATEMENTS_PER_CALL_MAX: usize = 25;
/// The most attempts of a throttled statement.
const THROTTLED_ATTEMPTS_MAX: u32 = 4;
/// The longest pause before the second attempt; it doubles with each attempt.
const THROTTLED_PAUSE_FIRST: Duration = Duration::from_millis(25);
/// The longest pause before any attempt.
const THROTTLED_PAUSE_MAX: Duration = Duration::from_millis(200);

/// An item to insert.
#[derive(Debug)]
pub struct NewItem {
    key: Key,
    item: Item,
}

/// What became of a new item.
#[derive(Debug)]
pub enum Insertion {
    /// It was inserted.
    Applied,
    /// An item with its key existed before, and was not changed.
    Existed(Existing),
}

impl NewItem {
    /// `value` at `key`, and at `listed` in the index.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if the value is not an object.
    pub fn new(key: Key, listed: &Key, value: &impl Serialize) -> Result<Self, StoreError> {
        let mut item = to_item(&key, value)?;
        add_key(&mut item, ReadSource::Index.keys(), listed);
        Ok(Self { key, item })
    }
}

impl Table {
    /// Inserts items, each with its own result, in their order. Their keys must differ: DynamoDB
    /// refuses a call that names one twice. `nonce` must be new for each insertion.
    ///
    /// An item has the error [`StoreError::Unknown`] if it is not known whether it was inserted.
    pub async fn insert(
        &self,
        items: Vec<NewItem>,
        nonce: Uuid,
    ) -> Vec<Result<Insertion, StoreError>> {
        let nonce = nonce.to_string();
        let mut statements = Vec::with_capacity(items.len());
        for NewItem { key, mut item } in items {
            item.insert(NONCE.to_owned(), AttributeValue::S(nonce.clone()));
            statements.push(Statement::insert(&self.name, key, item));
        }
        stream::iter(statements.chunks_mut(STATEMENTS_PER_CALL_MAX))
            .for_each_concurrent(CHUNKS_AT_ONCE_MAX, |chunk| self.send_statements(chunk))
            .await;
        self.decide(statements, &nonce).await
    }

    /// Sends statements in one call, and those again for which a further attempt may succeed.
    async fn send_statements(&self, statements: &mut [Statement]) {
        // Of all rounds: an attempt of an earlier one may have been applied.
        let attempts = Attempts::default();
        for round in 0..THROTTLED_ATTEMPTS_MAX {
            let pending = statements
                .iter_mut()
                .filter(|statement| statement.is_pending);
            let mut pending: Vec<&mut Statement> = pending.collect();
            if pending.is_empty() {
                return;
            }
            pause(round, THROTTLED_PAUSE_FIRST, THROTTLED_PAUSE_MAX).await;
            match self.send_once(&pending, &attempts).await {
                Ok(responses) => {
                    for (statement, BatchStatementResponse { error, .. }) in
                        pending.iter_mut().zip(responses)
                    {
                        if error.as_ref().is_some_and(is_throttled) {
                            self.usage.throttled();
                        }
                        statement.take(error, &attempts);
                    }
                }
                Err(error) => {
                    let error = error.repeated();
                    pending
                        .iter_mut()
                        .for_each(|statement| statement.fail(error(), &attempts));
                }
            }
        }
    }

    /// Sends statements in one call, and returns the response to each.
    async fn send_once(
        &self,
        statements: &[&mut Statement],
        attempts: &Attempts,
    ) -> Result<Vec<BatchStatementResponse>, StoreError> {
        let requests = statements.iter().map(|statement| statement.request.clone());
        let call = self
            .client
            .batch_execute_statement()
            .set_statements(Some(requests.collect()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .interceptor(attempts.clone())
            .interceptor(self.usage.clone())
            .send();
        match self.within_deadline(call).await {
            Ok(Ok(output)) => {
                let responses = output.responses.unwrap_or_default();
                if responses.len() == statements.len() {
                    return Ok(responses);
                }
                let cause = format!("{} responses to {}", responses.len(), statements.len());
                Err(StoreError::Unknown(CALL, cause.into()))
            }
            failed => Err(unanswered(CALL, failed, attempts)),
        }
    }

    /// The result of each statement. Where stored items decide, they are read together.
    async fn decide(
        &self,
        statements: Vec<Statement>,
        nonce: &str,
    ) -> Vec<Result<Insertion, StoreError>> {
        let open = statements.iter();
        let open = open.filter(|statement| matches!(statement.answer, Knowledge::Open(_)));
        let open: Vec<Key> = open.map(|statement| statement.key.clone()).collect();
        let (mut stored, unread) = match self.get_items(&open, None).await {
            Ok(stored) => (stored, None),
            Err(error) => (HashMap::new(), Some(error.repeated())),
        };
        let result = |Statement { key, answer, .. }| match answer {
            Knowledge::Applied => Ok(Insertion::Applied),
            Knowledge::Failed(error) => Err(error),
            Knowledge::Open(error) => match (stored.remove(&key).map(Existing), &unread) {
                (Some(existing), _) if existing.has_nonce(nonce) => Ok(Insertion::Applied),
                (Some(existing), _) => Ok(Insertion::Existed(existing)),
                // Nothing was applied, and the item that exists could not be read.
                (None, Some(unread)) if !matches!(error, StoreError::Unknown(..)) => Err(unread()),
                (None, _) => Err(error),
            },
        };
        statements.into_iter().map(result).collect()
    }
}
