//! A host of the gateway, as a setting names it.

use super::error::ConfigError;
use crate::domain::s3::{AddressingStyle, Endpoint};

/// A host in the form in which it is compared: lower case, with its port if one is named.
pub(super) fn read_host(setting: &'static str, text: &str) -> Result<String, ConfigError> {
    let url = format!("http://{}", text.trim());
    let endpoint = Endpoint::parse(&url, AddressingStyle::VirtualHosted);
    let endpoint = endpoint.map_err(|error| ConfigError::new(setting, error))?;
    Ok(endpoint.url().trim_start_matches("http://").to_owned())
}

/// A host without its port, and the port with its colon; empty where there is none.
pub(crate) fn split_port(host: &str) -> (&str, &str) {
    let colon = host.rfind(':').filter(|colon| !host[*colon..].contains(']'));
    host.split_at(colon.unwrap_or(host.len()))
}
