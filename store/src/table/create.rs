//! Creating the table, for an emulator or a trial: a deployment creates it from the same
//! definition.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TableStatus,
    TimeToLiveSpecification, TimeToLiveStatus,
};
use tokio::time::Instant;

use super::outcome::answered;
use super::{StoreError, Table};

/// How long a new table may take until it is active.
const ACTIVE_TIMEOUT: Duration = Duration::from_secs(60);
/// The pause before the first check; it doubles with each check.
const ACTIVE_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause between two checks.
const ACTIVE_PAUSE_MAX: Duration = Duration::from_secs(2);

/// The definition of a table. It is billed on demand, and all key attributes are strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The keys of the table.
    pub keys: Keys,
    /// The indexes, each with all attributes.
    pub indexes: Vec<Index>,
    /// The attribute with the time at which an item expires, if there is one.
    pub time_to_live: Option<String>,
    /// Whether changes are streamed, with old and new images.
    pub streamed: bool,
}

/// The names of the key attributes of a table or an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The partition key.
    pub partition: String,
    /// The sort key.
    pub sort: String,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its keys.
    pub keys: Keys,
}

impl Table {
    /// Creates the table and waits until it is active; `false` if it existed. Safe to repeat.
    ///
    /// # Errors
    /// [`StoreError`] if it was not created, or is not active after a minute.
    pub async fn create(&self, definition: &Definition) -> Result<bool, StoreError> {
        const CALL: &str = "CreateTable";
        let call = self
            .creation(definition)
            .map_err(|error| StoreError::Invalid(CALL, error.into()))?
            .send();
        let created = match self.within_deadline(call).await {
            Ok(Err(SdkError::ServiceError(failed)))
                if failed.err().is_resource_in_use_exception() =>
            {
                false
            }
            result => answered(CALL, result).map(|_| true)?,
        };
        self.wait_until_active().await?;
        if let Some(attribute) = &definition.time_to_live {
            self.expire_by(attribute).await?;
        }
        Ok(created)
    }

    /// Whether the table exists and is ready for calls.
    ///
    /// # Errors
    /// [`StoreError`] if DynamoDB could not be reached.
    pub async fn is_active(&self) -> Result<bool, StoreError> {
        let call = self.client.describe_table().table_name(&*self.name).send();
        let output = match self.within_deadline(call).await {
            Ok(Err(SdkError::ServiceError(failed)))
                if failed.err().is_resource_not_found_exception() =>
            {
                return Ok(false);
            }
            result => answered("DescribeTable", result)?,
        };
        // A table that is being updated accepts calls as well.
        let status = output.table().and_then(|table| table.table_status());
        Ok(matches!(
            status,
            Some(TableStatus::Active | TableStatus::Updating)
        ))
    }

    async fn wait_until_active(&self) -> Result<(), StoreError> {
        let end = Instant::now() + ACTIVE_TIMEOUT;
        let mut pause = ACTIVE_PAUSE;
        while !self.is_active().await? {
            if end <= Instant::now() {
                let reason = format!(
                    "the table was not active after {} seconds",
                    ACTIVE_TIMEOUT.as_secs()
                );
                return Err(StoreError::Refused("waiting for the table", reason.into()));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(ACTIVE_PAUSE_MAX);
        }
        Ok(())
    }

    /// Lets items expire by an attribute, unless they do: DynamoDB refuses to enable it twice.
    async fn expire_by(&self, attribute: &str) -> Result<(), StoreError> {
        const CALL: &str = "UpdateTimeToLive";
        let call = self
            .client
            .describe_time_to_live()
            .table_name(&*self.name)
            .send();
        let output = answered("DescribeTimeToLive", self.within_deadline(call).await)?;
        let status = output
            .time_to_live_description
            .and_then(|description| description.time_to_live_status);
        if matches!(
            status,
            Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
        ) {
            return Ok(());
        }
        let specification = TimeToLiveSpecification::builder()
            .attribute_name(attribute)
            .enabled(true)
            .build();
        let specification =
            specification.map_err(|error| StoreError::Invalid(CALL, error.into()))?;
        let call = self
            .client
            .update_time_to_live()
            .table_name(&*self.name)
            .time_to_live_specification(specification)
            .send();
        answered(CALL, self.within_deadline(call).await).map(|_| ())
    }

    fn creation(
        &self,
        definition: &Definition,
    ) -> Result<CreateTableFluentBuilder, aws_sdk_dynamodb::error::BuildError> {
        let mut call = self
            .client
            .create_table()
            .table_name(&*self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(schema(&definition.keys)?));
        for keys in std::iter::once(&definition.keys)
            .chain(definition.indexes.iter().map(|index| &index.keys))
        {
            call = call
                .attribute_definitions(string(&keys.partition)?)
                .attribute_definitions(string(&keys.sort)?);
        }
        for index in &definition.indexes {
            let all = Projection::builder()
                .projection_type(ProjectionType::All)
                .build();
            let index = GlobalSecondaryIndex::builder()
                .index_name(&index.name)
                .set_key_schema(Some(schema(&index.keys)?))
                .projection(all)
                .build()?;
            call = call.global_secondary_indexes(index);
        }
        if definition.streamed {
            let images = StreamViewType::NewAndOldImages;
            let stream = StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(images)
                .build()?;
            call = call.stream_specification(stream);
        }
        Ok(call)
    }
}

fn schema(keys: &Keys) -> Result<Vec<KeySchemaElement>, aws_sdk_dynamodb::error::BuildError> {
    let key = |name: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
    };
    Ok(vec![
        key(&keys.partition, KeyType::Hash)?,
        key(&keys.sort, KeyType::Range)?,
    ])
}

fn string(name: &str) -> Result<AttributeDefinition, aws_sdk_dynamodb::error::BuildError> {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
}
