//! Settings of the embedded auth service.

use serde::Deserialize;

use super::error::ConfigError;
use crate::domain::IssuerSet;

const ACCOUNTS: &str = "SAIL_CARGO_ACCOUNTS";
const PUBLIC_URL: &str = "SAIL_CARGO_PUBLIC_URL";

/// The embedded auth service.
#[derive(Debug, Clone)]
pub struct AccountsConfig {
    /// Where people reach the server, without a slash at the end: the issuer of its tokens.
    pub public_url: String,
}

/// The settings of it.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountSettings {
    /// Keep accounts: users sign in here by name and password [default: false]
    #[arg(long, env = "SAIL_CARGO_ACCOUNTS", num_args = 0..=1, default_missing_value = "true")]
    #[serde(rename = "enabled")]
    pub accounts: Option<bool>,
    /// Where people reach this server, such as `https://cargo.example.com`: the issuer of the tokens of accounts,
    /// and the beginning of the links in invitations
    #[arg(long, env = "SAIL_CARGO_PUBLIC_URL", value_name = "URL", hide_env_values = true)]
    pub public_url: Option<String>,
}

impl AccountSettings {
    /// These settings; those not set are taken from `file`.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            accounts: self.accounts.or(file.accounts),
            public_url: self.public_url.or(file.public_url),
        }
    }

    /// The embedded auth service beside `others`; `None` if there shall be none.
    ///
    /// # Errors
    /// There shall be one, and the public URL is missing, is not that of a server over TLS or on this machine, or
    /// is the issuer of the other auth service.
    pub(super) fn resolve(self, others: &IssuerSet) -> Result<Option<AccountsConfig>, ConfigError> {
        if !self.accounts.unwrap_or(false) {
            return Ok(None);
        }
        let wrong = |why: &str| ConfigError::new(PUBLIC_URL, why);
        let text = self.public_url.ok_or_else(|| wrong("is required with SAIL_CARGO_ACCOUNTS"))?;
        let url =
            reqwest::Url::parse(&text).map_err(|error| ConfigError::new(PUBLIC_URL, error))?;
        let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let plain = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
            return Err(wrong("must be https, or http on this machine: passwords go there"));
        }
        if !plain {
            return Err(wrong(
                "is a scheme and a host, with a port where one is needed, and no path",
            ));
        }
        let public_url = url.as_str().trim_end_matches('/').to_owned();
        if others.iter().any(|other| other.name() == public_url) {
            let why = "an issuer is SAIL_CARGO_PUBLIC_URL: another auth service is another server";
            return Err(ConfigError::new(ACCOUNTS, why));
        }
        Ok(Some(AccountsConfig { public_url }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Issuer, IssuerSettings};

    fn resolve(url: Option<&str>) -> Result<String, String> {
        let public_url = url.map(ToOwned::to_owned);
        let settings = AccountSettings { accounts: Some(true), public_url };
        let other = Issuer::parse(IssuerSettings {
            issuer: "https://auth.example.com".to_owned(),
            any_audience: true,
            project_from_header: true,
            ..IssuerSettings::default()
        });
        let resolved = settings.resolve(&IssuerSet::of([other.unwrap()]).unwrap());
        resolved.map(|config| config.unwrap().public_url).map_err(|error| error.to_string())
    }

    #[test]
    fn accounts_need_a_public_url_over_tls_or_on_this_machine() {
        for (url, public) in [
            ("https://cargo.example.com", "https://cargo.example.com"),
            ("https://cargo.example.com:8443/", "https://cargo.example.com:8443"),
            ("http://localhost:8080", "http://localhost:8080"),
        ] {
            assert_eq!(resolve(Some(url)).as_deref(), Ok(public));
        }
        for (url, why) in [
            (None, "required"),
            (Some("cargo.example.com"), "relative URL"),
            (Some("http://cargo.example.com"), "must be https"),
            (Some("https://cargo.example.com/path"), "no path"),
            (Some("https://ada@cargo.example.com"), "no path"),
            (Some("https://auth.example.com"), "another server"),
        ] {
            let refused = resolve(url).unwrap_err();
            assert!(refused.contains(why), "{url:?}: {refused}");
        }
        assert!(AccountSettings::default().resolve(&IssuerSet::default()).unwrap().is_none());
    }
}
