//! The key that opened a session.

use std::fmt;

use chrono::{DateTime, Utc};

use super::claims::SessionClaims;
use crate::access_key::{AccessKey, AccessKeyId};
use crate::caller::{KeyHolder, Scope};
use crate::invalid_name::InvalidName;
use crate::names::KeyId;

/// The id of the key that opened a session. The session ends with that key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SessionParent {
    /// An access key.
    AccessKey(AccessKeyId),
    /// An API key: the application's, also where it asks on behalf of a user.
    ApiKey(KeyId),
}

/// The key of a [`SessionParent`], as it is now.
#[derive(Debug, Clone, Copy)]
pub enum ParentKey<'a> {
    /// An access key that is in use.
    AccessKey(&'a AccessKey),
    /// An API key that is not revoked.
    ApiKey(&'a KeyHolder),
}

impl SessionParent {
    /// Reads an id. The two kinds differ in length.
    ///
    /// # Errors
    /// [`InvalidName`] if it is an id of neither kind.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidName> {
        AccessKeyId::parse(text)
            .map(Self::AccessKey)
            .or_else(|_| KeyId::parse(text).map(Self::ApiKey))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessKey(id) => id.as_str(),
            Self::ApiKey(id) => id.as_str(),
        }
    }
}

impl fmt::Display for SessionParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
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
