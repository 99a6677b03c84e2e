//! The membership of a user in a group.

use chrono::{DateTime, Utc};

use super::names::SubjectId;

/// The membership of a user in a group of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: SubjectId,
    /// The user.
    pub user: SubjectId,
    /// The end of the membership, exclusive; `None` if it has none.
    pub expires_at: Option<DateTime<Utc>>,
    /// The revision that last changed the membership.
    pub updated_revision: i64,
}

impl Membership {
    /// Whether the membership is in force at `now`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}
