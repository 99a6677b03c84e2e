//! That the sessions of a user were ended.

use chrono::{DateTime, Utc};

use super::claims::SessionEpoch;
use crate::names::SubjectId;

/// When the sessions of a user were last ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionsEnd {
    /// The user.
    pub user: SubjectId,
    /// When, to the microsecond.
    pub ended_at: DateTime<Utc>,
}

impl SessionsEnd {
    /// The end of the sessions that the user has at `now`: later than `before`, whatever the clock says.
    pub fn of(user: SubjectId, before: Option<&Self>, now: DateTime<Utc>) -> Self {
        let next = before.map(|before| before.ended_at + chrono::TimeDelta::microseconds(1));
        Self { user, ended_at: next.map_or(now, |next| next.max(now)) }
    }

    /// The epoch that it begins.
    pub const fn epoch(&self) -> SessionEpoch {
        SessionEpoch::of(self.ended_at)
    }
}
