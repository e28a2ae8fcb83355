//! Texts with limits.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FromJson, FromText, string};
use crate::characters::has_visible;
use crate::problem::{Code, ErrorSink, Violation, quote};

/// The most characters of an external id.
pub const EXTERNAL_ID_CHARACTERS_MAX: usize = 255;

/// The caller's own id: 1 to 255 characters without control characters, exactly as sent.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline, extend(
    "minLength" = 1,
    "maxLength" = EXTERNAL_ID_CHARACTERS_MAX,
    "pattern" = r"^[^\x00-\x1F\x7F-\x9F]*$",
))]
pub struct ExternalId(String);

impl ExternalId {
    /// The exact characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromText for ExternalId {
    fn from_text(text: &str) -> Result<Self, Violation> {
        without_controls(text, &[])?;
        limited(text, EXTERNAL_ID_CHARACTERS_MAX).map(Self)
    }
}

impl FromJson for ExternalId {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        string(json, errors)
    }
}

/// At least one visible character, and no control characters. White space around it is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, rename = "Text{MAX}", extend("minLength" = 1, "maxLength" = MAX))]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> std::ops::Deref for Text<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> FromText for Text<MAX> {
    fn from_text(text: &str) -> Result<Self, Violation> {
        without_controls(text.trim(), &[])?;
        seen(text.trim(), MAX).map(Self)
    }
}

impl<const MAX: usize> FromJson for Text<MAX> {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        string(json, errors)
    }
}

/// At least one visible character, and no control characters but tabs and line breaks. White space
/// around it is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, rename = "Note{MAX}", extend("minLength" = 1, "maxLength" = MAX))]
pub struct Note<const MAX: usize>(String);

impl<const MAX: usize> FromText for Note<MAX> {
    fn from_text(text: &str) -> Result<Self, Violation> {
        without_controls(text, &['\t', '\r', '\n'])?;
        seen(text.trim(), MAX).map(Self)
    }
}

impl<const MAX: usize> FromJson for Note<MAX> {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        string(json, errors)
    }
}

/// An e-mail address. Only its form is checked: nothing but a delivered message proves an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "email"))]
pub struct Email(Text<254>);

impl std::ops::Deref for Email {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl FromText for Email {
    fn from_text(text: &str) -> Result<Self, Violation> {
        let text = Text::from_text(text)?;
        let formed = text.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !text.contains(char::is_whitespace)
        });
        if !formed {
            let detail = format!(
                "must be an e-mail address such as ada@example.com, got {}",
                quote(&text)
            );
            return Err(Violation::new(Code::InvalidFormat, detail));
        }
        Ok(Self(text))
    }
}

impl FromJson for Email {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        string(json, errors)
    }
}

/// The text, if it has 1 to `max` characters.
fn limited(text: &str, max: usize) -> Result<String, Violation> {
    let characters = text.chars().count();
    if characters == 0 {
        return Err(Violation::new(
            Code::TooShort,
            "must have at least 1 character, got 0",
        ));
    }
    if characters > max {
        return Err(Violation::new(
            Code::TooLong,
            format!("must have at most {max} characters, got {characters}"),
        ));
    }
    Ok(text.to_owned())
}

/// The text, if it has 1 to `max` characters of which people see at least one.
fn seen(text: &str, max: usize) -> Result<String, Violation> {
    if !text.is_empty() && !has_visible(text) {
        let detail = format!(
            "must have at least 1 visible character, got {}",
            quote(text)
        );
        return Err(Violation::new(Code::TooShort, detail));
    }
    limited(text, max)
}

/// Refuses control characters (Unicode category Cc) other than these: text formats such as CSV
/// cannot carry them, and people cannot see them.
fn without_controls(text: &str, allowed: &[char]) -> Result<(), Violation> {
    if text.contains(|c: char| c.is_control() && !allowed.contains(&c)) {
        let detail = format!("must not contain control characters, got {}", quote(text));
        return Err(Violation::new(Code::InvalidFormat, detail));
    }
    Ok(())
}
