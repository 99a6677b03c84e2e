//! The key that opened a session, as it is now.

use chrono::{DateTime, Utc};

use super::claims::SessionClaims;
use super::parent::SessionParent;
use crate::access_key::AccessKey;
use crate::caller::{KeyHolder, Scope};

/// The key of a [`SessionParent`], as it is now.
#[derive(Debug, Clone, Copy)]
pub enum ParentKey<'a> {
    /// An access key that is in use.
    AccessKey(&'a AccessKey),
    /// An API key that is not revoked.
    ApiKey(&'a KeyHolder),
}

impl ParentKey<'_> {
    /// Whether this is the key that opened the session of `claims`, and would open it at `now`.
    pub(super) fn stands_behind(&self, claims: &SessionClaims, now: DateTime<Utc>) -> bool {
        match (self, &claims.parent) {
            (Self::AccessKey(key), Some(SessionParent::AccessKey(id))) => {
                let user = key.holder.user.as_ref().map(|user| &user.id);
                key.holder.id == *id
                    && key.holder.project == claims.project
                    && user == claims.user.as_ref().map(|user| &user.id)
            }
            (Self::ApiKey(key), Some(SessionParent::ApiKey(id))) => {
                key.id == *id
                    && key.project == claims.project
                    && key.scopes.contains(&Scope::Sign)
                    && key.expires_at.is_none_or(|end| now < end)
            }
            _ => false,
        }
    }
}
