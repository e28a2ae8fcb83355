//! Problem documents (RFC 9457), as `docs/errors.md` describes them.

use std::fmt;

use serde::Deserialize;

/// The media type.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// The most problems of single values that are shown.
const ERRORS_SHOWN_MAX: usize = 10;

/// Why a request or a record of a batch failed.
#[derive(Clone, Debug, Deserialize)]
pub struct Problem {
    /// The status code.
    pub status: u16,
    /// For programs.
    pub code: String,
    /// For people.
    pub detail: String,
    /// The id of the request; absent for a record of a batch.
    pub request_id: Option<String>,
    /// The problems of single values.
    #[serde(default)]
    pub errors: Vec<FieldProblem>,
}

/// The problem of one value.
#[derive(Clone, Debug, Deserialize)]
pub struct FieldProblem {
    /// Its place in the body: a JSON pointer as a URI fragment, such as `#/amount`.
    pub pointer: Option<String>,
    /// Its place in the query.
    pub parameter: Option<String>,
    /// For programs.
    pub code: String,
    /// For people.
    pub detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.detail)?;
        // The detail has the only problem, or how many there are.
        let errors = Some(&self.errors).filter(|errors| errors.len() > 1);
        let errors = errors.into_iter().flatten();
        for error in errors.clone().take(ERRORS_SHOWN_MAX) {
            write!(f, "; {error}")?;
        }
        match errors.skip(ERRORS_SHOWN_MAX).count() {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.pointer.iter().chain(&self.parameter);
        for place in places {
            write!(f, "{place}: ")?;
        }
        self.detail.fmt(f)
    }
}

impl Problem {
    /// Stands in for the problem of a record that failed without one, which the API never does.
    pub(crate) fn missing() -> Self {
        Self {
            status: 500,
            code: "internal_error".to_owned(),
            detail: "the API did not say why".to_owned(),
            request_id: None,
            errors: Vec::new(),
        }
    }
}
