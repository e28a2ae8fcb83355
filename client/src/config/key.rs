//! The key.

use std::fmt;

use super::ConfigError;

/// A key of the API. It shows itself to nobody but the API.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key that was found at `place`. Only a header can hold it is checked, not whether it is
    /// valid.
    ///
    /// # Errors
    /// If it cannot be a key. The usual mistake is the newline of the file that it was read from.
    pub fn parse(text: &str, place: &str) -> Result<Self, ConfigError> {
        let refuse = |rule| {
            Err(ConfigError::Key {
                place: place.to_owned(),
                rule,
            })
        };
        if text.trim().is_empty() {
            return refuse("is empty");
        }
        if text.trim_start() != text {
            return refuse("begins with white space or a newline; remove it");
        }
        if text.trim_end() != text {
            return refuse("ends with white space or a newline; remove it");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("has white space, a control character or one that is not ASCII in it");
        }
        Ok(Self(text.to_owned()))
    }

    /// The text without the key, in case that it repeats it.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.0, "(key)")
    }

    /// The value of the header `authorization`.
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}
