//! Why an API key does not authenticate. The reason is for the audit trail only: the caller gets
//! the same response for every such key.

use super::caller::KeyHolder;
use super::names::{KeyId, ProjectId};

/// An API key that does not authenticate, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadKey {
    /// The public part of the key.
    pub id: KeyId,
    /// The project that the key belongs to, if the key exists.
    pub project: Option<ProjectId>,
    /// The reason.
    pub flaw: KeyFlaw,
}

/// Why an API key does not authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFlaw {
    /// No key has this id.
    Unknown,
    /// A key has this id, but another secret.
    WrongSecret,
    /// The key was revoked.
    Revoked,
    /// The key has expired.
    Expired,
    /// The key is not valid yet.
    NotYet,
    /// The key was valid when the request began, and has been revoked, expired or narrowed since.
    Withdrawn,
}

impl BadKey {
    /// A key whose id is unknown.
    pub fn unknown(id: KeyId) -> Self {
        Self { id, project: None, flaw: KeyFlaw::Unknown }
    }

    /// The key of `holder`, which has this flaw.
    pub fn of(holder: &KeyHolder, flaw: KeyFlaw) -> Self {
        Self { id: holder.id.clone(), project: Some(holder.project.clone()), flaw }
    }
}

impl KeyFlaw {
    /// The stable name of the flaw, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "key_unknown",
            Self::WrongSecret => "key_secret_wrong",
            Self::Revoked => "key_revoked",
            Self::Expired => "key_expired",
            Self::NotYet => "key_not_yet_valid",
            Self::Withdrawn => "key_withdrawn",
        }
    }

    /// The flaw as a sentence, for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "there is no such API key",
            Self::WrongSecret => "the secret of the API key is wrong",
            Self::Revoked => "the API key is revoked",
            Self::Expired => "the API key has expired",
            Self::NotYet => "the API key is not valid yet",
            Self::Withdrawn => "the API key was withdrawn while it was in use",
        }
    }
}
