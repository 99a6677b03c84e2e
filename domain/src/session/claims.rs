//! What a session's token says.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::id::SessionId;
use super::parent::SessionParent;
use super::policy::SessionPolicy;
use crate::names::{ProjectId, SubjectId};

/// The claims of a session. They are sealed into its token and never stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionClaims {
    /// The session, which is the access key id as well.
    pub id: SessionId,
    /// Its project.
    pub project: ProjectId,
    /// The user; `None` for the application.
    pub user: Option<SessionUser>,
    /// The alias of the issuer whose token opened it; empty for the only issuer.
    pub issuer: String,
    /// The key that opened it; `None` where a token alone did. Sessions of the application have one.
    pub parent: Option<SessionParent>,
    /// The user's epoch when it was opened.
    pub epoch: SessionEpoch,
    /// When it was opened, to the second.
    pub issued_at: DateTime<Utc>,
    /// When it expires, to the second.
    pub expires_at: DateTime<Utc>,
    /// What it is limited to; `None` without a session policy.
    pub policy: Option<SessionPolicy>,
}

/// The user of a session, as their token had them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionUser {
    /// Their id.
    pub id: SubjectId,
    /// The groups that the token named when the session was opened.
    pub groups: BTreeSet<SubjectId>,
    /// The token says that it is a service account.
    pub service_account: bool,
}

/// Counts how often the sessions of a user were ended: the instant of the last time in microseconds since
/// 1970; 0 for never. Sessions of an earlier epoch are over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionEpoch(i64);

impl SessionEpoch {
    /// The epoch that begins when sessions are ended at `instant`.
    pub const fn of(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp_micros())
    }

    /// The epoch of these microseconds.
    pub(super) const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub(super) const fn micros(self) -> i64 {
        self.0
    }
}
