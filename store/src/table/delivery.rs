//! Deliveries of the stream of the table to a function.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;
use serde_json::Value;

use super::StoreError;
use crate::key::{Key, attribute};

/// A new item.
#[derive(Debug)]
pub struct Inserted<T> {
    /// Its key.
    pub key: Key,
    /// The sequence number of the stream record: greater than those of the records of the same
    /// shard before it.
    pub sequence: String,
    /// The item, if it can be parsed.
    pub item: Result<T, StoreError>,
}

/// Records of one shard of the stream, in order.
#[derive(Debug)]
pub struct Delivery<T> {
    /// The shard.
    pub shard: String,
    /// The new items among the records.
    pub inserted: Vec<Inserted<T>>,
}

/// A Lambda event of a stream with a tumbling window, which adds the shard to the event:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    shard_id: String,
    /// Empty, null or absent at the end of a window.
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: String,
    dynamodb: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    keys: Item,
    #[serde(default)]
    new_image: Option<Item>,
    sequence_number: String,
}

impl<T: DeserializeOwned> Delivery<T> {
    /// Reads an event.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if it is not such an event, or does not name the shard.
    pub fn read(event: Value) -> Result<Self, StoreError> {
        let event: Event = serde_json::from_value(event).map_err(|error| {
            StoreError::Invalid(
                "reading an event of a stream with a tumbling window",
                error.into(),
            )
        })?;
        let inserted = event
            .records
            .unwrap_or_default()
            .into_iter()
            .filter(|record| record.event_name == "INSERT")
            .map(inserted);
        Ok(Self {
            shard: event.shard_id,
            inserted: inserted.collect::<Result<_, _>>()?,
        })
    }
}

fn inserted<T: DeserializeOwned>(
    Record { dynamodb, .. }: Record,
) -> Result<Inserted<T>, StoreError> {
    let invalid =
        |error: &'static str| StoreError::Invalid("reading a stream record", error.into());
    let text = |name| match dynamodb.keys.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Ok(text.clone()),
        Some(_) | None => Err(invalid("it has no key")),
    };
    let key = Key::new(text(attribute::PARTITION)?, text(attribute::SORT)?);
    let image = dynamodb.new_image.ok_or(invalid("it has no image"));
    let item = image.and_then(|image| {
        serde_dynamo::from_item(image)
            .map_err(|error| StoreError::Invalid("reading an item", error.into()))
    });
    Ok(Inserted {
        key,
        sequence: dynamodb.sequence_number,
        item,
    })
}
