//! How the program ends, for schedulers.

use std::process::ExitCode;

/// The exit codes. clap ends the program with 2, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything is done.
    Done = 0,
    /// Everything was sent, but some rows were rejected or are in conflict; or files and the API
    /// differ: a person has to look.
    Rejected = 1,
    /// The command, a file, the key or the address is wrong: correct it.
    Usage = 2,
    /// It could not finish: running it again can help.
    Unfinished = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
