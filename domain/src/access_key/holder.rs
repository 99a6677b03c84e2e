//! Who asks by an access key.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::id::AccessKeyId;
use super::limits::KeyLimits;
use crate::names::ProjectId;
use crate::user::User;

/// An access key that was proved, as a [`Caller`](crate::Caller).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccessKeyHolder {
    /// The project of the key.
    pub project: ProjectId,
    /// Which key.
    pub id: AccessKeyId,
    /// The user whose key it is; none where it is the application's. Nothing is known of the groups
    /// that a token of theirs would name.
    pub user: Option<User>,
    /// What the key is good for at most.
    pub limits: Arc<KeyLimits>,
    /// When it stops.
    pub expires_at: DateTime<Utc>,
}
