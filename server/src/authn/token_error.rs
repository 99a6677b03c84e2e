//! Why a token is refused.

use super::refusal::Refusal;
use crate::audit::Text;
use crate::domain::InvalidName;
use crate::domain::account::AccountFlaw;

/// A token that is not valid, or cannot be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence is its documentation")]
pub enum TokenError {
    #[error("this server is not configured to accept user tokens")]
    NotAccepted,
    #[error("the token is longer than {0} bytes: the auth service must put less into it")]
    TooLong(usize),
    #[error("the token is not a JWT in compact form")]
    Malformed,
    #[error("tokens must be signed with RS256")]
    Algorithm,
    #[error("no key of the auth service fits the token")]
    UnknownKey,
    #[error("the auth service has withdrawn the token's key: get a new token")]
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
    #[error("the account was signed out, or is not active any more: sign in again")]
    Ended(AccountFlaw),
    #[error("the token of another auth service names an account of this server")]
    ForeignAccount,
    #[error(
        "the token's key is unknown, and the auth service cannot be asked for it now: it does not \
         answer, or was asked a moment ago"
    )]
    KeysUnavailable,
}

impl Refusal for TokenError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAccepted => "tokens_not_accepted",
            Self::TooLong(_) => "token_too_long",
            Self::Malformed => "malformed_token",
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
            Self::Ended(_) => "token_ended",
            Self::ForeignAccount => "foreign_account",
            Self::KeysUnavailable => "keys_unavailable",
        }
    }

    fn sentence(&self) -> Text {
        match self {
            Self::Ended(flaw) => flaw.to_string().into(),
            other => other.to_string().into(),
        }
    }

    fn is_guess(&self) -> bool {
        matches!(self, Self::Malformed | Self::Algorithm | Self::UnknownKey | Self::Signature)
    }

    fn is_of_the_token(&self) -> bool {
        !matches!(self, Self::NotAccepted | Self::KeysUnavailable | Self::Ended(_))
    }

    fn try_again(&self) -> Option<&'static str> {
        (*self == Self::KeysUnavailable).then_some(
            "the token cannot be verified now: the auth service does not answer, or was asked for \
             its keys a moment ago. Try again later",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_good_once_is_no_guess() {
        assert!(TokenError::UnknownKey.is_guess());
        for error in [TokenError::RetiredKey, TokenError::Expired, TokenError::KeysUnavailable] {
            assert!(!error.is_guess(), "{error}");
        }
    }
}
