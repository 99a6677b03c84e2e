//! Grants in the words of the wire.

use chrono::SubsecRound as _;
use sail_cargo_protocol::Grant;

use super::{GrantState, StoredGrant};

impl StoredGrant {
    /// As answers have it.
    pub fn to_wire(&self) -> Grant {
        Grant {
            bucket: self.key.bucket.to_string(),
            prefix: self.key.prefix.to_string(),
            kind: self.key.subject.kind(),
            subject: self.key.subject.name().to_owned(),
            permissions: self.state.permissions.into(),
            not_before: self.state.not_before,
            expires_at: self.state.expires_at,
            reason: self.state.reason.clone(),
            granted_by: self.granted_by.clone(),
            created_revision: self.created_revision,
            updated_revision: self.updated_revision,
        }
    }
}

impl GrantState {
    /// With its instants as the database keeps them: to the microsecond.
    #[must_use]
    pub fn rounded(self) -> Self {
        Self {
            not_before: self.not_before.map(|at| at.trunc_subsecs(6)),
            expires_at: self.expires_at.map(|at| at.trunc_subsecs(6)),
            ..self
        }
    }
}
