//! A project's current keys, for open event streams: a stream ends when its key no longer allows
//! it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use sail_cargo_database::tables::api_keys::locks;
use sail_cargo_database::{DatabaseError, DbConnection};

use crate::domain::{KeyHolder, KeyId, KeyLock, ProjectId};

/// The keys of one project that are not revoked.
#[derive(Debug)]
pub struct LiveKeys(HashMap<KeyId, KeyHolder>);

impl LiveKeys {
    pub(in crate::service) fn read(
        connection: &mut DbConnection,
        project: &ProjectId,
    ) -> Result<Self, DatabaseError> {
        let holders = locks(connection, project, None)?.into_iter().filter_map(KeyLock::held);
        Ok(Self(holders.map(|holder| (holder.id.clone(), holder)).collect()))
    }

    /// Whether a key is at `now` still as good as when it was presented: not revoked, not expired,
    /// with no fewer scopes.
    pub fn allow(&self, held: &KeyHolder, now: DateTime<Utc>) -> bool {
        self.0.get(&held.id).is_some_and(|key| {
            held.scopes.is_subset(&key.scopes) && key.expires_at.is_none_or(|end| now < end)
        })
    }
}
