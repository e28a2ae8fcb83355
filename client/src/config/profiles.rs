//! The profile file.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ConfigError, DEFAULT_PROFILE};

/// A named set of settings.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The address of the API.
    pub base_url: Option<String>,
    /// The key.
    pub api_key: Option<String>,
}

/// The profiles of a file; none if there is no file.
pub struct Profiles {
    path: PathBuf,
    profiles: BTreeMap<String, Profile>,
}

impl Profiles {
    /// Reads the file of this user.
    pub fn read() -> Result<Self, ConfigError> {
        let path = path();
        let profiles = match File::open(&path) {
            Ok(file) => parse(&path, file)?,
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(ConfigError::Unreadable(path, error)),
        };
        Ok(Self { path, profiles })
    }

    /// The profile with this name, or the default one if there is one.
    pub fn get(mut self, name: Option<&str>) -> Result<Option<Profile>, ConfigError> {
        let found = self.profiles.remove(name.unwrap_or(DEFAULT_PROFILE));
        let (None, Some(name)) = (&found, name) else {
            return Ok(found);
        };
        let names: Vec<String> = self.profiles.into_keys().collect();
        Err(ConfigError::NoProfile {
            path: self.path,
            name: name.to_owned(),
            existing: match names.is_empty() {
                true => "none".to_owned(),
                false => names.join(", "),
            },
        })
    }
}

/// By the XDG Base Directory Specification, which ignores paths that are not absolute.
fn path() -> PathBuf {
    let configured = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let configured = configured.filter(|path| path.is_absolute());
    let home = || std::env::home_dir().unwrap_or_default().join(".config");
    configured.unwrap_or_else(home).join("allocora/config.toml")
}

fn parse(path: &Path, mut file: File) -> Result<BTreeMap<String, Profile>, ConfigError> {
    let unreadable = |error| ConfigError::Unreadable(path.to_owned(), error);
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    let profiles: BTreeMap<String, Profile> =
        toml::from_str(&text).map_err(|error| ConfigError::Malformed {
            path: path.to_owned(),
            line: line_of(&text, error.span().map_or(0, |span| span.start)),
        })?;
    let has_key = profiles.values().any(|profile| profile.api_key.is_some());
    if has_key && is_exposed(&metadata) {
        return Err(ConfigError::Exposed(path.to_owned()));
    }
    Ok(profiles)
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.bytes().take(at);
    before.filter(|byte| *byte == b'\n').count() + 1
}

/// Whether other users can read a file.
#[cfg(unix)]
fn is_exposed(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

/// Elsewhere a file of a user belongs to that user by default.
#[cfg(not(unix))]
fn is_exposed(_: &fs::Metadata) -> bool {
    false
}
