//! ISO 4217 currency codes.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::currency_codes::CODES;
use super::{FromJson, FromText, string};
use crate::problem::{Code, ErrorSink, Violation, quote};

/// The code of an ISO 4217 currency: upper case out, any case in.
///
/// A code is checked against the list of codes when it is sent, and not when a stored one is read:
/// a stored currency stays valid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Currency(String);

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Currency {
    /// The currency of a stored code, without a check.
    pub fn stored(code: &str) -> Self {
        Self(code.to_owned())
    }

    /// The currency that a filter asks for: any three letters, because what is stored is not judged
    /// by the list.
    ///
    /// # Errors
    /// Why the text is no code.
    pub fn of_filter(text: &str) -> Result<Self, Violation> {
        let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        match is_code {
            true => Ok(Self(text.to_ascii_uppercase())),
            false => Err(not_a_code(text)),
        }
    }

    /// The decimal places of its minor unit, by ISO 4217; `None` for a code that is not listed.
    pub fn minor_unit_places(&self) -> Option<u8> {
        places(&self.0)
    }
}

/// The decimal places of a listed code.
fn places(code: &str) -> Option<u8> {
    let mut lists = CODES.iter();
    let (places, _) = lists.find(|(_, codes)| codes.binary_search(&code).is_ok())?;
    Some(*places)
}

fn not_a_code(text: &str) -> Violation {
    let got = quote(text);
    let detail = format!("must be an ISO 4217 currency code such as EUR, got {got}");
    Violation::new(Code::InvalidValue, detail)
}

impl FromText for Currency {
    fn from_text(text: &str) -> Result<Self, Violation> {
        let code = text.to_ascii_uppercase();
        match places(&code) {
            Some(_) => Ok(Self(code)),
            None => Err(not_a_code(text)),
        }
    }
}

impl JsonSchema for Currency {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let pattern = match generator.contract().is_deserialize() {
            true => "^[A-Za-z]{3}$",
            false => "^[A-Z]{3}$",
        };
        json_schema!({ "type": "string", "pattern": pattern })
    }
}

impl FromJson for Currency {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        string(json, errors)
    }
}
