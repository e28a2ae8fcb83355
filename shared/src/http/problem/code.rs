//! The stable codes of problems.

use axum::http::StatusCode;
use domain::schema::extensible_enum;
use schemars::JsonSchema;
use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

use crate::error::Failure;

/// What kind of problem it is, for programs. The meaning of a code never changes; new codes may
/// come, so fall back on the status.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    IntoStaticStr,
    VariantArray,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(transform = extensible_enum)]
pub enum ProblemCode {
    /// The request is not valid HTTP, or has a precondition that the operation does not check.
    MalformedRequest,
    /// The body is not JSON.
    MalformedJson,
    /// A query parameter is unknown, repeated, malformed or out of range.
    MalformedQuery,
    /// The key is missing, malformed, unknown, revoked or expired.
    Unauthenticated,
    /// The key lacks the permission in `required_permission`.
    PermissionDenied,
    /// Only from the product on one machine: the request comes from a web page.
    WebPageRefused,
    /// There is no such route, or no such record in this workspace.
    NotFound,
    /// The route does not support this method.
    MethodNotAllowed,
    /// The `external_id` belongs to the record `existing_id`.
    AlreadyExists,
    /// The record is at another version, or kept changing.
    VersionConflict,
    /// `if-match` does not match the version of the record.
    PreconditionFailed,
    /// The body is larger than 1 MiB.
    PayloadTooLarge,
    /// The body is not declared as JSON, or is compressed.
    UnsupportedMediaType,
    /// Only from the product on one machine: the host is not this machine.
    MisdirectedRequest,
    /// The body, or what the query asks for, breaks a rule; `errors` lists every problem.
    ValidationFailed,
    /// The workspace has more than one computation can take.
    LimitExceeded,
    /// The fallback percentages of the active payees add up to more than 100.
    #[serde(rename = "fallback_above_100")]
    #[strum(serialize = "fallback_above_100")]
    FallbackAbove100,
    /// A bug.
    InternalError,
    /// The database refused. Nothing was applied: send the request again.
    Unavailable,
    /// A write may or may not have been applied: send the request again.
    OutcomeUnknown,
}

impl ProblemCode {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The name that clients read.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The code of a failure.
    pub fn of(failure: &Failure) -> Self {
        match failure {
            Failure::MalformedRequest(_) | Failure::UnsupportedPrecondition(_) => {
                Self::MalformedRequest
            }
            Failure::MalformedJson(_) => Self::MalformedJson,
            Failure::MalformedQuery(_) => Self::MalformedQuery,
            Failure::Unauthenticated => Self::Unauthenticated,
            Failure::PermissionDenied(_) => Self::PermissionDenied,
            Failure::OfWebPage => Self::WebPageRefused,
            Failure::NoRoute | Failure::NotFound(_) => Self::NotFound,
            Failure::MethodNotAllowed(_) => Self::MethodNotAllowed,
            Failure::AlreadyExists(_) => Self::AlreadyExists,
            Failure::VersionConflict { .. } | Failure::Contention => Self::VersionConflict,
            Failure::PreconditionFailed { .. } => Self::PreconditionFailed,
            Failure::PayloadTooLarge(_) => Self::PayloadTooLarge,
            Failure::UnsupportedMediaType | Failure::UnsupportedEncoding(_) => {
                Self::UnsupportedMediaType
            }
            Failure::ForeignHost(_) => Self::MisdirectedRequest,
            Failure::Validation(_) | Failure::QueryTooWide(_) => Self::ValidationFailed,
            Failure::LimitExceeded(_) => Self::LimitExceeded,
            Failure::FallbackAbove100(_) => Self::FallbackAbove100,
            Failure::Internal(_) => Self::InternalError,
            Failure::Unavailable(_) => Self::Unavailable,
            Failure::OutcomeUnknown(_) | Failure::CreateUnknown(_) => Self::OutcomeUnknown,
        }
    }

    /// The status code of an answer with this problem.
    pub fn status(self) -> StatusCode {
        match self {
            Self::MalformedRequest | Self::MalformedJson | Self::MalformedQuery => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::PermissionDenied | Self::WebPageRefused => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::AlreadyExists | Self::VersionConflict => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MisdirectedRequest => StatusCode::MISDIRECTED_REQUEST,
            Self::ValidationFailed | Self::LimitExceeded | Self::FallbackAbove100 => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable | Self::OutcomeUnknown => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::MalformedRequest => "Malformed request",
            Self::MalformedJson => "Malformed JSON",
            Self::MalformedQuery => "Malformed query",
            Self::Unauthenticated => "Unauthenticated",
            Self::PermissionDenied => "Permission denied",
            Self::WebPageRefused => "Web page refused",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::AlreadyExists => "Already exists",
            Self::VersionConflict => "Version conflict",
            Self::PreconditionFailed => "Precondition failed",
            Self::PayloadTooLarge => "Payload too large",
            Self::UnsupportedMediaType => "Unsupported media type",
            Self::MisdirectedRequest => "Misdirected request",
            Self::ValidationFailed => "Validation failed",
            Self::LimitExceeded => "Limit exceeded",
            Self::FallbackAbove100 => "Fallback percentages above 100",
            Self::InternalError => "Internal error",
            Self::Unavailable => "Unavailable",
            Self::OutcomeUnknown => "Outcome unknown",
        }
    }
}
