//! Writing items: always under a condition, and all or nothing.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure as OnFailure, TransactWriteItem,
};
use serde::Serialize;
use uuid::Uuid;

use super::condition::{Cancelled, Condition, Existing, NONCE, Outcome, cancelled, expression};
use super::outcome::{Attempts, unanswered};
use super::read::{TABLE_KEYS, add_key, key_item};
use super::{Item, StoreError, Table};
use crate::key::Key;

/// The most actions of one write, a limit of DynamoDB for transactions.
pub const ACTIONS_MAX: usize = 100;
/// One item to write or delete.
#[derive(Debug)]
pub struct Action {
    condition: Condition,
    change: Change,
}

#[derive(Debug)]
enum Change {
    Put(Item),
    Delete(Key),
}

impl Action {
    /// Puts `value` at `key`, if the condition holds.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if the value is not an object.
    pub fn put(key: Key, condition: Condition, value: &impl Serialize) -> Result<Self, StoreError> {
        Ok(Self {
            condition,
            change: Change::Put(to_item(&key, value)?),
        })
    }

    /// Deletes the item at `key`, if the condition holds.
    pub fn delete(key: Key, condition: Condition) -> Self {
        Self {
            condition,
            change: Change::Delete(key),
        }
    }
}

impl Table {
    /// Applies all actions or none: at most [`ACTIONS_MAX`]. `nonce` must be new for each write.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if it is not known whether they were applied.
    pub async fn write(
        &self,
        mut actions: Vec<Action>,
        nonce: Uuid,
    ) -> Result<Outcome, StoreError> {
        let nonce = nonce.to_string();
        for action in &mut actions {
            if let Change::Put(item) = &mut action.change {
                item.insert(NONCE.to_owned(), AttributeValue::S(nonce.clone()));
            }
        }
        let outcome = match <[Action; 1]>::try_from(actions) {
            Ok(
                [
                    Action {
                        condition,
                        change: Change::Put(item),
                    },
                ],
            ) => self.put_item(item, &condition).await?,
            Ok(delete) => self.transact(delete.into()).await?,
            Err(actions) => self.transact(actions).await?,
        };
        let is_ours = |existing: &Vec<Option<Existing>>| {
            let mut existing = existing.iter().flatten();
            existing.any(|item| item.has_nonce(&nonce))
        };
        Ok(match outcome {
            Outcome::Refused(existing) | Outcome::Uncertain(existing) if is_ours(&existing) => {
                Outcome::Applied
            }
            outcome => outcome,
        })
    }

    async fn put_item(&self, item: Item, condition: &Condition) -> Result<Outcome, StoreError> {
        const CALL: &str = "PutItem";
        let attempts = Attempts::default();
        let (expression, names, values) = expression(condition);
        let call = self
            .client
            .put_item()
            .table_name(&*self.name)
            .set_item(Some(item))
            .condition_expression(expression)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .interceptor(attempts.clone())
            .interceptor(self.usage.clone())
            .send();
        match self.within_deadline(call).await {
            Ok(Ok(_)) => Ok(Outcome::Applied),
            Ok(Err(SdkError::ServiceError(failed)))
                if failed.err().is_conditional_check_failed_exception() =>
            {
                let existing = match failed.into_err() {
                    PutItemError::ConditionalCheckFailedException(failed) => failed.item,
                    _ => None,
                };
                let existing = vec![Some(Existing(existing.unwrap_or_default()))];
                Ok(Outcome::refused(existing, &attempts))
            }
            Ok(Err(SdkError::ServiceError(failed)))
                if failed.err().is_transaction_conflict_exception() && !attempts.any_unknown() =>
            {
                Ok(Outcome::Conflict)
            }
            failed => Err(unanswered(CALL, failed, &attempts)),
        }
    }

    async fn transact(&self, actions: Vec<Action>) -> Result<Outcome, StoreError> {
        const CALL: &str = "TransactWriteItems";
        let items = actions
            .into_iter()
            .map(|action| self.transact_item(action))
            .collect::<Result<Vec<_>, _>>()?;
        let attempts = Attempts::default();
        // The SDK adds a client request token, which makes its own retries harmless.
        let call = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .interceptor(attempts.clone())
            .interceptor(self.usage.clone())
            .send();
        let result = self.within_deadline(call).await;
        let Ok(Err(SdkError::ServiceError(failed))) = &result else {
            return match result {
                Ok(Ok(_)) => Ok(Outcome::Applied),
                failed => Err(unanswered(CALL, failed, &attempts)),
            };
        };
        match cancelled(failed.err()) {
            Some(Cancelled::Conditions(existing)) => Ok(Outcome::refused(existing, &attempts)),
            Some(Cancelled::Conflict) if !attempts.any_unknown() => Ok(Outcome::Conflict),
            Some(Cancelled::Invalid) if !attempts.any_unknown() => {
                let cause = failed.err().to_string();
                Err(StoreError::Invalid(CALL, cause.into()))
            }
            Some(Cancelled::Conflict | Cancelled::Invalid | Cancelled::Throttled) | None => {
                Err(unanswered(CALL, result, &attempts))
            }
        }
    }

    fn transact_item(&self, action: Action) -> Result<TransactWriteItem, StoreError> {
        let invalid = |error: aws_sdk_dynamodb::error::BuildError| {
            StoreError::Invalid("making an action", error.into())
        };
        let (expression, names, values) = expression(&action.condition);
        let item = TransactWriteItem::builder();
        Ok(match action.change {
            Change::Put(written) => item.put(
                Put::builder()
                    .table_name(&*self.name)
                    .set_item(Some(written))
                    .condition_expression(expression)
                    .set_expression_attribute_names(Some(names))
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(OnFailure::AllOld)
                    .build()
                    .map_err(invalid)?,
            ),
            Change::Delete(key) => item.delete(
                Delete::builder()
                    .table_name(&*self.name)
                    .set_key(Some(key_item(&key)))
                    .condition_expression(expression)
                    .set_expression_attribute_names(Some(names))
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(OnFailure::AllOld)
                    .build()
                    .map_err(invalid)?,
            ),
        }
        .build())
    }
}

/// The item of `value` at `key`.
pub(super) fn to_item(key: &Key, value: &impl Serialize) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value)
        .map_err(|error| StoreError::Invalid("making an item", error.into()))?;
    add_key(&mut item, TABLE_KEYS, key);
    Ok(item)
}
