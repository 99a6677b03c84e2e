//! A user on the member list of a group.

use chrono::{DateTime, Utc};

use super::names::SubjectId;

/// That a user is a member of a group which Cargo keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: SubjectId,
    /// The user.
    pub user: SubjectId,
    /// Not at or after this instant.
    pub expires_at: Option<DateTime<Utc>>,
    /// The revision that last changed it.
    pub updated_revision: i64,
}

impl Membership {
    /// Whether it counts at `now`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}
