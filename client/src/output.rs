//! What commands print.

use std::io::{self, Write, stdout};

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

/// Writes bytes to the standard output unchanged. A closed pipe is not an error.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
