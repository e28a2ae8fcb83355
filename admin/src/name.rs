//! Names that an operator gives.

use domain::value::{FromText, Text};

use crate::AdminError;

/// The most characters of a name or a label.
const CHARACTERS_MAX: usize = 255;

/// The name or label of `what`: 1 to 255 characters on one line, without white space around it.
pub(crate) fn parse(what: &'static str, text: &str) -> Result<String, AdminError> {
    let name: Text<CHARACTERS_MAX> = Text::from_text(text).map_err(|reason| AdminError::Text {
        what,
        rule: reason.detail,
    })?;
    if name.contains(char::is_control) {
        return Err(AdminError::Text {
            what,
            rule: "must not have control characters such as line breaks".to_owned(),
        });
    }
    Ok(name.to_string())
}
