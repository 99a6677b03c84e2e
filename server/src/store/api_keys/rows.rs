//! The rows of `api_key`, and the queries that read them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::ApiKey;
use subtle::ConstantTimeEq as _;

use super::super::connection::DbConnection;
use super::super::error::StoreError;
use super::super::rows::{instant, json, maybe_instant};
use super::super::schema::api_key as dsl;
use super::{PresentedKey, StoredKey};
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
) -> Result<Vec<ApiKey>, StoreError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::key_id.gt(after))
        .order(dsl::key_id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(COLUMNS)
        .load::<Row>(connection)?
        .into_iter()
        .map(|row| stored(row).map(|key| key.to_wire()))
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

/// The holder of a key that is good. The comparison takes the same time for one that is unknown.
pub(super) fn check(
    connection: &mut DbConnection,
    presented: &PresentedKey,
    now: DateTime<Utc>,
) -> Result<Option<KeyHolder>, StoreError> {
    type KeyRow = (String, Vec<u8>, String, Option<i64>, Option<i64>, Option<i64>);
    let row: Option<KeyRow> = dsl::table
        .find(presented.id.as_str())
        .select((
            dsl::project_id,
            dsl::secret_hash,
            dsl::scopes,
            dsl::not_before,
            dsl::expires_at,
            dsl::revoked_at,
        ))
        .first(connection)
        .optional()?;
    let known = row.is_some();
    let (project, stored_hash, scopes, from, until, revoked) =
        row.unwrap_or_else(|| (String::new(), vec![0; 32], "[]".to_owned(), None, None, None));
    let matches = bool::from(stored_hash.ct_eq(&presented.hash));
    let (from, until) = (maybe_instant(from)?, maybe_instant(until)?);
    let live = revoked.is_none()
        && from.is_none_or(|from| from <= now)
        && until.is_none_or(|until| now < until);
    if !(known && matches && live) {
        return Ok(None);
    }
    Ok(Some(KeyHolder {
        project: ProjectId::parse(&project).map_err(StoreError::corrupt)?,
        id: presented.id.clone(),
        scopes: json(&scopes)?,
        expires_at: until,
    }))
}
