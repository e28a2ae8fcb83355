//! What no message repeats: API keys and passwords that were given in a wrong place.

use shared::auth::KEY_PREFIX;

/// The fewest hexadecimal characters in a row that may be a secret. The id of a key has 32.
const SECRET_LENGTH_MIN: usize = 40;
/// What is shown in place of a secret.
const HIDDEN: &str = "(hidden)";
/// What a URL has before its host, or before the user and the password of it.
const AFTER_SCHEME: &str = "://";

/// Whether a text contains an API key, or what may be the secret of one.
pub fn holds_secret(text: &str) -> bool {
    let mut runs = text.split(|c: char| !c.is_ascii_hexdigit());
    text.contains(KEY_PREFIX) || runs.any(|run| run.len() >= SECRET_LENGTH_MIN)
}

/// The text without API keys, without what may be the secret of one, and without the users and
/// passwords of URLs.
pub fn without_secrets(text: &str) -> String {
    let text = without_users(text);
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let ends = |c: char| !is_inner(c);
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(ends) {
        let word = part.trim_end_matches(ends);
        shown.push_str(if holds_secret(word) { HIDDEN } else { word });
        shown.push_str(&part[word.len()..]);
    }
    shown
}

/// The text without the users and passwords of URLs.
fn without_users(text: &str) -> String {
    let mut parts = text.split(AFTER_SCHEME);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c == '/' || c.is_whitespace());
        let host = part[..end.unwrap_or(part.len())].rfind('@');
        shown.push_str(AFTER_SCHEME);
        match host {
            Some(at) => shown.extend([HIDDEN, &part[at..]]),
            None => shown.push_str(part),
        }
    }
    shown
}

/// Reads the URL of a DynamoDB. It is shown, and DynamoDB knows no passwords, so it has none.
///
/// # Errors
/// The rule that it breaks.
pub fn endpoint(text: &str) -> Result<String, &'static str> {
    if text.contains('@') || holds_secret(text) {
        return Err("must not contain a user, a password or a key");
    }
    let scheme = ["http://", "https://"];
    let host = scheme.iter().find_map(|scheme| text.strip_prefix(scheme));
    match host.is_some_and(|host| !host.is_empty() && !host.contains(char::is_whitespace)) {
        true => Ok(text.to_owned()),
        false => Err("must be a URL such as http://127.0.0.1:8000"),
    }
}
