//! What can be wrong with the configuration.

use std::io;
use std::path::PathBuf;

use domain::problem::quote;

/// What is missing or wrong, and how to correct it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no key.
    #[error("there is no key; set ALLOCORA_API_KEY, or api_key in the profile file")]
    NoKey,
    /// There is no address.
    #[error(
        "there is no address; set ALLOCORA_BASE_URL, as in https://api.example.com, or base_url in the profile file"
    )]
    NoBaseUrl,
    /// A key that cannot be one. It is never repeated.
    #[error("the key in {place} {rule}")]
    Key {
        /// Where it is.
        place: String,
        /// What is wrong with it.
        rule: &'static str,
    },
    /// An address that cannot be one. It may hold a password and is not repeated.
    #[error("the address of the API {0}")]
    BaseUrl(&'static str),
    /// A key would travel in clear text.
    #[error(
        "{} would send the key in clear text; use https://, or --allow-http if nobody else can read on the way",
        quote(.0)
    )]
    ClearText(String),
    /// The profile file cannot be read.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// The profile file is not what it should be. The cause may quote a key and is not repeated.
    #[error(
        "{}, line {line}: must have tables such as [default], each with base_url and api_key, which are texts in quotes",
        .path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The profile file has a key, and others can read it.
    #[error("other users can read {path}, which has a key; run `chmod 600 {path}`", path = .0.display())]
    Exposed(PathBuf),
    /// There is no such profile.
    #[error("{} has no profile {}; it has {}", .path.display(), quote(.name), .existing)]
    NoProfile {
        /// The file.
        path: PathBuf,
        /// The name that was given.
        name: String,
        /// The names of all profiles.
        existing: String,
    },
}
