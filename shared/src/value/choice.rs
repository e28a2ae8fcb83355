//! A value out of a closed list.

use serde::de::{DeserializeOwned, IntoDeserializer, value::Error};

use crate::problem::{Code, Reason, quoted};

/// The variant of a field-less enum that `text` names.
///
/// # Errors
/// [`Code::InvalidValue`] with the allowed names, which serde knows from the enum itself.
pub fn choice<T: DeserializeOwned>(text: &str) -> Result<T, Reason> {
    T::deserialize(text.into_deserializer()).map_err(|error: Error| {
        let message = error.to_string();
        let allowed = message.split_once("expected ").map_or(message.as_str(), |(_, allowed)| allowed);
        Reason::new(Code::InvalidValue, format!("must be {}, got {}", allowed.replace('`', "\""), quoted(text)))
    })
}
