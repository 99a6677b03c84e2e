//! Why a key that somebody presented lets nobody in. For the record: to whoever presents it, every
//! such key reads the same.

use super::caller::KeyHolder;
use super::names::{KeyId, ProjectId};

/// A key that is not good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadKey {
    /// The part of it that is no secret.
    pub id: KeyId,
    /// The project it was made for, if there is such a key.
    pub project: Option<ProjectId>,
    /// Why not.
    pub flaw: KeyFlaw,
}

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFlaw {
    /// No key has this id.
    Unknown,
    /// A key has this id, and another secret.
    WrongSecret,
    /// It was revoked.
    Revoked,
    /// It has ended.
    Expired,
    /// It has not begun.
    NotYet,
    /// It was good a moment ago, and was revoked, ended or made less since.
    Withdrawn,
}

impl BadKey {
    /// No key has this id.
    pub fn unknown(id: KeyId) -> Self {
        Self { id, project: None, flaw: KeyFlaw::Unknown }
    }

    /// A key of this holder's.
    pub fn of(holder: &KeyHolder, flaw: KeyFlaw) -> Self {
        Self { id: holder.id.clone(), project: Some(holder.project.clone()), flaw }
    }
}

impl KeyFlaw {
    /// The stable name, for programs.
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

    /// A sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "there is no such API key",
            Self::WrongSecret => "the API key has another secret",
            Self::Revoked => "the API key is revoked",
            Self::Expired => "the API key has expired",
            Self::NotYet => "the API key is not valid yet",
            Self::Withdrawn => "the API key was withdrawn while it was in use",
        }
    }
}
