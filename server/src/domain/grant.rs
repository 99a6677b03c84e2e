//! One grant: who, where, what, and when.

use chrono::{DateTime, Utc};

use super::caller::User;
use super::names::{BucketName, Prefix, SubjectId};
use super::permissions::Permissions;

/// Whom a grant names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One user.
    User(SubjectId),
    /// Everybody in a group.
    Group(SubjectId),
    /// Everybody with a valid token for the project.
    Authenticated,
    /// Everybody.
    Public,
}

/// What is allowed to a subject on a bucket or a prefix of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The bucket.
    pub bucket: BucketName,
    /// The part of the bucket.
    pub prefix: Prefix,
    /// Whom it names.
    pub subject: Subject,
    /// What it allows.
    pub permissions: Permissions,
    /// Not before this instant.
    pub not_before: Option<DateTime<Utc>>,
    /// Not at or after this instant.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Grant {
    /// Whether it counts at `now`: `not_before <= now < expires_at`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.not_before.is_none_or(|start| start <= now)
            && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it names `user`, whose groups are `groups` beside those of the token.
    pub fn names(&self, user: &User, groups: &[SubjectId]) -> bool {
        match &self.subject {
            Subject::User(id) => *id == user.id,
            Subject::Group(group) => user.groups.contains(group) || groups.contains(group),
            Subject::Authenticated | Subject::Public => true,
        }
    }
}
