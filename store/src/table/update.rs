//! Changing attributes of one item in place.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use serde::Serialize;

use super::condition::{Condition, expression};
use super::outcome::{Attempts, unanswered};
use super::read::key_item;
use super::{Item, StoreError, Table};
use crate::key::Key;

/// What became of an update.
pub(super) enum Updated {
    /// It was applied; with the requested attributes.
    Applied(Item),
    /// Its condition failed; with the existing item, if requested.
    Refused(Item),
}

impl Table {
    /// Sets attributes of an item and leaves the others; `false` if the condition does not hold.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be written, or if that is not known.
    pub async fn set(
        &self,
        key: &Key,
        condition: &Condition,
        attributes: &impl Serialize,
    ) -> Result<bool, StoreError> {
        let attributes: Item = serde_dynamo::to_item(attributes)
            .map_err(|error| StoreError::Invalid("making an update", error.into()))?;
        let mut assignments = Vec::new();
        let (expression, names, values) = expression(condition);
        let mut call = self
            .update(key)
            .condition_expression(expression)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(values);
        for (index, (name, value)) in attributes.into_iter().enumerate() {
            assignments.push(format!("#n{index} = :v{index}"));
            call = call.expression_attribute_names(format!("#n{index}"), name);
            call = call.expression_attribute_values(format!(":v{index}"), value);
        }
        let call = call.update_expression(format!("SET {}", assignments.join(", ")));
        Ok(matches!(self.send_update(call).await?, Updated::Applied(_)))
    }

    /// An update of the item at `key`, to be completed and sent.
    pub(super) fn update(&self, key: &Key) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&*self.name)
            .set_key(Some(key_item(key)))
    }

    pub(super) async fn send_update(
        &self,
        call: UpdateItemFluentBuilder,
    ) -> Result<Updated, StoreError> {
        let attempts = Attempts::default();
        let call = call
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .interceptor(attempts.clone())
            .interceptor(self.usage.clone())
            .send();
        match self.within_deadline(call).await {
            Ok(Ok(output)) => Ok(Updated::Applied(output.attributes.unwrap_or_default())),
            Ok(Err(SdkError::ServiceError(failed)))
                if failed.err().is_conditional_check_failed_exception() =>
            {
                Ok(Updated::Refused(match failed.into_err() {
                    UpdateItemError::ConditionalCheckFailedException(failed) => {
                        failed.item.unwrap_or_default()
                    }
                    _ => Item::default(),
                }))
            }
            failed => Err(unanswered("UpdateItem", failed, &attempts)),
        }
    }
}
