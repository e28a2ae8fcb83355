//! Deleting whole ranges of items that can be rebuilt.

use std::time::Duration;

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};

use futures::TryStreamExt;

use super::outcome::answered;
use super::read::key_item;
use super::{Query, StoreError, Table};
use crate::key::Key;
use crate::retry::pause;

const CALL: &str = "BatchWriteItem";
/// The most items of one BatchWriteItem, a limit of DynamoDB.
const ITEMS_PER_CALL_MAX: usize = 25;
/// The most rounds for items that DynamoDB left unprocessed.
const UNPROCESSED_ROUNDS_MAX: u32 = 10;
/// The longest pause before the second round; it doubles with each round.
const UNPROCESSED_PAUSE_FIRST: Duration = Duration::from_millis(50);
/// The longest pause before any attempt.
const UNPROCESSED_PAUSE_MAX: Duration = Duration::from_secs(5);

impl Table {
    /// Deletes all items of a range of the table. Safe to repeat.
    ///
    /// # Errors
    /// [`StoreError`] if some items may be left.
    pub async fn clear(&self, query: &Query) -> Result<(), StoreError> {
        let pages = self.pages(query);
        pages
            .try_for_each(|page| async move {
                let keys: Vec<Key> = page
                    .iter()
                    .map(|stored| query.range().key(stored.sort()))
                    .collect();
                for chunk in keys.chunks(ITEMS_PER_CALL_MAX) {
                    self.delete_chunk(chunk).await?;
                }
                Ok(())
            })
            .await
    }

    async fn delete_chunk(&self, keys: &[Key]) -> Result<(), StoreError> {
        let invalid =
            |error: aws_sdk_dynamodb::error::BuildError| StoreError::Invalid(CALL, error.into());
        let request = |key| {
            let delete = DeleteRequest::builder()
                .set_key(Some(key_item(key)))
                .build()
                .map_err(invalid)?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        };
        let mut pending = keys
            .iter()
            .map(request)
            .collect::<Result<Vec<_>, StoreError>>()?;
        for round in 0..UNPROCESSED_ROUNDS_MAX {
            pause(round, UNPROCESSED_PAUSE_FIRST, UNPROCESSED_PAUSE_MAX).await;
            let call = self
                .client
                .batch_write_item()
                .request_items(&*self.name, pending)
                .send();
            let output = answered(CALL, self.within_deadline(call).await)?;
            pending = output
                .unprocessed_items
                .unwrap_or_default()
                .remove(&*self.name)
                .unwrap_or_default();
            if pending.is_empty() {
                return Ok(());
            }
        }
        Err(StoreError::Refused(
            CALL,
            format!("{} items were left unprocessed", pending.len()).into(),
        ))
    }
}
