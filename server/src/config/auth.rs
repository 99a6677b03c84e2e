//! Configuration of the auth services: one by flags, any number by `[[auth.issuers]]`.

use std::path::Path;
use std::time::Duration;

use reqwest::Certificate;
use serde::Deserialize;

use super::certificates::roots;
use super::error::ConfigError;
use super::settings::Settings;
use crate::authn::KEY_REFRESH;
use crate::domain::{Flaw, Issuer, IssuerSet, IssuerSettings, limits};

/// The permitted intervals between fetches of the keys.
const REFRESHES: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_hours(1);

/// The permitted values for the largest token, in bytes. All headers of a request share 128 KiB.
const TOKENS: std::ops::RangeInclusive<usize> = 1024..=65_536;

/// The table `[auth]` of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthTable {
    /// `[[auth.issuers]]`: issuers beside the one that flags name. One without an alias takes its place.
    pub issuers: Vec<IssuerSettings>,
}

/// The configuration of the auth services.
#[derive(Debug)]
pub struct AuthConfig {
    /// The issuers whose tokens are accepted.
    pub issuers: IssuerSet,
    /// The longest token, in bytes.
    pub max_token: usize,
    /// The time between fetches of their keys.
    pub refresh: Duration,
    /// CA certificates that their TLS certificates may be signed by, in addition to the system's.
    pub roots: Vec<Certificate>,
}

/// No issuers.
impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            issuers: IssuerSet::default(),
            max_token: limits::DEFAULT_MAX_TOKEN,
            refresh: KEY_REFRESH,
            roots: Vec::new(),
        }
    }
}

impl Settings {
    /// The configuration of the auth services.
    pub(super) fn auth(&self) -> Result<AuthConfig, ConfigError> {
        let mut issuers: Vec<_> = self.default_issuer()?.into_iter().collect();
        for (index, settings) in self.auth.issuers.iter().enumerate() {
            let whose = settings.alias.as_ref().map_or_else(
                || format!("auth.issuers[{index}]"),
                |alias| format!("auth.issuers[{index}], `{alias}`"),
            );
            let wrong = |flaw: Flaw| ConfigError::new(&whose, format!("{}: {flaw}", flaw.field()));
            issuers.push(Issuer::parse(settings.clone()).map_err(wrong)?);
        }
        let issuers =
            IssuerSet::of(issuers).map_err(|flaw| ConfigError::new("auth.issuers", flaw))?;
        Ok(AuthConfig {
            issuers,
            max_token: self.max_token()?,
            refresh: self.refresh()?,
            roots: auth_roots(self.auth_ca.as_deref())?,
        })
    }

    /// The issuer that flags name; `None` if they name none.
    fn default_issuer(&self) -> Result<Option<Issuer>, ConfigError> {
        if self.auth_keys.is_none() && self.auth_issuer.is_none() {
            return Ok(None);
        }
        let issuer = self.auth_issuer.clone().ok_or_else(|| {
            ConfigError::new("SAIL_CARGO_AUTH_ISSUER", "is required with SAIL_CARGO_AUTH_KEYS")
        })?;
        match (&self.auth_audience, self.auth_any_audience.unwrap_or(false)) {
            (Some(_), false) | (None, true) => {}
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
        }
        let user_claims = self.auth_user_claims.clone();
        let user_claims = user_claims.unwrap_or_else(|| vec!["id".to_owned(), "sub".to_owned()]);
        if user_claims.is_empty() {
            return Err(ConfigError::new("SAIL_CARGO_AUTH_USER_CLAIMS", "names no claim"));
        }
        let claim = self.auth_project_claim.clone();
        let settings = IssuerSettings {
            issuer,
            keys: self.auth_keys.clone(),
            audiences: self.auth_audience.iter().cloned().collect(),
            any_audience: self.auth_audience.is_none(),
            user_claims,
            project_claim: Some(claim.unwrap_or_else(|| "projectId".to_owned())),
            project_from_header: self.auth_project_from_header.unwrap_or(false),
            groups_claim: self.auth_groups_claim.clone(),
            max_token_seconds: self.auth_max_token_hours.map(|hours| hours.saturating_mul(3600)),
            ..IssuerSettings::default()
        };
        let wrong = |flaw: Flaw| {
            let (name, hint) = flag(&flaw.field().to_string());
            ConfigError::new(name, format!("{flaw}{hint}"))
        };
        Issuer::parse(settings).map(Some).map_err(wrong)
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

/// The setting that a field of the default issuer comes from, and what may be done besides.
fn flag(field: &str) -> (&'static str, &'static str) {
    match field {
        "keys" => ("SAIL_CARGO_AUTH_KEYS", ""),
        "audiences" => ("SAIL_CARGO_AUTH_AUDIENCE", ""),
        "user_claims" => ("SAIL_CARGO_AUTH_USER_CLAIMS", ""),
        "project" | "project_claim" => ("SAIL_CARGO_AUTH_PROJECT_CLAIM", ""),
        "groups_claim" => ("SAIL_CARGO_AUTH_GROUPS_CLAIM", ""),
        "max_token_seconds" => ("SAIL_CARGO_AUTH_MAX_TOKEN_HOURS", ""),
        "conditions" => (
            "SAIL_CARGO_AUTH_ISSUER",
            ". Conditions stand in a file: in `[[auth.issuers]]` without an alias, in the place of this \
             setting",
        ),
        _ => ("SAIL_CARGO_AUTH_ISSUER", ""),
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
        let world = "auth_issuer = 'https://accounts.google.com'\nauth_audience = 'a'";
        assert!(auth(world).unwrap_err().contains("[[auth.issuers]]"), "everybody");
        let plain = "auth_keys = 'http://a.example/keys'\nauth_issuer = 'i'\nauth_audience = 'a'";
        let refused = settings(plain).auth().unwrap_err().to_string();
        assert!(refused.contains("AUTH_KEYS") && refused.contains("https"), "{refused}");
    }

    #[test]
    fn a_file_names_any_number_of_issuers_beside_that_of_the_flags() {
        let file = |issuers: &str| {
            let flags = "auth_issuer = 'https://a.example'\nauth_audience = 'cargo'\n";
            let auth = settings(&format!("{flags}{issuers}")).auth();
            auth.map(|auth| {
                auth.issuers.iter().map(|issuer| issuer.called().to_owned()).collect::<Vec<_>>()
            })
            .map_err(|error| error.to_string())
        };
        let okta = "[[auth.issuers]]\nalias = 'okta'\nissuer = 'https://okta.example'\n\
                    audiences = ['cargo']\nproject_claim = 'project'\n";
        assert_eq!(file("").unwrap(), ["default"]);
        assert_eq!(file(okta).unwrap(), ["default", "okta"]);
        assert!(file(&okta.repeat(2)).unwrap_err().contains("`okta`"));
        let same = okta.replace("https://okta.example", "https://a.example");
        assert!(file(&same).unwrap_err().contains("`default` and for `okta`"));
        let wrong = okta.replace("project_claim", "algorithms = ['ES256']\nproject_clam");
        assert!(toml::from_str::<Settings>(&wrong).unwrap_err().to_string().contains("clam"));
        for secret in ["HS256", "none", "rs256"] {
            let shared = format!("{okta}algorithms = ['{secret}']");
            assert!(toml::from_str::<Settings>(&shared).is_err(), "{secret}");
        }
        let refused = file(&okta.replace("['cargo']", "[]")).unwrap_err();
        assert!(refused.contains("auth.issuers[0], `okta`: audiences: "), "{refused}");
    }
}
