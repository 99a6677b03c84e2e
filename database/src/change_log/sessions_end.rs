//! The end of a user's sessions in the change log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::SubjectId;
use crate::domain::session::SessionsEnd;
use crate::error::DatabaseError;

/// The end of a user's sessions as it is written down. The names and forms of the fields never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionsEndRecord {
    /// The user.
    pub user: String,
    /// When.
    pub ended_at: DateTime<Utc>,
}

impl SessionsEndRecord {
    /// The layout that brought its newest field, or word.
    pub(super) const LAYOUT: u8 = 5;
}

impl From<&SessionsEnd> for SessionsEndRecord {
    fn from(end: &SessionsEnd) -> Self {
        Self { user: end.user.to_string(), ended_at: end.ended_at }
    }
}

impl TryFrom<SessionsEndRecord> for SessionsEnd {
    type Error = DatabaseError;

    fn try_from(record: SessionsEndRecord) -> Result<Self, DatabaseError> {
        let user = SubjectId::parse(&record.user).map_err(DatabaseError::corrupt)?;
        Ok(Self { user, ended_at: record.ended_at })
    }
}
