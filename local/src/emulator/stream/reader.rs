//! Reading the shards of a stream.

use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};
use serde_json::{Value, json};

use super::error::StreamError;
use super::pattern::Pattern;
use super::positions::Positions;

/// The most records of one read.
const RECORDS_MAX: i32 = 1000;

/// Reads a stream, from the first record that was not consumed.
pub(super) struct Reader {
    client: Client,
    endpoint: String,
    stream: String,
    positions: Positions,
}

/// Records of one shard, in order.
pub(super) struct Batch {
    shard: String,
    stream: String,
    records: Vec<Record>,
}

impl Reader {
    /// The stream of a table, at the endpoint and with the credentials that the variables name.
    pub(super) async fn open(
        variables: &[(&'static str, String)],
        table: &str,
        positions: Positions,
    ) -> Result<Self, StreamError> {
        let variable = |name| {
            variables
                .iter()
                .find(|(of, _)| *of == name)
                .map(|(_, value)| value.clone())
        };
        let key = |name| variable(name).unwrap_or_default();
        let endpoint = key("AWS_ENDPOINT_URL_DYNAMODB");
        let credentials = Credentials::new(
            key("AWS_ACCESS_KEY_ID"),
            key("AWS_SECRET_ACCESS_KEY"),
            None,
            None,
            "emulated",
        );
        let config = aws_sdk_dynamodbstreams::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::new(key("AWS_REGION")))
            .credentials_provider(credentials)
            .endpoint_url(&endpoint);
        let client = Client::from_conf(config.build());
        let found = client.list_streams().table_name(table).send().await;
        let streams =
            found.map_err(|error| StreamError::Service(endpoint.clone(), error.into()))?;
        // The newest, if the stream was disabled and enabled again.
        let stream = streams
            .streams()
            .iter()
            .filter_map(|stream| stream.stream_arn())
            .next_back();
        let stream = stream.ok_or_else(|| StreamError::NoStream(table.to_owned()))?;
        Ok(Self {
            stream: stream.to_owned(),
            client,
            endpoint,
            positions,
        })
    }

    /// The shards, parents first.
    pub(super) async fn shards(&self) -> Result<Vec<String>, StreamError> {
        let mut shards = Vec::new();
        let mut last = None;
        loop {
            let call = self
                .client
                .describe_stream()
                .stream_arn(&self.stream)
                .set_exclusive_start_shard_id(last);
            let described = call.send().await.map_err(|error| self.failed(error))?;
            let Some(description) = described.stream_description else {
                return Ok(shards);
            };
            shards.extend(
                description
                    .shards()
                    .iter()
                    .filter_map(|shard| shard.shard_id())
                    .map(str::to_owned),
            );
            last = description.last_evaluated_shard_id;
            if last.is_none() {
                return Ok(shards);
            }
        }
    }

    /// The next records of a shard; `None` if there are none yet.
    pub(super) async fn next(&self, shard: &str) -> Result<Option<Batch>, StreamError> {
        let after = self.positions.of(shard).cloned();
        let kind = if after.is_some() {
            ShardIteratorType::AfterSequenceNumber
        } else {
            ShardIteratorType::TrimHorizon
        };
        let call = self
            .client
            .get_shard_iterator()
            .stream_arn(&self.stream)
            .shard_id(shard);
        let call = call.shard_iterator_type(kind).set_sequence_number(after);
        let iterator = call
            .send()
            .await
            .map_err(|error| self.failed(error))?
            .shard_iterator;
        let read = self
            .client
            .get_records()
            .set_shard_iterator(iterator)
            .limit(RECORDS_MAX)
            .send()
            .await;
        let records = read
            .map_err(|error| self.failed(error))?
            .records
            .unwrap_or_default();
        let batch = Batch {
            shard: shard.to_owned(),
            stream: self.stream.clone(),
            records,
        };
        Ok((!batch.records.is_empty()).then_some(batch))
    }

    /// Moves past a batch.
    pub(super) fn advance(&mut self, batch: Batch) -> Result<(), StreamError> {
        let last = batch
            .records
            .last()
            .and_then(|record| record.dynamodb()?.sequence_number());
        let last = last.ok_or(StreamError::NoSequenceNumber)?.to_owned();
        Ok(self.positions.set(batch.shard, last)?)
    }

    fn failed(&self, error: impl Error + Send + Sync + 'static) -> StreamError {
        StreamError::Service(self.endpoint.clone(), error.into())
    }
}

impl Batch {
    /// Whether more records may follow.
    pub(super) fn is_full(&self) -> bool {
        self.records.len() >= RECORDS_MAX as usize
    }

    /// The event with the records that match; `None` if none does.
    pub(super) fn event(&self, pattern: &Pattern) -> Option<Value> {
        let records = self
            .records
            .iter()
            .map(record)
            .filter(|record| pattern.matches(record));
        let records: Vec<Value> = records.collect();
        let event = json!({
            "Records": records,
            "shardId": self.shard,
            "eventSourceARN": self.stream,
            "window": {"start": "1970-01-01T00:00:00Z", "end": "1970-01-01T00:15:00Z"},
            "state": {},
            "isFinalInvokeForWindow": false,
            "isWindowTerminatedEarly": false,
        });
        (!records.is_empty()).then_some(event)
    }
}

/// A record in the format of Lambda events.
fn record(record: &Record) -> Value {
    let change = record.dynamodb();
    let item = |item: Option<&HashMap<_, _>>| {
        let item: Option<serde_dynamo::Item> = item.map(|item| item.clone().into());
        serde_json::to_value(item).unwrap_or_default()
    };
    json!({
        "eventID": record.event_id(),
        "eventName": record.event_name().map(|name| name.as_str()),
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": item(change.and_then(|change| change.keys())),
            "NewImage": item(change.and_then(|change| change.new_image())),
            "SequenceNumber": change.and_then(|change| change.sequence_number()),
        },
    })
}
