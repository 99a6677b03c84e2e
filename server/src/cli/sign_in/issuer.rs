//! Another auth service, as its clients without a secret use it: metadata (OpenID Connect Discovery 1.0), the
//! device authorization grant (RFC 8628), refresh (RFC 6749, section 6) and revocation (RFC 7009).

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, Url};
use sail_cargo_protocol::SecretText;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::device::{DeviceEnd, DevicePolling, PollAnswer, Step};
use crate::clock::Clock;
use crate::outbound;

/// Timeout of one request.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;
/// The interval where the auth service names none, in seconds (RFC 8628, section 3.2).
const INTERVAL: u64 = 5;

/// An auth service whose metadata was read.
#[derive(Debug)]
pub(in crate::cli) struct Issuer {
    http: Client,
    metadata: Metadata,
}

/// Why an auth service gives no tokens.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum IssuerError {
    /// A password or a token would travel in the clear.
    #[error("{0} is not an https:// address: nothing is sent to it")]
    Insecure(String),
    /// No answer, or only a part of it.
    #[error("the auth service {server} does not answer")]
    Silent { server: String, source: reqwest::Error },
    /// An answer that is none of this protocol.
    #[error("{0} answers with nothing that an auth service says ({1})")]
    Unreadable(String, StatusCode),
    /// The metadata is another issuer's (OpenID Connect Discovery 1.0, section 4.3).
    #[error("the auth service {named} says that it is {says}")]
    Other { named: String, says: String },
    /// There is no device authorization endpoint.
    #[error("the auth service {0} has no sign-in for devices: paste a token with --token-stdin")]
    NoDevices(String),
    /// An error of RFC 6749, section 5.2.
    #[error("the auth service refuses: {0}")]
    Refused(String),
    /// The waiting for the user has ended.
    #[error(transparent)]
    Ended(#[from] DeviceEnd),
}

/// Provider metadata, as far as it is used.
#[derive(Debug, Deserialize)]
struct Metadata {
    issuer: String,
    token_endpoint: String,
    device_authorization_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    #[serde(default)]
    scopes_supported: Vec<String>,
}

/// The code that the user confirms (RFC 8628, section 3.2).
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct DeviceCode {
    #[serde(rename = "device_code")]
    secret: SecretText,
    pub(in crate::cli) user_code: String,
    /// Google calls it `verification_url`.
    #[serde(alias = "verification_url")]
    pub(in crate::cli) verification_uri: String,
    pub(in crate::cli) verification_uri_complete: Option<String>,
    expires_in: u64,
    #[serde(default = "default_interval")]
    interval: u64,
}

const fn default_interval() -> u64 {
    INTERVAL
}

/// What the token endpoint gives (RFC 6749, section 5.1; OpenID Connect Core 1.0, section 3.1.3.3).
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct IssuedTokens {
    pub(in crate::cli) access_token: SecretText,
    pub(in crate::cli) id_token: Option<SecretText>,
    pub(in crate::cli) refresh_token: Option<SecretText>,
    pub(in crate::cli) expires_in: Option<u64>,
}

/// An error answer (RFC 6749, section 5.2).
#[derive(Debug, Deserialize)]
struct OAuthError {
    error: String,
    error_description: Option<String>,
}

/// A whole answer.
struct Answer {
    server: String,
    status: StatusCode,
    body: Vec<u8>,
}

impl Issuer {
    /// Reads the metadata of the auth service.
    ///
    /// # Errors
    /// [`IssuerError`] if it cannot be had, or is another issuer's.
    pub(in crate::cli) async fn discover(issuer: &str) -> Result<Self, IssuerError> {
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let (url, is_here) = safe(&url)?;
        let http = outbound::client_of_a_person(is_here).timeout(TIMEOUT);
        let silent = |source| IssuerError::Silent { server: issuer.to_owned(), source };
        let http = http.build().map_err(silent)?;
        let metadata: Metadata = answer(issuer, http.get(url)).await?.success()?;
        if metadata.issuer != issuer {
            let says = metadata.issuer;
            return Err(IssuerError::Other { named: issuer.to_owned(), says });
        }
        Ok(Self { http, metadata })
    }

