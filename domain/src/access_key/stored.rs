//! An access key as it is kept, without its secret.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
pub use sail_cargo_protocol::{AccessKeyKind, AccessKeyStatus};

use super::holder::AccessKeyHolder;
use super::id::AccessKeyId;
use super::limits::KeyLimits;
use crate::names::{ProjectId, SubjectId};
use crate::user::User;

/// Whose an access key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessKeyOwner {
    /// The application's.
    Root,
    /// A user's.
    User(SubjectId),
}

impl AccessKeyOwner {
    /// The user; none where it is the application.
    pub const fn user(&self) -> Option<&SubjectId> {
        match self {
            Self::Root => None,
            Self::User(id) => Some(id),
        }
    }

    /// Of a row or a record that names a user, or none.
    pub fn of(user: Option<SubjectId>) -> Self {
        user.map_or(Self::Root, Self::User)
    }
}

/// A stored access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAccessKey {
    /// Its id.
    pub id: AccessKeyId,
    /// How it is proved.
    pub kind: AccessKeyKind,
    /// Whose it is.
    pub owner: AccessKeyOwner,
    /// What it is for.
    pub name: String,
    /// Whether it is in use.
    pub status: AccessKeyStatus,
    /// Who disabled it, as audit events name them; `None` while it is in use. A user puts in use again only
    /// what they disabled themselves.
    pub disabled_by: Option<String>,
    /// What it is good for at most.
    pub limits: KeyLimits,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it stops.
    pub expires_at: DateTime<Utc>,
    /// The id of the key it was first rotated from; its own otherwise.
    pub family: String,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From which address.
    pub last_used_ip: Option<IpAddr>,
    /// By which client, as it calls itself.
    pub last_used_agent: Option<String>,
}

impl StoredAccessKey {
    /// Whether it has not ended at `now`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        now < self.expires_at
    }

    /// Who asks by it, in `project`.
    pub fn holder(&self, project: &ProjectId) -> AccessKeyHolder {
        let user = self.owner.user().map(|id| User {
            project: project.clone(),
            id: id.clone(),
            groups: std::collections::BTreeSet::new(),
            service_account: false,
            expires_at: self.expires_at,
            signed_in_at: None,
            epoch: None,
            via: None,
        });
        AccessKeyHolder {
            project: project.clone(),
            id: self.id.clone(),
            kind: self.kind,
            user,
            limits: Arc::new(self.limits.clone()),
            expires_at: self.expires_at,
        }
    }
}
