//! The address of the API.

use std::net::IpAddr;

use reqwest::Url;

use super::ConfigError;

/// An address without a slash at its end.
pub fn parse(text: &str, allow_http: bool) -> Result<String, ConfigError> {
    const FORM: &str = "must be a URL such as https://api.example.com";
    let url: Url = text
        .trim()
        .parse()
        .map_err(|_| ConfigError::BaseUrl(FORM))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConfigError::BaseUrl(
            "must not contain a user or a password",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigError::BaseUrl("must not have a query or a fragment"));
    }
    let host = url.host_str().ok_or(ConfigError::BaseUrl(FORM))?;
    match url.scheme() {
        "https" => {}
        "http" if allow_http || is_this_machine(host) => {}
        "http" => return Err(ConfigError::ClearText(url.to_string())),
        _ => return Err(ConfigError::BaseUrl("must begin with https:// or http://")),
    }
    let text = url.as_str().trim_end_matches('/');
    if text.ends_with("/api/v1") || text.ends_with("/api") {
        let rule = "must end before /api: the program adds /api/v1 itself";
        return Err(ConfigError::BaseUrl(rule));
    }
    Ok(text.to_owned())
}

/// Whether a host is this machine, so that nothing leaves it.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
