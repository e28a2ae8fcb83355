//! ISO 4217 currency codes.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::{FromJson, FromText, string};
use crate::problem::{Code, Reason, Report, quoted};

/// An ISO 4217 currency: upper case out, any case in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

impl Default for Currency {
    /// `XXX`, "no currency": stands in for a required value until it is read.
    fn default() -> Self {
        Self(iso_currency::Currency::XXX)
    }
}

impl FromText for Currency {
    fn from_text(text: &str) -> Result<Self, Reason> {
        iso_currency::Currency::from_code(&text.to_ascii_uppercase()).map(Self).ok_or_else(|| {
            Reason::new(
                Code::InvalidValue,
                format!("must be an ISO 4217 currency code such as EUR, got {}", quoted(text)),
            )
        })
    }
}

impl FromJson for Currency {
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self> {
        string(json, report)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_text(&code).map_err(|reason| de::Error::custom(reason.detail))
    }
}
