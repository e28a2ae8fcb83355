//! The commands, one in each file. Each calls the library and prints the result.

pub mod completions;
pub mod export;
pub mod map;
pub mod payouts;
pub mod ping;
pub mod push;
pub mod reconcile;

mod check;
mod day;
mod files;

use std::error::Error;

use crate::api::{ApiError, SetupError};
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::output::{Unwritable, sentence};

/// Why a command failed as a whole.
#[derive(Debug)]
pub struct Failed {
    /// For people.
    pub sentence: String,
    /// For schedulers.
    pub exit: Exit,
}

impl Failed {
    fn new(exit: Exit, error: &dyn Error) -> Self {
        let sentence = sentence(error);
        Self { sentence, exit }
    }

    fn usage(sentence: &str) -> Self {
        Self {
            sentence: sentence.to_owned(),
            exit: Exit::Usage,
        }
    }
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Usage, &error)
    }
}

impl From<SetupError> for Failed {
    fn from(error: SetupError) -> Self {
        Self::new(Exit::Usage, &error)
    }
}

impl From<ApiError> for Failed {
    /// A key or an address that the API refuses stays refused.
    fn from(error: ApiError) -> Self {
        let exit = match error.is_refused_for_good() {
            true => Exit::Usage,
            false => Exit::Unfinished,
        };
        Self::new(exit, &error)
    }
}

impl From<Unwritable> for Failed {
    fn from(error: Unwritable) -> Self {
        Self::new(Exit::Unfinished, &error)
    }
}
