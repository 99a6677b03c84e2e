//! Why somebody is not let in.

use crate::audit::Text;
use crate::domain::InvalidName;
use crate::domain::{BadKey, KeyFlaw};
use crate::limits::Over;
use crate::service::ServiceError;

/// All that is said to whoever presents a key that is not good.
const NO_KEY: &str = "the API key is unknown, expired or revoked";

/// Credentials that do not prove anything. [`AuthnError::code`] is stable; no sentence repeats
/// what was presented.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence is its documentation")]
pub enum AuthnError {
    #[error("send a token as `Authorization: Bearer …`, or an API key as `X-Api-Key`")]
    Missing,
    #[error("`Authorization` must read `Bearer …`, once, and `X-Api-Key` may come once")]
    Syntax,
    #[error("`X-Api-Key` is empty: send a key, or leave the header out")]
    EmptyKey,
    #[error("{NO_KEY}")]
    ApiKey(BadKey),
    #[error("{NO_KEY}")]
    NoApiKey,
    #[error("{NO_KEY}")]
    NoOperatorKey,
    #[error("an operator key cannot act for a user: send it without a token")]
    OperatorWithToken,
    #[error("this server is not configured to accept user tokens")]
    TokensNotAccepted,
    #[error("the token is longer than {0} bytes: have the auth service say less in it")]
    TokenTooLong(usize),
    #[error("the token is not a JWT in compact form")]
    TokenMalformed,
    #[error("tokens must be signed with RS256")]
    Algorithm,
    #[error("no key of the auth service fits the token")]
    UnknownKey,
    #[error("the auth service has taken the token's key back: get a new token")]
    RetiredKey,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token is expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    #[error("the token lives longer than this server accepts")]
    LivesTooLong,
    #[error("the token's issuer is not the configured one")]
    Issuer,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token's claim `{0}` is missing or has the wrong type")]
    Claim(String),
    #[error("the token's user id cannot be used: {0}")]
    UserId(InvalidName),
    #[error("the token names its user in two claims that differ")]
    AmbiguousUser,
    #[error("no project is named: by the token, the API key or `X-Project`")]
    ProjectRequired,
    #[error("the token, the API key and `X-Project` do not name the same project")]
    ProjectMismatch,
    #[error("the project is not known")]
    UnknownProject,
    #[error(
        "whether the auth service has the token's key cannot be told now: it is away, or was asked a \
         moment ago"
    )]
    KeysUnavailable,
    #[error("{0}")]
    Limited(#[from] Over),
    #[error("{0}")]
    Service(#[from] ServiceError),
}

impl AuthnError {
    /// The stable name of the reason, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing_credentials",
            Self::Syntax | Self::EmptyKey => "malformed_credentials",
            Self::ApiKey(_) | Self::NoApiKey | Self::NoOperatorKey => "invalid_api_key",
            Self::OperatorWithToken => "operator_with_token",
            Self::TokensNotAccepted => "tokens_not_accepted",
            Self::TokenTooLong(_) => "token_too_long",
            Self::TokenMalformed => "malformed_token",
            Self::Algorithm => "wrong_algorithm",
            Self::UnknownKey | Self::RetiredKey => "unknown_key",
            Self::Signature => "bad_signature",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::LivesTooLong => "token_lives_too_long",
            Self::Issuer => "wrong_issuer",
            Self::Audience => "wrong_audience",
            Self::Claim(_) | Self::UserId(_) => "invalid_claim",
            Self::AmbiguousUser => "ambiguous_user",
            Self::ProjectRequired => "project_required",
            Self::ProjectMismatch => "project_mismatch",
            Self::UnknownProject => "unknown_project",
            Self::KeysUnavailable => "keys_unavailable",
            Self::Limited(_) => "rate_limited",
            Self::Service(_) => "unavailable",
        }
    }

    /// The same for the record, which may tell bad keys apart.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::ApiKey(bad) => bad.flaw.code(),
            Self::NoApiKey => "key_malformed",
            Self::NoOperatorKey => "operator_key_unknown",
            other => other.code(),
        }
    }

    /// What the record says of it, in a sentence that repeats nothing of what was presented.
    pub fn sentence(&self) -> Text {
        match self {
            Self::ApiKey(bad) => bad.flaw.sentence().into(),
            Self::NoApiKey => "this is no API key".into(),
            Self::NoOperatorKey => "there is no such operator key".into(),
            other => other.to_string().into(),
        }
    }

    /// Whether another token would help: docs/tokens.md says what it must contain.
    pub const fn is_of_the_token(&self) -> bool {
        match self {
            Self::TokenTooLong(_)
            | Self::TokenMalformed
            | Self::Algorithm
            | Self::UnknownKey
            | Self::RetiredKey
            | Self::Signature
            | Self::Expired
            | Self::NotYetValid
            | Self::LivesTooLong
            | Self::Issuer
            | Self::Audience
            | Self::Claim(_)
            | Self::UserId(_)
            | Self::AmbiguousUser
            | Self::ProjectRequired
            | Self::ProjectMismatch
            | Self::UnknownProject => true,
            Self::Missing
            | Self::EmptyKey
            | Self::Syntax
            | Self::ApiKey(_)
            | Self::NoApiKey
            | Self::NoOperatorKey
            | Self::OperatorWithToken
            | Self::TokensNotAccepted
            | Self::KeysUnavailable
            | Self::Limited(_)
            | Self::Service(_) => false,
        }
    }

    /// Whether it is on record that somebody was not let in; not where the server could not even
    /// look.
    pub const fn is_on_record(&self) -> bool {
        !matches!(self, Self::Service(_))
    }

    /// Whether what was shown is not what it claims to be. What was good once is no guess.
    pub const fn is_guess(&self) -> bool {
        match self {
            Self::ApiKey(bad) => matches!(bad.flaw, KeyFlaw::Unknown | KeyFlaw::WrongSecret),
            Self::NoApiKey
            | Self::NoOperatorKey
            | Self::TokenMalformed
            | Self::Algorithm
            | Self::UnknownKey
            | Self::Signature => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_good_once_is_no_guess() {
        assert!(AuthnError::UnknownKey.is_guess());
        for error in [AuthnError::RetiredKey, AuthnError::Expired, AuthnError::KeysUnavailable] {
            assert!(!error.is_guess(), "{error}");
        }
    }
}
