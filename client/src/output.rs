//! What commands print.

use std::io::{Write, stdout};

use clap::ValueEnum;

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Prints to the standard output. A closed pipe, as in `| head -1`, is not an error.
pub fn print(text: &str) {
    _ = writeln!(stdout(), "{text}");
}
