//! ISO 4217 currency codes.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FromJson, FromText, string};
use crate::problem::{Code, ErrorSink, Violation, quote};

/// The code of an ISO 4217 currency: upper case out, any case in.
///
/// A code is checked against the list of codes when it is sent, and not when a stored one is read:
/// a stored currency stays valid.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
}

impl FromText for Currency {
    fn from_text(text: &str) -> Result<Self, Violation> {
        let currency = iso_currency::Currency::from_code(&text.to_ascii_uppercase());
        currency
            .map(|currency| Self(currency.code().to_owned()))
            .ok_or_else(|| {
                Violation::new(
                    Code::InvalidValue,
                    format!(
                        "must be an ISO 4217 currency code such as EUR, got {}",
                        quote(text)
                    ),
                )
            })
    }
}

impl FromJson for Currency {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        string(json, errors)
    }
}
