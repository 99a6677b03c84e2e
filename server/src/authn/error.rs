//! Why authentication fails.

use super::refusal::Refusal;
use crate::audit::Text;
use crate::limits::Over;
use crate::service::ServiceError;

/// A failed authentication.
#[derive(Debug, thiserror::Error)]
pub enum AuthnError {
    /// A scheme refuses the credentials.
    #[error("{0}")]
    Refused(Box<dyn Refusal>),
    /// The credentials are not checked: the client sent too many bad ones before.
    #[error("{0}")]
    Limited(#[from] Over),
    /// The server cannot check the credentials, for example because the database does not answer.
    #[error("{0}")]
    Service(#[from] ServiceError),
}

impl AuthnError {
    /// The stable name of the reason, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Limited(_) => "rate_limited",
            Self::Service(_) => "unavailable",
        }
    }

    /// The reason for the audit record. It may distinguish bad keys that the caller cannot
    /// distinguish.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Limited(_) | Self::Service(_) => self.code(),
        }
    }

    /// The sentence for the audit record. It repeats nothing of the credentials.
    pub fn sentence(&self) -> Text {
        match self {
            Self::Refused(refusal) => refusal.sentence(),
            Self::Limited(_) | Self::Service(_) => self.to_string().into(),
        }
    }

    /// Whether another token would help: docs/tokens.md describes what a token must contain.
    pub fn is_of_the_token(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_of_the_token())
    }

    /// Whether this failure is recorded. It is not if the server could not check the credentials.
    pub fn is_on_record(&self) -> bool {
        !matches!(self, Self::Service(_))
    }

    /// Whether the credentials look guessed. Credentials that were valid once, such as an expired
    /// token, are not a guess.
    pub fn is_guess(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_guess())
    }
}

impl<R: Refusal> From<R> for AuthnError {
    fn from(refusal: R) -> Self {
        Self::Refused(Box::new(refusal))
    }
}
