//! Where the API is, and the key to it: from arguments, variables and the profile file.

mod base_url;
mod error;
mod key;
mod profiles;

use clap::Args;

pub use error::ConfigError;
pub use key::ApiKey;
use profiles::Profiles;

/// The variable with the key. There is no argument for it: every user of a machine can see the
/// arguments of its programs.
pub const KEY_VARIABLE: &str = "ALLOCORA_API_KEY";
/// The variable with the address.
pub const BASE_URL_VARIABLE: &str = "ALLOCORA_BASE_URL";
/// The variable with the name of the profile.
pub const PROFILE_VARIABLE: &str = "ALLOCORA_PROFILE";
/// The profile that is used unless another one is named.
const DEFAULT_PROFILE: &str = "default";

/// The arguments that say where the API is.
#[derive(Debug, Default, Args)]
pub struct ConnectionArguments {
    /// The address of the API, as in `https://api.example.com`.
    #[arg(long, global = true, value_name = "URL", env = BASE_URL_VARIABLE, hide_env_values = true)]
    pub base_url: Option<String>,
    /// The profile of the file config.toml to use [default: default].
    #[arg(long, global = true, value_name = "NAME", env = PROFILE_VARIABLE)]
    pub profile: Option<String>,
    /// Allow http:// to another machine, which sends the key in clear text.
    #[arg(long, global = true)]
    pub allow_http: bool,
}

/// Where the API is, and the key to it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The address, without a slash at its end.
    pub base_url: String,
    /// The key.
    pub key: ApiKey,
}

impl ConnectionArguments {
    /// The arguments again, for a command that goes to the same place, but for those that come from
    /// variables.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        for (name, value, variable) in [
            ("--base-url", &self.base_url, BASE_URL_VARIABLE),
            ("--profile", &self.profile, PROFILE_VARIABLE),
        ] {
            let is_variable = |value: &String| std::env::var(variable).as_ref() == Ok(value);
            if let Some(value) = value.as_ref().filter(|value| !is_variable(value)) {
                words.extend([name.to_owned(), value.clone()]);
            }
        }
        words.extend(self.allow_http.then(|| "--allow-http".to_owned()));
        words
    }

    /// The connection that these arguments, the variables and the profile file name.
    ///
    /// # Errors
    /// What is missing or wrong, and how to correct it.
    pub fn resolve(&self) -> Result<Connection, ConfigError> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let key = variable(KEY_VARIABLE)
            .map(|key| ApiKey::parse(&key.to_string_lossy(), KEY_VARIABLE))
            .transpose()?;
        let base_url = self.base_url.clone().filter(|url| !url.is_empty());
        let wanted = self.profile.as_deref().filter(|name| !name.is_empty());
        // Not read if it is not needed, so that nothing in it can be in the way.
        let profile = match (&key, &base_url, wanted) {
            (Some(_), Some(_), None) => None,
            _ => Profiles::read()?.get(wanted)?,
        }
        .unwrap_or_default();
        let key = match (key, profile.api_key) {
            (Some(key), _) => key,
            (None, Some(key)) => ApiKey::parse(&key, "api_key of the profile")?,
            (None, None) => return Err(ConfigError::NoKey),
        };
        let base_url = base_url
            .or(profile.base_url)
            .ok_or(ConfigError::NoBaseUrl)?;
        Ok(Connection {
            base_url: base_url::parse(&base_url, self.allow_http)?,
            key,
        })
    }
}
