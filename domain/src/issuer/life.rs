//! How long tokens live, and when their users signed in.

use chrono::TimeDelta;
use sail_cargo_protocol::IssuerSettings;

use crate::flaw::{Field, Flaw};
use crate::limits::{DEFAULT_TOKEN_LIFE, MAX_SESSION_SECONDS, MIN_SESSION_SECONDS};

/// How long the tokens of an issuer and the sessions of its users may live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLife {
    /// The longest life of a token, from `iat` (or now) to `exp`.
    pub token: TimeDelta,
    /// The longest life of a session, in seconds; `None` where only the project limits it.
    pub session: Option<u32>,
    /// What says when the user signed in.
    pub signed_in: SignInTime,
}

/// What says when a user signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInTime {
    /// `auth_time` (OpenID Connect Core §2).
    AuthTime,
    /// `auth_time`, or else `iat`.
    IssuedAt,
}

impl TokenLife {
    pub(super) fn of(settings: &IssuerSettings) -> Result<Self, Flaw> {
        let sessions = MIN_SESSION_SECONDS..=MAX_SESSION_SECONDS;
        if settings.max_session_seconds.is_some_and(|seconds| !sessions.contains(&seconds)) {
            return Err(Flaw::new(Field::Issuer("max_session_seconds"), "900 to 43,200 seconds"));
        }
        if settings.max_token_seconds == Some(0) {
            return Err(Flaw::new(Field::Issuer("max_token_seconds"), "at least one second"));
        }
        let seconds = settings.max_token_seconds.map(|seconds| TimeDelta::seconds(seconds.into()));
        Ok(Self {
            token: seconds.unwrap_or(DEFAULT_TOKEN_LIFE),
            session: settings.max_session_seconds,
            signed_in: if settings.issued_at_is_sign_in {
                SignInTime::IssuedAt
            } else {
                SignInTime::AuthTime
            },
        })
    }
}
