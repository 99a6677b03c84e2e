//! A membership in the change log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::Membership;
use crate::domain::SubjectId;
use crate::error::DatabaseError;

/// A group membership as the change log records it. The names and formats of the fields never
/// change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberRecord {
    /// The name of the group.
    pub group: String,
    /// The id of the user.
    pub user: String,
    /// The membership ends at this instant; `None` if it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The revision that last changed the membership.
    pub updated_revision: i64,
}

impl MemberRecord {
    /// The layout that introduced the newest field or word of this record.
    pub(super) const LAYOUT: u8 = 3;
}

impl From<&Membership> for MemberRecord {
    fn from(membership: &Membership) -> Self {
        Self {
            group: membership.group.to_string(),
            user: membership.user.to_string(),
            expires_at: membership.expires_at,
            updated_revision: membership.updated_revision,
        }
    }
}

impl TryFrom<MemberRecord> for Membership {
    type Error = DatabaseError;

    fn try_from(record: MemberRecord) -> Result<Self, DatabaseError> {
        Ok(Self {
            group: SubjectId::parse(&record.group).map_err(DatabaseError::corrupt)?,
            user: SubjectId::parse(&record.user).map_err(DatabaseError::corrupt)?,
            expires_at: record.expires_at,
            updated_revision: record.updated_revision,
        })
    }
}

/// The membership as layout 2 records it: the wire format of that time ([`super::layout_2`]). It is
/// frozen.
#[derive(Deserialize)]
pub(super) struct MemberOfLayout2 {
    group: String,
    user: String,
    expires_at: Option<DateTime<Utc>>,
    updated_revision: i64,
}

impl From<MemberOfLayout2> for MemberRecord {
    fn from(member: MemberOfLayout2) -> Self {
        Self {
            group: member.group,
            user: member.user,
            expires_at: member.expires_at,
            updated_revision: member.updated_revision,
        }
    }
}
