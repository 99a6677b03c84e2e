//! Why somebody is not let in.

use super::refusal::Refusal;
use crate::audit::Text;
use crate::limits::Over;
use crate::service::ServiceError;

/// Credentials that do not prove anything.
#[derive(Debug, thiserror::Error)]
pub enum AuthnError {
    /// A scheme refuses what was shown.
    #[error("{0}")]
    Refused(Box<dyn Refusal>),
    /// It is not looked at: too much that was shown before was not good.
    #[error("{0}")]
    Limited(#[from] Over),
    /// The server cannot look.
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

    /// The reason for the record, which may tell bad keys apart.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Limited(_) | Self::Service(_) => self.code(),
        }
    }

    /// What the record says of it, in a sentence that repeats nothing of what was presented.
    pub fn sentence(&self) -> Text {
        match self {
            Self::Refused(refusal) => refusal.sentence(),
            Self::Limited(_) | Self::Service(_) => self.to_string().into(),
        }
    }

    /// Whether another token would help: docs/tokens.md says what it must contain.
    pub fn is_of_the_token(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_of_the_token())
    }

    /// Whether it is on record that somebody was not let in; not where the server could not even
    /// look.
    pub fn is_on_record(&self) -> bool {
        !matches!(self, Self::Service(_))
    }

    /// Whether what was shown is not what it claims to be. What was good once is no guess.
    pub fn is_guess(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_guess())
    }
}

impl<R: Refusal> From<R> for AuthnError {
    fn from(refusal: R) -> Self {
        Self::Refused(Box::new(refusal))
    }
}
