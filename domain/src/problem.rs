//! What can be wrong with a value, and where in a body.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use crate::characters::visible;

/// The closed list of field codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, IntoStaticStr, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(rename = "FieldProblemCode", transform = crate::schema::string_enum)]
pub enum Code {
    /// A required field is absent.
    Required,
    /// The JSON type is wrong.
    InvalidType,
    /// The text does not have the required format.
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
    /// A number or date outside its limits.
    OutOfRange,
    /// `null` for a field that cannot be cleared.
    NotNullable,
    /// A field that the resource does not have.
    UnknownField,
    /// An element that occurs twice.
    Duplicate,
    /// A reference to something that does not exist.
    NotFound,
}

/// A rule that a value breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// For programs.
    pub code: Code,
    /// For people: what was expected and what was sent.
    pub detail: String,
}

impl Violation {
    /// A violation with its code and one sentence.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// One problem of a request body, at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FieldProblem")]
pub struct Problem {
    /// A JSON pointer as a URI fragment, such as `#/allocations/0/percentage`.
    pub pointer: String,
    /// For programs.
    pub code: Code,
    /// For people.
    pub detail: String,
}

/// All problems of one body or record, in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem at `pointer`; beyond [`PROBLEMS_MAX`] it is dropped.
    pub fn push(&mut self, pointer: &str, violation: Violation) {
        if self.0.len() < PROBLEMS_MAX {
            self.0.push(Problem {
                pointer: pointer.to_owned(),
                code: violation.code,
                detail: violation.detail,
            });
        }
    }

    /// Adds the problems of a part of the body, whose own pointers begin at that part.
    pub fn extend_at(&mut self, pointer: &str, problems: Self) {
        for problem in problems.0 {
            let below = problem.pointer.trim_start_matches('#');
            let violation = Violation::new(problem.code, problem.detail);
            self.push(&format!("{pointer}{below}"), violation);
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems, as listed in the answer.
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// `value`, if there are no problems.
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

impl From<Problems> for Vec<Problem> {
    fn from(problems: Problems) -> Self {
        problems.0
    }
}

/// The most problems that are listed of one record: a body of 1 MiB can hold far more mistakes than
/// anyone reads, and those of 100 records fit into one answer of 6 MB.
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
pub struct ErrorSink<'a> {
    place: Place<'a>,
    problems: &'a mut Problems,
}

/// A place of a body. Most values have no problem, so its pointer is written when there is one.
#[derive(Clone, Copy)]
enum Place<'a> {
    Body,
    Within(&'a Place<'a>, Token<'a>),
}

/// A step of a pointer (RFC 6901, section 3).
#[derive(Clone, Copy)]
pub enum Token<'a> {
    /// The member of an object.
    Name(&'a str),
    /// The element of a list.
    Index(usize),
}

impl<'a> From<&'a str> for Token<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

impl<'a> From<&'a String> for Token<'a> {
    fn from(name: &'a String) -> Self {
        Self::Name(name)
    }
}

impl From<usize> for Token<'_> {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The JSON pointer as a URI fragment (RFC 6901, section 6). A long name is cut.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => f.write_str("#"),
            Self::Within(whole, Token::Index(index)) => write!(f, "{whole}/{index}"),
            Self::Within(whole, Token::Name(name)) => {
                let name = shorten(name).replace('~', "~0").replace('/', "~1");
                let name = utf8_percent_encode(&name, NOT_IN_A_FRAGMENT);
                write!(f, "{whole}/{name}")
            }
        }
    }
}

impl<'a> ErrorSink<'a> {
    /// The sink for the whole body.
    pub fn new(problems: &'a mut Problems) -> Self {
        Self {
            place: Place::Body,
            problems,
        }
    }

    /// A sink for the same place.
    pub fn reborrow(&mut self) -> ErrorSink<'_> {
        ErrorSink {
            place: self.place,
            problems: self.problems,
        }
    }

    /// The sink for a member or an element.
    pub fn at<'b>(&'b mut self, token: impl Into<Token<'b>>) -> ErrorSink<'b> {
        ErrorSink {
            place: Place::Within(&self.place, token.into()),
            problems: self.problems,
        }
    }

    /// Adds a problem at this place.
    pub fn add(&mut self, code: Code, detail: impl Into<String>) {
        let violation = Violation::new(code, detail);
        self.problems.push(&self.place.to_string(), violation);
    }

    /// Whether no problem was found so far at any of these members, or within them.
    pub fn is_valid(&self, members: &[&str]) -> bool {
        if self.problems.is_empty() {
            return true;
        }
        let within = |member: &&str| {
            let place = Place::Within(&self.place, Token::Name(member)).to_string();
            let mut below = self.problems.0.iter();
            below.any(|problem| {
                let below = problem.pointer.strip_prefix(&place);
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        !members.iter().any(within)
    }

    /// The value, or a problem at this place.
    pub fn take<T>(&mut self, result: Result<T, Violation>) -> Option<T> {
        result
            .map_err(|violation| self.problems.push(&self.place.to_string(), violation))
            .ok()
    }
}

/// The text as a JSON string of bounded length, so that invisible characters can be seen.
pub fn quote(text: &str) -> String {
    visible(&serde_json::Value::String(shorten(text)).to_string())
}

/// The JSON of a value, cut to a bounded length.
pub fn quote_json(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::String(text) => quote(text),
        other => visible(&shorten(&other.to_string())),
    }
}

/// The beginning of a text, with a mark where it was cut.
pub fn shorten(text: &str) -> String {
    const QUOTED_CHARACTERS_MAX: usize = 60;
    match text.char_indices().nth(QUOTED_CHARACTERS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
