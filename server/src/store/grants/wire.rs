//! Grants in the words of the wire, which are also those of the change feed.

use chrono::SubsecRound as _;
use sail_cargo_protocol::Grant;

use super::{GrantKey, GrantState, StoredGrant};
use crate::domain::{BucketName, Prefix, Subject};
use crate::store::StoreError;

impl StoredGrant {
    /// As answers and change rows have it.
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

    /// From a change row.
    pub(in crate::store) fn from_wire(grant: &Grant) -> Result<Self, StoreError> {
        Ok(Self {
            key: GrantKey {
                bucket: BucketName::stored(&grant.bucket).map_err(StoreError::corrupt)?,
                prefix: Prefix::parse(&grant.prefix).map_err(StoreError::corrupt)?,
                subject: Subject::parse(grant.kind, &grant.subject).map_err(StoreError::corrupt)?,
            },
            state: GrantState {
                permissions: (&grant.permissions).into(),
                not_before: grant.not_before,
                expires_at: grant.expires_at,
                reason: grant.reason.clone(),
            },
            granted_by: grant.granted_by.clone(),
            created_revision: grant.created_revision,
            updated_revision: grant.updated_revision,
        })
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
