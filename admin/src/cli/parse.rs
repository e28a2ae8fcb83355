//! Parsing a command line, with messages that repeat no secrets and nothing that a terminal obeys.

use std::error::Error;
use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use domain::problem::quote;

use super::arguments::Arguments;
use crate::AdminError;
use crate::hidden::{holds_secret, without_secrets};
use crate::printable::printable;

/// The flag of `key create` that grants permissions.
const PERMISSION: &str = "--permission";

/// Parses the command line of the operator's tool.
///
/// # Errors
/// The help text, or what is wrong with the command line: no command takes an API key or its
/// secret, so a line with one is refused, and the message does not repeat it.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let words: Vec<OsString> = words.into_iter().collect();
    let refused = || {
        clap::Error::raw(
            ErrorKind::InvalidValue,
            format!("{}\n", AdminError::NotAKeyId),
        )
    };
    let mut given = words.iter().skip(1);
    if given.any(|word| holds_secret(&word.to_string_lossy())) {
        return Err(refused());
    }
    let arguments: Arguments = parse_as(&words)?;
    // It may come from the environment.
    match holds_secret(&arguments.table) {
        true => Err(refused()),
        false => Ok(arguments),
    }
}

/// Parses a command line.
///
/// # Errors
/// The help text, or what is wrong with the command line.
pub fn parse_as<P: Parser>(words: &[OsString]) -> Result<P, clap::Error> {
    P::try_parse_from(words)
        .map_err(with_quoted_value)
        .map_err(with_permissions)
        .map_err(|error| printable_error(error, words))
}

/// The error about a command line, without secrets and without what would make a terminal do
/// something.
fn printable_error(error: clap::Error, words: &[OsString]) -> clap::Error {
    let shown = |text: &str| without_secrets(&printable(text));
    let is_odd = |word: &OsString| shown(&word.to_string_lossy()) != word.to_string_lossy();
    // Without its colours, and without what looks like colours in words.
    let text = error.render().to_string();
    let printed = shown(&text);
    if printed == text && !words.iter().any(is_odd) {
        return error;
    }
    let printed = printed.strip_prefix("error: ").unwrap_or(&printed);
    clap::Error::raw(error.kind(), printed)
}

/// The error, with an invalid value quoted as JSON: clap would repeat it whole and unescaped.
fn with_quoted_value(error: clap::Error) -> clap::Error {
    let value = error.get(ContextKind::InvalidValue);
    let argument = error.get(ContextKind::InvalidArg);
    match (error.kind(), value, argument, error.source()) {
        (
            ErrorKind::ValueValidation,
            Some(ContextValue::String(value)),
            Some(argument),
            Some(rule),
        ) => {
            // A cut secret would not be recognized as one.
            let value = quote(&without_secrets(value));
            let message = format!("invalid value {value} for {argument}: {rule}\n");
            clap::Error::raw(ErrorKind::ValueValidation, message)
        }
        (..) => error,
    }
}

/// The error, with a list of the permissions if none was given.
fn with_permissions(mut error: clap::Error) -> clap::Error {
    let is_about = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) => {
            missing.iter().any(|argument| argument.contains(PERMISSION))
        }
        // The flag without a value.
        (ErrorKind::InvalidValue, Some(ContextValue::String(argument))) => {
            argument.contains(PERMISSION)
        }
        (..) => false,
    };
    if is_about {
        let tip = format!("the permissions are {}", registry::permissions().join(", "));
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
    error
}
