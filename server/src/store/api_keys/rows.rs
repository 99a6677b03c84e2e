//! The rows of `api_key`, and the queries that read them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use subtle::ConstantTimeEq as _;

use super::super::connection::DbConnection;
use super::super::error::StoreError;
use super::super::rows::{instant, json, maybe_instant};
use super::super::schema::api_key as dsl;
use super::{BadKey, KeyFlaw, PresentedKey, StoredKey};
use crate::domain::caller::KeyHolder;
use crate::domain::{KeyId, ProjectId};

type Row = (
    String,
    String,
    String,
    i64,
    String,
    Option<i64>,
    Option<i64>,
    String,
    Option<i64>,
    Option<String>,
);

const COLUMNS: (
    dsl::key_id,
    dsl::name,
    dsl::scopes,
    dsl::created_at,
    dsl::created_by,
    dsl::expires_at,
    dsl::revoked_at,
    dsl::family,
    dsl::last_used_at,
    dsl::last_used_ip,
) = (
    dsl::key_id,
    dsl::name,
    dsl::scopes,
    dsl::created_at,
    dsl::created_by,
    dsl::expires_at,
    dsl::revoked_at,
    dsl::family,
    dsl::last_used_at,
    dsl::last_used_ip,
);

fn stored(row: Row) -> Result<StoredKey, StoreError> {
    let (
        id,
        name,
        scopes,
        created_at,
        created_by,
        expires_at,
        revoked_at,
        family,
        used_at,
        used_ip,
    ) = row;
    Ok(StoredKey {
        id: KeyId::parse(&id).map_err(StoreError::corrupt)?,
        name,
        scopes: json(&scopes)?,
        created_at: instant(created_at)?,
        created_by,
        expires_at: maybe_instant(expires_at)?,
        revoked_at: maybe_instant(revoked_at)?,
        family,
        last_used_at: maybe_instant(used_at)?,
        last_used_ip: used_ip,
    })
}

/// The keys of a project by id, behind `after`, at most `limit`.
pub(super) fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: &str,
    limit: usize,
) -> Result<Vec<StoredKey>, StoreError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::key_id.gt(after))
        .order(dsl::key_id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(COLUMNS)
        .load::<Row>(connection)?
        .into_iter()
        .map(stored)
        .collect()
}

/// One key of a project.
pub(super) fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &KeyId,
) -> Result<Option<StoredKey>, StoreError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::key_id.eq(id.as_str()))
        .select(COLUMNS)
        .first::<Row>(connection)
        .optional()?
        .map(stored)
        .transpose()
}

/// The keys that were rotated into one another.
pub(super) fn family(
    connection: &mut DbConnection,
    project: &ProjectId,
    family: &str,
) -> Result<Vec<StoredKey>, StoreError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::family.eq(family))
        .select(COLUMNS)
        .load::<Row>(connection)?
        .into_iter()
        .map(stored)
        .collect()
}

/// What is asked of whoever presents a key.
#[derive(Debug)]
pub(in crate::store) struct KeyLock {
    holder: KeyHolder,
    /// Of the secret.
    hash: Vec<u8>,
    from: Option<DateTime<Utc>>,
    revoked: bool,
}

impl KeyLock {
    /// The key's id.
    pub(in crate::store) fn id(&self) -> &KeyId {
        &self.holder.id
    }

    /// The holder of the key, unless it is revoked.
    pub(super) fn held(self) -> Option<KeyHolder> {
        (!self.revoked).then_some(self.holder)
    }

    /// The holder of the key that is presented, if it is this one and good at `now`.
    pub(in crate::store) fn open(
        &self,
        presented: &PresentedKey,
        now: DateTime<Utc>,
    ) -> Result<KeyHolder, BadKey> {
        let matches = bool::from(self.hash.ct_eq(&presented.hash));
        if self.holder.id != presented.id {
            return Err(BadKey::unknown(presented.id.clone()));
        }
        match self.flaw(matches, now) {
            None => Ok(self.holder.clone()),
            Some(flaw) => Err(BadKey::of(&self.holder, flaw)),
        }
    }

    fn flaw(&self, matches: bool, now: DateTime<Utc>) -> Option<KeyFlaw> {
        if !matches {
            Some(KeyFlaw::WrongSecret)
        } else if self.revoked {
            Some(KeyFlaw::Revoked)
        } else if self.from.is_some_and(|from| now < from) {
            Some(KeyFlaw::NotYet)
        } else if self.holder.expires_at.is_some_and(|until| until <= now) {
            Some(KeyFlaw::Expired)
        } else {
            None
        }
    }
}

type LockRow = (String, String, Vec<u8>, String, Option<i64>, Option<i64>, Option<i64>);

const LOCK: (
    dsl::key_id,
    dsl::project_id,
    dsl::secret_hash,
    dsl::scopes,
    dsl::not_before,
    dsl::expires_at,
    dsl::revoked_at,
) = (
    dsl::key_id,
    dsl::project_id,
    dsl::secret_hash,
    dsl::scopes,
    dsl::not_before,
    dsl::expires_at,
    dsl::revoked_at,
);

fn lock(row: LockRow) -> Result<KeyLock, StoreError> {
    let (id, project, hash, scopes, from, until, revoked) = row;
    Ok(KeyLock {
        holder: KeyHolder {
            project: ProjectId::parse(&project).map_err(StoreError::corrupt)?,
            id: KeyId::parse(&id).map_err(StoreError::corrupt)?,
            scopes: json(&scopes)?,
            expires_at: maybe_instant(until)?,
        },
        hash,
        from: maybe_instant(from)?,
        revoked: revoked.is_some(),
    })
}

/// The locks of a project's keys: of all of them, or of those of `ids` that are there.
pub(in crate::store) fn locks(
    connection: &mut DbConnection,
    project: &ProjectId,
    ids: Option<Vec<String>>,
) -> Result<Vec<KeyLock>, StoreError> {
    let mut query = dsl::table.filter(dsl::project_id.eq(project.to_string())).into_boxed();
    if let Some(ids) = ids {
        query = query.filter(dsl::key_id.eq_any(ids));
    }
    query.select(LOCK).load::<LockRow>(connection)?.into_iter().map(lock).collect()
}

/// The holder of a key that is good. The comparison takes the same time for one that is unknown.
pub(super) fn check(
    connection: &mut DbConnection,
    presented: &PresentedKey,
    now: DateTime<Utc>,
) -> Result<Result<KeyHolder, BadKey>, StoreError> {
    let row: Option<LockRow> =
        dsl::table.find(presented.id.as_str()).select(LOCK).first(connection).optional()?;
    let Some(row) = row else {
        let nobodys = [0; 32];
        let _ = bool::from(nobodys.ct_eq(&presented.hash));
        return Ok(Err(BadKey::unknown(presented.id.clone())));
    };
    Ok(lock(row)?.open(presented, now))
}
