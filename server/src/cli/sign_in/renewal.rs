//! The next tokens of a sign-in.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_client::Client;
use sail_cargo_protocol::{Refresh, SecretText, SignedIn};

use super::issuer::{IssuedTokens, Issuer, IssuerError};
use super::kept::{Renewal, SentToken, SignIn};

/// Timeout of one request for new tokens.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why there are no next tokens.
#[derive(Debug, thiserror::Error)]
pub(super) enum RenewalError {
    /// The sign-in has ended at the auth service.
    #[error("the sign-in has ended")]
    Ended,
    /// Cargo gave no answer to rely on.
    #[error("the sign-in cannot be renewed")]
    Cargo(#[source] sail_cargo_client::Error),
    /// Another auth service gave no answer to rely on.
    #[error("the sign-in cannot be renewed")]
    Issuer(#[source] IssuerError),
}

/// The sign-in that an answer of Cargo's own auth service stands for. `now` is when it was asked for.
pub(in crate::cli) fn of_cargo(
    answer: SignedIn,
    project: Option<String>,
    now: DateTime<Utc>,
) -> SignIn {
    let expires_at = after(now, answer.refresh_expires_in);
    SignIn {
        user: answer.user.username,
        project,
        access_token: answer.access_token,
        expires_at: Some(after(now, answer.expires_in)),
        renewal: Some(Renewal::Cargo { refresh_token: answer.refresh_token, expires_at }),
    }
}

/// The next tokens of `sign_in` at the Cargo server `server`.
pub(super) async fn renewed(
    server: &str,
    sign_in: &SignIn,
    now: DateTime<Utc>,
) -> Result<SignIn, RenewalError> {
    match &sign_in.renewal {
        None => Err(RenewalError::Ended),
        Some(Renewal::Cargo { refresh_token, .. }) => {
            let refresh = Refresh { refresh_token: refresh_token.clone() };
            let answer = match Client::builder(server).timeout(TIMEOUT).build() {
                Ok(client) => client.refresh_sign_in(&refresh).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) => Ok(of_cargo(answer, sign_in.project.clone(), now)),
                Err(error) if error.is_unauthenticated() => Err(RenewalError::Ended),
                Err(error) => Err(RenewalError::Cargo(error)),
            }
        }
        Some(Renewal::Issuer { issuer, client_id, refresh_token, sends }) => {
            let answer = match Issuer::discover(issuer).await {
                Ok(issuer) => issuer.refresh(client_id, refresh_token).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(tokens) => of_issuer(sign_in, tokens, *sends, now),
                Err(IssuerError::Refused(_)) => Err(RenewalError::Ended),
                Err(error) => Err(RenewalError::Issuer(error)),
            }
        }
    }
}

/// The sign-in with the tokens of another auth service. It may give no new refresh token: then the old one goes
/// on (RFC 6749, section 6).
fn of_issuer(
    sign_in: &SignIn,
    tokens: IssuedTokens,
    sends: SentToken,
    now: DateTime<Utc>,
) -> Result<SignIn, RenewalError> {
    let mut next = sign_in.clone();
    if let (Some(Renewal::Issuer { refresh_token, .. }), Some(new)) =
        (&mut next.renewal, tokens.refresh_token)
    {
        *refresh_token = new;
    }
    let access_ends = tokens.expires_in.map(|seconds| after(now, seconds));
    (next.access_token, next.expires_at) = match (sends, tokens.id_token) {
        (SentToken::Access, _) => {
            let end = expiry(&tokens.access_token).or(access_ends);
            (tokens.access_token, end)
        }
        (SentToken::Id, Some(token)) => {
            let end = expiry(&token);
            (token, end)
        }
        // OpenID Connect Core 1.0, section 12.2: an ID token is not promised here.
        (SentToken::Id, None) => return Err(RenewalError::Ended),
    };
    Ok(next)
}

/// When a JWT ends: its claim `exp` (RFC 7519, section 4.1.4), which only Cargo verifies. None for a token that
/// says nothing.
pub(in crate::cli) fn expiry(token: &SecretText) -> Option<DateTime<Utc>> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: f64,
    }
    let claims = token.expose().split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let end = serde_json::from_slice::<Claims>(&claims).ok()?.exp;
    #[expect(clippy::cast_possible_truncation, reason = "it saturates, and a fraction is nothing")]
    DateTime::from_timestamp(end as i64, 0)
}

fn after(now: DateTime<Utc>, seconds: u64) -> DateTime<Utc> {
    let seconds = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
    seconds.and_then(|seconds| now.checked_add_signed(seconds)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> SecretText {
        SecretText::new(format!("e30.{}.s", URL_SAFE_NO_PAD.encode(claims)))
    }

    fn now() -> DateTime<Utc> {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    #[test]
    fn a_token_says_when_it_ends() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        for (token, expected) in [
            (jwt(r#"{"exp":1767323045}"#), at(1_767_323_045)),
            (jwt(r#"{"exp":1767323045.9}"#), at(1_767_323_045)),
            (jwt(r#"{"exp":1e300}"#), None),
            (jwt("{}"), None),
            (jwt("no claims"), None),
            (SecretText::new("opaque".to_owned()), None),
            (SecretText::new("a.ü.c".to_owned()), None),
        ] {
            assert_eq!(expiry(&token), expected);
        }
    }

    #[test]
    fn a_refresh_token_goes_on_until_there_is_another() {
        let secret = |text: &str| SecretText::new(text.to_owned());
        let old = SignIn {
            user: "ada".to_owned(),
            project: Some("sail".to_owned()),
            access_token: secret("old"),
            expires_at: None,
            renewal: Some(Renewal::Issuer {
                issuer: "https://a".to_owned(),
                client_id: "c".to_owned(),
                refresh_token: secret("first"),
                sends: SentToken::Access,
            }),
        };
        let id = jwt(r#"{"exp":1767323045}"#);
        let tokens = |refresh: Option<&str>, id: Option<&SecretText>| IssuedTokens {
            access_token: secret("next"),
            id_token: id.cloned(),
            refresh_token: refresh.map(secret),
            expires_in: Some(60),
        };
        let kept = |next: &SignIn| match &next.renewal {
            Some(Renewal::Issuer { refresh_token, .. }) => refresh_token.expose().to_owned(),
            other => panic!("{other:?}"),
        };
        let next = of_issuer(&old, tokens(None, Some(&id)), SentToken::Access, now()).unwrap();
        assert_eq!((kept(&next).as_str(), next.access_token.expose()), ("first", "next"));
        assert_eq!(next.expires_at, Some(now() + TimeDelta::seconds(60)));
        let next =
            of_issuer(&old, tokens(Some("second"), Some(&id)), SentToken::Id, now()).unwrap();
        assert_eq!((kept(&next).as_str(), &next.access_token), ("second", &id));
        assert_eq!(next.expires_at, expiry(&id));
        assert_eq!(next.project, old.project);
        of_issuer(&old, tokens(None, None), SentToken::Id, now()).unwrap_err();
    }
}
