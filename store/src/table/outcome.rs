//! The outcome of a call: its answer, its error, and whether a failed write may have been applied.

use std::error::Error;
use std::fmt::Debug;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::{BoxError, ProvideErrorMetadata, SdkError};

use super::{Elapsed, StoreError};

/// Watches the attempts of one write, in all of its calls: after an attempt without a definite
/// answer, a later refusal says nothing about the first one.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts(Arc<AtomicBool>);

impl Attempts {
    /// Whether an attempt may have been applied although its answer does not say so.
    pub(super) fn any_unknown(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else {
            return Ok(());
        };
        let refused = match context.response() {
            // A refusal of DynamoDB is a 4xx, throttling included; a 5xx leaves the outcome open.
            Some(response) => response.status().is_client_error(),
            None => error
                .as_connector_error()
                .is_some_and(|error| was_not_connected(error)),
        };
        if !refused {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Whether the request was never sent, because the connection was refused.
fn was_not_connected(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The answer of a call that is safe to repeat after any outcome.
pub(super) fn answered<T, E, R>(
    call: &'static str,
    result: Result<Result<T, SdkError<E, R>>, Elapsed>,
) -> Result<T, StoreError>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    match result {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => Err(refused(&error)(call, error_message(error))),
        Err(elapsed) => Err(StoreError::Refused(call, elapsed.into())),
    }
}

/// The error of a write without a more specific answer.
pub(super) fn unanswered<T, E, R>(
    call: &'static str,
    result: Result<Result<T, SdkError<E, R>>, Elapsed>,
    attempts: &Attempts,
) -> StoreError
where
    T: Send + Sync + 'static,
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    match result {
        Ok(Ok(_)) => StoreError::Invalid(call, "an answer was taken for a failure".into()),
        Ok(Err(error)) if attempts.any_unknown() => StoreError::Unknown(call, error.into()),
        Ok(Err(error)) => refused(&error)(call, error.into()),
        Err(elapsed) if attempts.any_unknown() => StoreError::Unknown(call, elapsed.into()),
        Err(Elapsed::BeforeTheCall) => StoreError::Refused(call, Elapsed::BeforeTheCall.into()),
        Err(Elapsed::DuringTheCall) => StoreError::Unknown(call, Elapsed::DuringTheCall.into()),
    }
}

/// The message of an error response.
fn error_message<E, R>(error: SdkError<E, R>) -> BoxError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    let Some(service) = error.as_service_error() else {
        return error.into();
    };
    match (service.code(), service.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}").into(),
        (Some(code), None) => code.to_owned().into(),
        (None, _) => "what answers there is not DynamoDB".into(),
    }
}

/// The kind of a definite refusal.
fn refused<E: ProvideErrorMetadata, R>(
    error: &SdkError<E, R>,
) -> fn(&'static str, BoxError) -> StoreError {
    if matches!(error, SdkError::ConstructionFailure(_)) {
        return StoreError::Invalid;
    }
    match error.as_service_error().and_then(|error| error.code()) {
        Some("ValidationException" | "SerializationException") => StoreError::Invalid,
        Some("AccessDeniedException" | "ResourceNotFoundException") => StoreError::Inaccessible,
        Some(_) | None => StoreError::Refused,
    }
}
