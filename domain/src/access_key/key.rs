//! An access key as those who let somebody in need it: who holds it, and how it is proved.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::holder::AccessKeyHolder;
use super::id::AccessKeyId;
use super::personal::{PersonalKey, PersonalKeyHash};
use super::secret::SecretAccessKey;
use super::stored::AccessKeyStatus;
use crate::names::ProjectId;

/// An access key, with what it is proved by.
#[derive(Debug)]
pub struct AccessKey {
    /// Who asks by it.
    pub holder: AccessKeyHolder,
    /// What it is proved by.
    pub proof: KeyProof,
}

/// What an access key is proved by. Neither kind takes the other's proof.
#[derive(Debug)]
pub enum KeyProof {
    /// A signature with this secret.
    Signature(SecretAccessKey),
    /// The personal API key that has this hash.
    Shown(PersonalKeyHash),
}

impl AccessKey {
    /// What its requests are signed with; `None` for a personal API key, which signs nothing.
    pub const fn secret(&self) -> Option<&SecretAccessKey> {
        match &self.proof {
            KeyProof::Signature(secret) => Some(secret),
            KeyProof::Shown(_) => None,
        }
    }

    /// Whether it is the personal API key that is presented.
    pub fn is(&self, presented: &PersonalKey) -> bool {
        match &self.proof {
            KeyProof::Signature(_) => false,
            KeyProof::Shown(hash) => self.holder.id == *presented.id() && hash.is(presented.hash()),
        }
    }
}

/// What came of looking for an access key.
pub type AccessKeyLookup = Result<Arc<AccessKey>, BadAccessKey>;

/// An access key that nobody is let in by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadAccessKey {
    /// The id that was shown.
    pub id: AccessKeyId,
    /// What is wrong with it.
    pub flaw: AccessKeyFlaw,
    /// The project it belongs to; none where there is no such key.
    pub project: Option<ProjectId>,
}

/// What is wrong with an access key. [`AccessKeyFlaw::code`] is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessKeyFlaw {
    /// There is none: it never was, or it was revoked.
    #[error("there is no such access key, or it was revoked")]
    Unknown,
    /// It is put out of use.
    #[error("the access key is disabled")]
    Disabled,
    /// It has ended.
    #[error("the access key has ended")]
    Expired,
    /// The account of its user is not active.
    #[error("the account of the access key is not active")]
    AccountInactive,
    /// Its project is suspended.
    #[error("the project is not active")]
    ProjectInactive,
}

impl AccessKeyFlaw {
    /// The stable name, for the record.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "access_key_unknown",
            Self::Disabled => "access_key_disabled",
            Self::Expired => "access_key_expired",
            Self::AccountInactive => "account_inactive",
            Self::ProjectInactive => "project_inactive",
        }
    }
}

impl BadAccessKey {
    /// There is no key of this id.
    pub const fn unknown(id: AccessKeyId) -> Self {
        Self { id, flaw: AccessKeyFlaw::Unknown, project: None }
    }

    /// The account of the key's user is not active.
    pub fn of(holder: &AccessKeyHolder) -> Self {
        let (id, project) = (holder.id.clone(), Some(holder.project.clone()));
        Self { id, flaw: AccessKeyFlaw::AccountInactive, project }
    }
}

/// What an access key is opened by: the key, and whether it is in use.
#[derive(Debug, Clone)]
pub struct AccessKeyLock {
    key: Arc<AccessKey>,
    status: AccessKeyStatus,
}

impl AccessKeyLock {
    /// The lock of a key that is in use or not.
    pub const fn new(key: Arc<AccessKey>, status: AccessKeyStatus) -> Self {
        Self { key, status }
    }

    /// Its id.
    pub fn id(&self) -> &AccessKeyId {
        &self.key.holder.id
    }

    /// The key, if it is good at `now` in a project that is `active` or not.
    ///
    /// # Errors
    /// [`BadAccessKey`] says what is wrong with it.
    pub fn open(&self, active: bool, now: DateTime<Utc>) -> AccessKeyLookup {
        let holder = &self.key.holder;
        let flaw = match self.status {
            _ if !active => AccessKeyFlaw::ProjectInactive,
            AccessKeyStatus::Disabled => AccessKeyFlaw::Disabled,
            AccessKeyStatus::Active if holder.expires_at <= now => AccessKeyFlaw::Expired,
            AccessKeyStatus::Active => return Ok(Arc::clone(&self.key)),
        };
        Err(BadAccessKey { id: holder.id.clone(), flaw, project: Some(holder.project.clone()) })
    }
}
