//! Why a session lets nobody in.

use super::id::SessionId;
use crate::names::ProjectId;

/// A session that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSession {
    /// The id that was presented.
    pub id: SessionId,
    /// What is wrong with it.
    pub flaw: SessionFlaw,
    /// The project it belongs to; `None` if its token does not open.
    pub project: Option<ProjectId>,
}

/// What is wrong with a session. [`SessionFlaw::code`] is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionFlaw {
    /// The token does not open, or belongs to another access key id.
    #[error("the session token is malformed, or belongs to another access key")]
    Invalid,
    /// It has expired.
    #[error("the session has expired")]
    Expired,
    /// The sessions of its user were ended.
    #[error("the sessions of the user were ended")]
    Ended,
    /// The key that opened it is revoked, disabled or expired, or may not sign any more.
    #[error("the key that opened the session is not in use any more")]
    ParentGone,
    /// The issuer of its user is not believed any more, or the user's name is another issuer's now.
    #[error("the issuer of the session's user is not accepted any more")]
    IssuerGone,
    /// Its project is suspended.
    #[error("the project is not active")]
    ProjectInactive,
}

impl SessionFlaw {
    /// Whether the token is none of Cargo's for this id: a guess, or a mistake. What is over was good once.
    pub const fn is_invalid(self) -> bool {
        matches!(self, Self::Invalid)
    }

    /// The stable name, for the record.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "session_invalid",
            Self::Expired => "session_expired",
            Self::Ended => "session_ended",
            Self::ParentGone => "session_key_gone",
            Self::IssuerGone => "session_issuer_gone",
            Self::ProjectInactive => "project_inactive",
        }
    }
}