    /// Asks for a code for the user. `audience` is who the tokens are for, where the auth service asks for it.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub(in crate::cli) async fn device_code(
        &self,
        client_id: &str,
        audience: Option<&str>,
    ) -> Result<DeviceCode, IssuerError> {
        let endpoint = self.metadata.device_authorization_endpoint.as_deref();
        let endpoint =
            endpoint.ok_or_else(|| IssuerError::NoDevices(self.metadata.issuer.clone()))?;
        let mut form = vec![("client_id", client_id), ("scope", self.scope())];
        form.extend(audience.map(|audience| ("audience", audience)));
        self.post(endpoint, &form).await?.success()
    }

    /// Waits until the user has confirmed the code.
    ///
    /// # Errors
    /// [`IssuerError::Ended`], or the first [`IssuerError`] that waiting does not change.
    pub(in crate::cli) async fn tokens_for(
        &self,
        client_id: &str,
        code: &DeviceCode,
        clock: &Clock,
    ) -> Result<IssuedTokens, IssuerError> {
        let (interval, life) =
            (Duration::from_secs(code.interval), Duration::from_secs(code.expires_in));
        let mut polling = DevicePolling::new(interval, life);
        let begun = clock.ticks();
        let mut wait = polling.first();
        loop {
            clock.pause(wait).await;
            let answer = self.poll(client_id, code).await?;
            match polling.after(answer, clock.ticks().saturating_sub(begun)) {
                Step::Wait(longer) => wait = longer,
                Step::Done(tokens) => return Ok(tokens),
                Step::Over(end) => return Err(end.into()),
            }
        }
    }

    async fn poll(
        &self,
        client_id: &str,
        code: &DeviceCode,
    ) -> Result<PollAnswer<IssuedTokens>, IssuerError> {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", code.secret.expose()),
            ("client_id", client_id),
        ];
        match self.post(&self.metadata.token_endpoint, &form).await {
            Ok(answer) => answer.polled(),
            Err(IssuerError::Silent { .. }) => Ok(PollAnswer::Silence),
            Err(error) => Err(error),
        }
    }

    /// Exchanges a refresh token for the next tokens.
    ///
    /// # Errors
    /// [`IssuerError::Refused`] if it is not good any more.
    pub(in crate::cli) async fn refresh(
        &self,
        client_id: &str,
        refresh_token: &SecretText,
    ) -> Result<IssuedTokens, IssuerError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose()),
            ("client_id", client_id),
        ];
        self.post(&self.metadata.token_endpoint, &form).await?.success()
    }

    /// Ends a refresh token. Nothing is done where the auth service has no endpoint for it.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub(in crate::cli) async fn revoke(
        &self,
        client_id: &str,
        refresh_token: &SecretText,
    ) -> Result<(), IssuerError> {
        let Some(endpoint) = &self.metadata.revocation_endpoint else { return Ok(()) };
        let form = [
            ("token", refresh_token.expose()),
            ("token_type_hint", "refresh_token"),
            ("client_id", client_id),
        ];
        let answer = self.post(endpoint, &form).await?;
        if answer.status.is_success() { Ok(()) } else { Err(answer.error()) }
    }

    /// `offline_access` brings a refresh token where it is known (OpenID Connect Core 1.0, section 11). Some
    /// refuse scopes that they do not know.
    fn scope(&self) -> &'static str {
        let known = &self.metadata.scopes_supported;
        if known.iter().any(|scope| scope == "offline_access") {
            "openid offline_access"
        } else {
            "openid"
        }
    }

    async fn post(&self, url: &str, form: &[(&str, &str)]) -> Result<Answer, IssuerError> {
        let (url, _) = safe(url)?;
        let form = serde_urlencoded::to_string(form).unwrap_or_default();
        let request = self
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(form);
        answer(&self.metadata.issuer, request).await
    }
}

async fn answer(server: &str, request: RequestBuilder) -> Result<Answer, IssuerError> {
    let silent = |source: reqwest::Error| IssuerError::Silent {
        server: server.to_owned(),
        source: source.without_url(),
    };
    let mut response = request.send().await.map_err(silent)?;
    let (status, mut body) = (response.status(), Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(silent)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return Err(IssuerError::Unreadable(server.to_owned(), status));
        }
    }
    Ok(Answer { server: server.to_owned(), status, body })
}

impl Answer {
    fn success<T: DeserializeOwned>(&self) -> Result<T, IssuerError> {
        if !self.status.is_success() {
            return Err(self.error());
        }
        serde_json::from_slice(&self.body).map_err(|_| self.unreadable())
    }

