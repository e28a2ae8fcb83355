//! Problem details (RFC 9457): the response for each failure.

use std::error::Error;

use axum::http::StatusCode;
use domain::problem::Violation;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::detail::detail;
use crate::error::{Failure, chain};

/// Where the kinds of problems are explained.
const DOCUMENTATION: &str = "/docs/errors.md#";
/// When a client may retry after a 503, in seconds.
pub(super) const RETRY_AFTER_SECONDS: u32 = 2;

/// The body of a problem response.
#[derive(Debug, Serialize)]
pub struct ProblemDocument {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
    /// The id of the request; absent in the rows of a batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    required_permission: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    existing_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payees: Option<Vec<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_methods: Option<Vec<String>>,
    /// Whether the same request may succeed if it is sent again.
    #[serde(skip)]
    pub retryable: bool,
}

impl ProblemDocument {
    /// The status code of the answer.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(super) fn allowed_methods(&self) -> Option<&[String]> {
        self.allowed_methods.as_deref()
    }

    pub(super) fn required_permission(&self) -> Option<&str> {
        self.required_permission.as_deref()
    }

    /// Keeps only the first problems of the list.
    pub(super) fn keep_problems(&mut self, count: usize) {
        if let Some(Value::Array(problems)) = &mut self.errors {
            problems.truncate(count);
        }
    }

    fn new(failure: &Failure) -> Self {
        let (status, code, title) = kind(failure);
        Self {
            kind: format!("{DOCUMENTATION}{code}"),
            title,
            status,
            code,
            detail: detail(failure),
            request_id: None,
            errors: None,
            required_permission: None,
            existing_id: None,
            payees: None,
            allowed_methods: None,
            retryable: false,
        }
    }
}

/// The document for a failure. Internal causes are logged here, and only here.
pub fn document(failure: Failure) -> ProblemDocument {
    if let Some(cause) = failure.source() {
        let error = chain(cause);
        if matches!(failure, Failure::Internal(_)) {
            tracing::error!(error, "{failure}");
        } else {
            tracing::warn!(error, "{failure}");
        }
    }
    let document = ProblemDocument::new(&failure);
    match failure {
        Failure::MalformedQuery(problems) | Failure::QueryTooWide(problems) => ProblemDocument {
            errors: Some(query_errors(&problems)),
            ..document
        },
        Failure::Validation(problems) => ProblemDocument {
            errors: serde_json::to_value(problems).ok(),
            ..document
        },
        Failure::PermissionDenied(permission) => ProblemDocument {
            required_permission: Some(permission.to_string()),
            ..document
        },
        Failure::AlreadyExists(id) => ProblemDocument {
            existing_id: Some(id),
            ..document
        },
        Failure::FallbackAbove100(payees) => ProblemDocument {
            payees: Some(payees),
            ..document
        },
        Failure::MethodNotAllowed(methods) => ProblemDocument {
            allowed_methods: Some(methods),
            ..document
        },
        Failure::Contention | Failure::Unavailable(_) | Failure::OutcomeUnknown(_) => {
            ProblemDocument {
                retryable: true,
                ..document
            }
        }
        Failure::MalformedRequest(_)
        | Failure::OfWebPage
        | Failure::ForeignHost(_)
        | Failure::UnsupportedPrecondition(_)
        | Failure::MalformedJson(_)
        | Failure::Unauthenticated
        | Failure::NoRoute
        | Failure::NotFound(_)
        | Failure::VersionConflict { .. }
        | Failure::PreconditionFailed { .. }
        | Failure::PayloadTooLarge(_)
        | Failure::UnsupportedMediaType
        | Failure::UnsupportedEncoding(_)
        | Failure::CreateUnknown(_)
        | Failure::LimitExceeded(_)
        | Failure::Internal(_) => document,
    }
}

/// The status, the stable code and the title of a failure.
fn kind(failure: &Failure) -> (u16, &'static str, &'static str) {
    match failure {
        Failure::MalformedRequest(_) | Failure::UnsupportedPrecondition(_) => {
            (400, "malformed_request", "Malformed request")
        }
        Failure::MalformedJson(_) => (400, "malformed_json", "Malformed JSON"),
        Failure::MalformedQuery(_) => (400, "malformed_query", "Malformed query"),
        Failure::Unauthenticated => (401, "unauthenticated", "Unauthenticated"),
        Failure::PermissionDenied(_) => (403, "permission_denied", "Permission denied"),
        Failure::OfWebPage => (403, "web_page_refused", "Web page refused"),
        Failure::NoRoute | Failure::NotFound(_) => (404, "not_found", "Not found"),
        Failure::MethodNotAllowed(_) => (405, "method_not_allowed", "Method not allowed"),
        Failure::AlreadyExists(_) => (409, "already_exists", "Already exists"),
        Failure::VersionConflict { .. } | Failure::Contention => {
            (409, "version_conflict", "Version conflict")
        }
        Failure::PreconditionFailed { .. } => (412, "precondition_failed", "Precondition failed"),
        Failure::PayloadTooLarge(_) => (413, "payload_too_large", "Payload too large"),
        Failure::UnsupportedMediaType | Failure::UnsupportedEncoding(_) => {
            (415, "unsupported_media_type", "Unsupported media type")
        }
        Failure::ForeignHost(_) => (421, "misdirected_request", "Misdirected request"),
        Failure::Validation(_) | Failure::QueryTooWide(_) => {
            (422, "validation_failed", "Validation failed")
        }
        Failure::LimitExceeded(_) => (422, "limit_exceeded", "Limit exceeded"),
        Failure::FallbackAbove100(_) => {
            (422, "fallback_above_100", "Fallback percentages above 100")
        }
        Failure::Internal(_) => (500, "internal_error", "Internal error"),
        Failure::Unavailable(_) => (503, "unavailable", "Unavailable"),
        Failure::OutcomeUnknown(_) | Failure::CreateUnknown(_) => {
            (503, "outcome_unknown", "Outcome unknown")
        }
    }
}

fn query_errors(problems: &[(String, Violation)]) -> Value {
    let error = |(parameter, violation): &(String, Violation)| {
        let Violation { code, detail } = violation;
        json!({ "parameter": parameter, "code": code, "detail": detail })
    };
    problems.iter().map(error).collect()
}
