//! What commands print: results to the standard output, everything else to the error output.

use std::error::Error;
use std::io::{self, Write, stderr, stdout};

use clap::ValueEnum;
use serde_json::json;

use crate::exit::Exit;

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one document, whatever happens.
    Json,
}

/// The standard output cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the output cannot be written")]
pub struct Unwritable(#[source] io::Error);

/// Prints lines to the standard output. A closed pipe, as in `| head -1`, is not an error.
pub fn print(text: &str) -> Result<(), Unwritable> {
    write(format!("{}\n", harmless(text)).as_bytes())
}

/// A text whose control characters, which could change what a terminal shows, are escaped as in
/// JSON, so that a document keeps its values.
fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && !matches!(c, '\n' | '\t') {
            harmless += &format!("\\u{:04x}", u32::from(c));
        } else {
            harmless.push(c);
        }
    }
    harmless
}

/// Writes bytes to the standard output unchanged. A closed pipe is not an error.
pub fn write(bytes: &[u8]) -> Result<(), Unwritable> {
    let mut stdout = stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Unwritable(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints a line to the error output, if somebody reads it.
pub fn print_error(text: &str) {
    // Not `eprintln`, which panics if nobody does.
    _ = writeln!(stderr(), "{}", harmless(text));
}

/// Reports that a command failed as a whole. Returns how the program ends.
pub fn fail(format: Format, sentence: &str, exit: Exit) -> Exit {
    print_error(&format!("error: {sentence}"));
    if format == Format::Text {
        return exit;
    }
    let document = json!({"exit_code": exit as u8, "error": sentence});
    match print(&document.to_string()) {
        Ok(()) => exit,
        // The error output has it.
        Err(Unwritable(_)) => Exit::Unfinished.max(exit),
    }
}

/// An error with its causes, in one line. A cause that the error repeats is left out.
pub fn sentence(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !sentence.contains(&cause_text) {
            sentence = format!("{sentence}: {cause_text}");
        }
        next = cause.source();
    }
    sentence.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_keeps_the_control_characters_of_its_values() -> Result<(), serde_json::Error> {
        let value = json!({"stored": "\u{1b}[2J\u{7f}\u{85}\u{9b}\n\tä"});
        let printed = harmless(&value.to_string());
        assert!(!printed.chars().any(char::is_control), "{printed:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed)?, value);
        Ok(())
    }
}
