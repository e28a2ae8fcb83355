//! Problem details (RFC 9457): the response for each failure.

mod code;

use std::error::Error;

use axum::http::StatusCode;
use domain::problem::{Code, Problem, Violation};
use domain::schema::absent_or_set;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub use code::ProblemCode;

use super::detail::detail;
use crate::error::{Failure, chain};

/// Where the kinds of problems are explained.
const DOCUMENTATION: &str = "/docs/errors.md#";
/// When a client may retry after a 503, in seconds.
pub(super) const RETRY_AFTER_SECONDS: u32 = 2;

/// Problem details (RFC 9457): why a request, or one record of a batch, was not carried out.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem", transform = absent_or_set)]
pub struct ProblemDocument {
    /// Where the kind of problem is explained: a path of this API.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem, for people.
    title: &'static str,
    /// The status code.
    #[schemars(extend("minimum" = 400, "maximum" = 599))]
    status: u16,
    /// The kind of problem, for programs.
    code: ProblemCode,
    /// What is wrong and what to do about it, for people. The text may change.
    detail: String,
    /// The id of the request. Absent in the rows of a batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Every problem of the body or of the query, up to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Errors>,
    /// With `permission_denied`: the permission that the key lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    required_permission: Option<String>,
    /// With `already_exists`: the record that has the external id.
    #[serde(skip_serializing_if = "Option::is_none")]
    existing_id: Option<Uuid>,
    /// With `fallback_above_100`: the payees with a fallback percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    payees: Option<Vec<Uuid>>,
    /// With `method_not_allowed`: the methods that the route has.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_methods: Option<Vec<String>>,
    /// Whether the same request may succeed if it is sent again.
    #[serde(skip)]
    pub retryable: bool,
}

/// The problems of a body, or those of a query.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline, transform = one_list)]
enum Errors {
    Body(Vec<Problem>),
    Query(Vec<ParameterProblem>),
}

/// One problem of a query.
#[derive(Debug, Serialize, JsonSchema)]
struct ParameterProblem {
    /// The parameter; `query` for the query as a whole.
    parameter: String,
    /// For programs.
    code: Code,
    /// For people.
    detail: String,
}

impl Errors {
    fn of_query(problems: Vec<(String, Violation)>) -> Self {
        let problem = |(parameter, violation): (String, Violation)| ParameterProblem {
            parameter,
            code: violation.code,
            detail: violation.detail,
        };
        Self::Query(problems.into_iter().map(problem).collect())
    }

    fn truncate(&mut self, count: usize) {
        match self {
            Self::Body(problems) => problems.truncate(count),
            Self::Query(problems) => problems.truncate(count),
        }
    }
}

/// One list whose elements are of either kind, which tools understand better than one of two lists.
fn one_list(schema: &mut Schema) {
    if let Some(Value::Array(lists)) = schema.remove("anyOf") {
        let elements: Vec<_> = lists.iter().filter_map(|list| list.get("items")).collect();
        let elements = json!({ "anyOf": elements });
        schema.insert("type".to_owned(), "array".into());
        schema.insert("items".to_owned(), elements);
    }
}

impl ProblemDocument {
    /// The status code of the answer.
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }

    pub(super) fn allowed_methods(&self) -> Option<&[String]> {
        self.allowed_methods.as_deref()
    }

    pub(super) fn required_permission(&self) -> Option<&str> {
        self.required_permission.as_deref()
    }

    /// Keeps only the first problems of the list.
    pub(super) fn keep_problems(&mut self, count: usize) {
        if let Some(errors) = &mut self.errors {
            errors.truncate(count);
        }
    }

    fn new(failure: &Failure) -> Self {
        let code = ProblemCode::of(failure);
        Self {
            kind: format!("{DOCUMENTATION}{}", code.name()),
            title: code.title(),
            status: code.status().as_u16(),
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
            errors: Some(Errors::of_query(problems)),
            ..document
        },
        Failure::Validation(problems) => ProblemDocument {
            errors: Some(Errors::Body(problems.into())),
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
