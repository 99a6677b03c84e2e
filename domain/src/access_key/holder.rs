//! Who asks by an access key.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::id::AccessKeyId;
use super::limits::KeyLimits;
use super::stored::AccessKeyKind;
use crate::caller::Scope;
use crate::names::ProjectId;
use crate::user::User;

/// An access key that was proved, as a [`Caller`](crate::Caller).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccessKeyHolder {
    /// The project of the key.
    pub project: ProjectId,
    /// Which key.
    pub id: AccessKeyId,
    /// How it was proved.
    pub kind: AccessKeyKind,
    /// The user whose key it is; none where it is the application's. Nothing is known of the groups
    /// that a token of theirs would name.
    pub user: Option<User>,
    /// What the key is good for at most.
    pub limits: Arc<KeyLimits>,
    /// When it stops.
    pub expires_at: DateTime<Utc>,
}

/// What a personal API key may be used for, as the scopes of an API key say it: what a user does with a bucket and
/// its grants. It deals with no keys and no accounts.
const PERSONAL_SCOPES: [Scope; 4] =
    [Scope::Sign, Scope::Check, Scope::GrantsRead, Scope::GrantsWrite];

impl AccessKeyHolder {
    /// Whether the key was made for this. An access key is for requests to S3 and nothing else.
    pub fn has_scope(&self, scope: Scope) -> bool {
        scopes(self.kind).contains(&scope)
    }

    /// Whether it is a personal API key, which the API takes.
    pub fn is_personal(&self) -> bool {
        self.kind == AccessKeyKind::Token
    }
}

/// What keys of a kind may be used for. Whoever makes one for somebody needs as much.
pub(crate) const fn scopes(kind: AccessKeyKind) -> &'static [Scope] {
    match kind {
        AccessKeyKind::S3 => &[Scope::Sign],
        AccessKeyKind::Token => &PERSONAL_SCOPES,
    }
}
