//! What can be wrong with a value, and where in a body it stands.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

/// The closed list of field codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A field that must be there is absent.
    Required,
    /// The JSON type is another one.
    InvalidType,
    /// The text does not have the form of the type.
    InvalidFormat,
    /// Not one of the allowed values.
    InvalidValue,
    /// A text with too few characters.
    TooShort,
    /// A text or an object that is too large.
    TooLong,
    /// A list with too few elements.
    TooFew,
    /// A list or object with too many elements.
    TooMany,
    /// A number or date beyond its limits.
    OutOfRange,
    /// `null` where there must be a value.
    NotNullable,
    /// A field that the resource does not have.
    UnknownField,
    /// An element that stands twice.
    Duplicate,
    /// A reference to something that does not exist.
    NotFound,
}

/// Why a value was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// For programs.
    pub code: Code,
    /// For people: what was expected and what came.
    pub detail: String,
}

impl Reason {
    /// A reason with its code and one sentence.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// One problem of a request body, at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A JSON pointer as a URI fragment, such as `#/allocations/0/percentage`.
    pub pointer: String,
    /// For programs.
    pub code: Code,
    /// For people.
    pub detail: String,
}

/// All problems of one body or record, in the order they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem at `pointer`; beyond [`PROBLEMS_MAX`] they are dropped.
    pub fn push(&mut self, pointer: &str, reason: Reason) {
        if self.0.len() < PROBLEMS_MAX {
            self.0.push(Problem {
                pointer: pointer.to_owned(),
                code: reason.code,
                detail: reason.detail,
            });
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems as they are listed to the client.
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// `value`, if nothing is wrong with it.
    ///
    /// # Errors
    /// The problems, if there are any.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

/// The most problems that are listed of one record: a body of 1 MiB can hold far more mistakes than anyone reads, and
/// those of 100 records fit into one answer of 6 MB.
pub const PROBLEMS_MAX: usize = 100;

/// What a URI fragment spells with a percent sign (RFC 3986, section 3.5).
const NOT_IN_A_FRAGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Collects the problems of the value at one place of a body.
pub struct Report<'a> {
    pointer: String,
    problems: &'a mut Problems,
}

impl<'a> Report<'a> {
    /// The report on the whole body.
    pub fn new(problems: &'a mut Problems) -> Self {
        Self {
            pointer: "#".to_owned(),
            problems,
        }
    }

    /// A report on the same place.
    pub fn here(&mut self) -> Report<'_> {
        Report {
            pointer: self.pointer.clone(),
            problems: self.problems,
        }
    }

    /// The report on the member or element named `token` (RFC 6901, section 6); a long name is cut.
    pub fn at(&mut self, token: impl fmt::Display) -> Report<'_> {
        let token = quoted(&token.to_string())
            .replace('~', "~0")
            .replace('/', "~1");
        let token = utf8_percent_encode(&token, NOT_IN_A_FRAGMENT);
        Report {
            pointer: format!("{}/{token}", self.pointer),
            problems: self.problems,
        }
    }

    /// Adds a problem at this place.
    pub fn add(&mut self, code: Code, detail: impl Into<String>) {
        self.problems.push(&self.pointer, Reason::new(code, detail));
    }

    /// Whether nothing was found wrong so far with any of these members, or within them.
    pub fn sound(&self, members: &[&str]) -> bool {
        !self.problems.0.iter().any(|problem| {
            members.iter().any(|member| {
                let below = problem
                    .pointer
                    .strip_prefix(&format!("{}/{member}", self.pointer));
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        })
    }

    /// The value, or a problem at this place.
    pub fn take<T>(&mut self, result: Result<T, Reason>) -> Option<T> {
        result
            .map_err(|reason| self.problems.push(&self.pointer, reason))
            .ok()
    }
}

/// The text as it is quoted back in a detail: short, whatever was sent.
pub fn quoted(text: &str) -> String {
    const QUOTED_CHARACTERS_MAX: usize = 60;
    match text.char_indices().nth(QUOTED_CHARACTERS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