    fn error(&self) -> IssuerError {
        match serde_json::from_slice::<OAuthError>(&self.body) {
            // What is in trouble now says nothing of the token.
            Ok(said) if self.status.is_client_error() => IssuerError::Refused(said.words()),
            _ => self.unreadable(),
        }
    }

    fn polled(&self) -> Result<PollAnswer<IssuedTokens>, IssuerError> {
        if self.status.is_success() {
            return self.success().map(PollAnswer::Tokens);
        }
        if self.status.is_server_error() {
            return Ok(PollAnswer::Silence);
        }
        match serde_json::from_slice::<OAuthError>(&self.body) {
            Ok(said) => Ok(PollAnswer::of_error(&said.error, said.error_description.as_deref())),
            Err(_) if self.status == StatusCode::TOO_MANY_REQUESTS => Ok(PollAnswer::SlowDown),
            Err(_) => Err(self.unreadable()),
        }
    }

    fn unreadable(&self) -> IssuerError {
        IssuerError::Unreadable(self.server.clone(), self.status)
    }
}

impl OAuthError {
    fn words(self) -> String {
        match self.error_description {
            Some(description) => format!("{}: {description}", self.error),
            None => self.error,
        }
    }
}

/// Whether nobody on the way to a Cargo server can read what is sent to it.
pub(in crate::cli) fn is_private(server: &str) -> bool {
    server.starts_with("unix:") || safe(server).is_ok()
}

/// The URL if secrets may be sent to it, and whether it is on this machine.
fn safe(url: &str) -> Result<(Url, bool), IssuerError> {
    let insecure = || IssuerError::Insecure(url.to_owned());
    let parsed = Url::parse(url).map_err(|_| insecure())?;
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match parsed.scheme() {
        "https" => Ok((parsed, is_here)),
        "http" if is_here => Ok((parsed, true)),
        _ => Err(insecure()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { server: "https://a".to_owned(), status, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn nothing_secret_travels_in_the_clear() {
        for (url, is_safe) in [
            ("https://auth.example/token", true),
            ("http://127.0.0.1:1/token", true),
            ("http://[::1]/token", true),
            ("http://localhost/token", true),
            ("http://auth.example/token", false),
            ("http://localhost.example/token", false),
            ("file:///etc/passwd", false),
            ("token", false),
        ] {
            assert_eq!(safe(url).is_ok(), is_safe, "{url}");
        }
    }

    #[test]
    fn an_answer_is_waited_for_only_where_waiting_helps() {
        for (status, body, expected) in [
            (400, r#"{"error":"authorization_pending"}"#, Some(PollAnswer::Pending)),
            (400, r#"{"error":"slow_down"}"#, Some(PollAnswer::SlowDown)),
            // Google: 428 and 403.
            (428, r#"{"error":"authorization_pending"}"#, Some(PollAnswer::Pending)),
            (403, r#"{"error":"access_denied"}"#, Some(PollAnswer::Over(DeviceEnd::Denied))),
            (429, "later", Some(PollAnswer::SlowDown)),
            (503, r#"{"error":"invalid_grant"}"#, Some(PollAnswer::Silence)),
            (404, "<html>", None),
            (200, "<html>", None),
        ] {
            let said = answer(status, body).polled().ok().map(|answer| match answer {
                PollAnswer::Tokens(_) => PollAnswer::Tokens(()),
                PollAnswer::Pending => PollAnswer::Pending,
                PollAnswer::SlowDown => PollAnswer::SlowDown,
                PollAnswer::Silence => PollAnswer::Silence,
                PollAnswer::Over(end) => PollAnswer::Over(end),
            });
            assert_eq!(said, expected, "{status} {body}");
        }
        let tokens = answer(200, r#"{"access_token":"a","token_type":"Bearer"}"#).polled();
        assert!(matches!(tokens, Ok(PollAnswer::Tokens(_))), "{tokens:?}");
    }

    #[test]
    fn trouble_is_no_refusal() {
        let refused = answer(400, r#"{"error":"invalid_grant"}"#).error();
        assert!(matches!(refused, IssuerError::Refused(_)), "{refused}");
        for (status, body) in [(500, r#"{"error":"invalid_grant"}"#), (400, "<html>")] {
            let error = answer(status, body).error();
            assert!(matches!(error, IssuerError::Unreadable(..)), "{error}");
        }
    }
}
