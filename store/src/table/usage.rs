//! Metering: the calls of a request, and the capacity that they consume.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_execute_statement::{
    BatchExecuteStatementError, BatchExecuteStatementOutput,
};
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryError, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::ConsumedCapacity;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};

use super::condition::is_throttled;

/// The error codes for throttling.
const THROTTLED: [&str; 3] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
];

/// Meters the calls of one request; clones share one meter.
#[derive(Clone, Debug, Default)]
pub struct Usage(Arc<Mutex<Counts>>);

/// What calls consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// The number of calls; retries are part of a call.
    pub calls: u64,
    /// Read units, as DynamoDB reports them.
    pub read_units: f64,
    /// Write units, as DynamoDB reports them: it reports none for a write whose condition failed.
    pub write_units: f64,
    /// Throttled attempts.
    pub throttles: u64,
}

impl Usage {
    /// The counts so far.
    pub fn so_far(&self) -> Counts {
        *self.counts()
    }

    pub(super) fn throttled(&self) {
        self.counts().throttles += 1;
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Usage {
    fn name(&self) -> &'static str {
        "Usage"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.counts().calls += 1;
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let error = context
            .output_or_error()
            .and_then(Result::err)
            .and_then(|error| error.as_operation_error());
        if error.is_some_and(|error| {
            code(error).is_some_and(|code| THROTTLED.contains(&code)) || is_throttled(error)
        }) {
            self.throttled();
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Ok(output)) = context.output_or_error() {
            let mut counts = self.counts();
            counts.read_units += units(read_capacity(output));
            counts.write_units += units(written_capacity(output));
        }
        Ok(())
    }
}

fn read_capacity(output: &Output) -> &[ConsumedCapacity] {
    let batch = output
        .downcast_ref()
        .map(BatchGetItemOutput::consumed_capacity);
    let query = || {
        output
            .downcast_ref()
            .and_then(QueryOutput::consumed_capacity)
            .map(std::slice::from_ref)
    };
    batch.or_else(query).unwrap_or_default()
}

fn written_capacity(output: &Output) -> &[ConsumedCapacity] {
    let transaction = output
        .downcast_ref()
        .map(TransactWriteItemsOutput::consumed_capacity);
    let insert = || {
        output
            .downcast_ref()
            .map(BatchExecuteStatementOutput::consumed_capacity)
    };
    let put = || {
        output
            .downcast_ref()
            .and_then(PutItemOutput::consumed_capacity)
            .map(std::slice::from_ref)
    };
    let update = || {
        output
            .downcast_ref()
            .and_then(UpdateItemOutput::consumed_capacity)
            .map(std::slice::from_ref)
    };
    transaction
        .or_else(insert)
        .or_else(put)
        .or_else(update)
        .unwrap_or_default()
}

fn units(consumed: &[ConsumedCapacity]) -> f64 {
    consumed
        .iter()
        .filter_map(|consumed| consumed.capacity_units)
        .sum()
}

/// The code of an error of one of the operations that requests use.
fn code(error: &Error) -> Option<&str> {
    let read = error
        .downcast_ref()
        .map(BatchGetItemError::meta)
        .or_else(|| error.downcast_ref().map(QueryError::meta));
    let put = || error.downcast_ref().map(PutItemError::meta);
    let update = || error.downcast_ref().map(UpdateItemError::meta);
    let transaction = || error.downcast_ref().map(TransactWriteItemsError::meta);
    let insert = || error.downcast_ref().map(BatchExecuteStatementError::meta);
    read.or_else(insert)
        .or_else(put)
        .or_else(update)
        .or_else(transaction)?
        .code()
}
