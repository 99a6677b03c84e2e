//! Configuration of the auth service: the source of its keys, and the claims of its tokens.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Certificate;

use super::certificates::roots;
use super::error::ConfigError;
use super::settings::Settings;
use crate::authn::{ClaimRules, KEY_REFRESH, KeySource};
use crate::domain::limits;

/// The permitted intervals between fetches of the keys.
const REFRESHES: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_hours(1);

/// The permitted values for the largest token, in bytes. All headers of a request share 128 KiB.
const TOKENS: std::ops::RangeInclusive<usize> = 1024..=65_536;

/// The configuration of the auth service.
#[derive(Debug)]
pub struct AuthConfig {
    /// Where to fetch its public keys.
    pub source: KeySource,
    /// The time between fetches of the keys.
    pub refresh: Duration,
    /// CA certificates that its TLS certificate may be signed by, in addition to the system's.
    pub roots: Vec<Certificate>,
    /// The rules for the claims of its tokens.
    pub rules: ClaimRules,
}

impl Settings {
    /// The auth service's configuration; None if no keys are configured.
    pub(super) fn auth(&self) -> Result<Option<AuthConfig>, ConfigError> {
        let Some(keys) = &self.auth_keys else { return Ok(None) };
        let source = KeySource::parse(keys)
            .map_err(|error| ConfigError::new("SAIL_CARGO_AUTH_KEYS", error))?;
        let issuer = self.auth_issuer.clone().ok_or_else(|| {
            ConfigError::new("SAIL_CARGO_AUTH_ISSUER", "is required with SAIL_CARGO_AUTH_KEYS")
        })?;
        let audience = match (&self.auth_audience, self.auth_any_audience.unwrap_or(false)) {
            (Some(audience), false) => Some(audience.clone()),
            (None, true) => None,
            (None, false) => {
                return Err(ConfigError::new(
                    "SAIL_CARGO_AUTH_AUDIENCE",
                    "is needed; or say SAIL_CARGO_AUTH_ANY_AUDIENCE=true, if the auth service sets \
                     no audience: then every token that it signed is accepted here",
                ));
            }
            (Some(_), true) => {
                return Err(ConfigError::new(
                    "SAIL_CARGO_AUTH_ANY_AUDIENCE",
                    "contradicts SAIL_CARGO_AUTH_AUDIENCE",
                ));
            }
        };
        let claim =
            |set: &Option<String>, default: &str| set.clone().unwrap_or_else(|| default.to_owned());
        let user_claims = self
            .auth_user_claims
            .clone()
            .unwrap_or_else(|| vec!["id".to_owned(), "sub".to_owned()]);
        if user_claims.is_empty() || user_claims.iter().any(String::is_empty) {
            return Err(ConfigError::new("SAIL_CARGO_AUTH_USER_CLAIMS", "names no claim"));
        }
        let hours = self.auth_max_token_hours.unwrap_or(24);
        let rules = ClaimRules {
            max_bytes: self.max_token()?,
            issuer,
            audience,
            leeway: TimeDelta::seconds(30),
            max_lifetime: TimeDelta::hours(i64::from(hours)),
            user_claims,
            project_claim: claim(&self.auth_project_claim, "projectId"),
            project_from_header: self.auth_project_from_header.unwrap_or(false),
            groups_claim: claim(&self.auth_groups_claim, "groups"),
            role_claim: "role".to_owned(),
        };
        let roots = auth_roots(self.auth_ca.as_deref())?;
        Ok(Some(AuthConfig { source, refresh: self.refresh()?, roots, rules }))
    }

    fn max_token(&self) -> Result<usize, ConfigError> {
        let bytes = self.auth_max_token_bytes.unwrap_or(limits::DEFAULT_MAX_TOKEN);
        if TOKENS.contains(&bytes) {
            return Ok(bytes);
        }
        Err(ConfigError::new("SAIL_CARGO_AUTH_MAX_TOKEN_BYTES", "must be between 1024 and 65536"))
    }

    fn refresh(&self) -> Result<Duration, ConfigError> {
        let refresh = self.auth_refresh_seconds.map_or(KEY_REFRESH, Duration::from_secs);
        if REFRESHES.contains(&refresh) {
            return Ok(refresh);
        }
        Err(ConfigError::new("SAIL_CARGO_AUTH_REFRESH_SECONDS", "must be between 1 and 3600"))
    }
}

fn auth_roots(file: Option<&Path>) -> Result<Vec<Certificate>, ConfigError> {
    const NAME: &str = "SAIL_CARGO_AUTH_CA";
    let roots = roots(NAME, file)?.into_iter().map(|root| Certificate::from_der(&root));
    roots.collect::<Result<_, _>>().map_err(|error| ConfigError::new(NAME, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(toml: &str) -> Settings {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn an_auth_service_without_issuer_or_audience_is_refused() {
        let auth = |rest: &str| {
            settings(&format!("auth_keys = 'https://a.example/keys'\n{rest}"))
                .auth()
                .map(drop)
                .map_err(|error| error.to_string())
        };
        assert!(auth("").unwrap_err().contains("ISSUER"));
        assert!(auth("auth_issuer = 'i'").unwrap_err().contains("AUDIENCE"));
        assert!(auth("auth_issuer = 'i'\nauth_audience = 'a'").is_ok());
        assert!(auth("auth_issuer = 'i'\nauth_any_audience = true").is_ok());
        let plain = settings("auth_keys = 'http://a.example/keys'");
        assert!(plain.auth().unwrap_err().to_string().contains("https"), "keys over plain http");
    }
}
