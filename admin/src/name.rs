//! Names and labels.

use domain::value::{FromText, Text};

use crate::AdminError;

/// The most characters of a name or a label.
const CHARACTERS_MAX: usize = 255;

/// The name or label of `what`: 1 to 255 characters without control characters and without white
/// space around it.
pub(crate) fn parse(what: &'static str, text: &str) -> Result<String, AdminError> {
    let name: Text<CHARACTERS_MAX> =
        Text::from_text(text).map_err(|violation| AdminError::Text {
            what,
            rule: violation.detail,
        })?;
    Ok(name.to_string())
}
