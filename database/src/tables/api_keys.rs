//! `api_key`: the API keys of applications, with hashes of their secrets.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::change_log::ScopeWord;
use crate::columns::{instant, json, maybe_instant, micros, rows_at_most, to_json};
use crate::connection::{Backend, DbConnection};
use crate::domain::caller::{KeyHolder, Scope};
use crate::domain::{KeyId, KeyLock, ProjectId, StoredKey};
use crate::error::DatabaseError;
use crate::schema::api_key as dsl;

/// A key as it is read, without its secret hash.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct KeyRow {
    key_id: String,
    name: String,
    scopes: String,
    created_at: i64,
    created_by: String,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    family: String,
    last_used_at: Option<i64>,
    last_used_ip: Option<String>,
}

impl TryFrom<KeyRow> for StoredKey {
    type Error = DatabaseError;

    fn try_from(row: KeyRow) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: KeyId::parse(&row.key_id).map_err(DatabaseError::corrupt)?,
            name: row.name,
            scopes: read_scopes(&row.scopes)?,
            created_at: instant(row.created_at)?,
            created_by: row.created_by,
            expires_at: maybe_instant(row.expires_at)?,
            revoked_at: maybe_instant(row.revoked_at)?,
            family: row.family,
            last_used_at: maybe_instant(row.last_used_at)?,
            last_used_ip: row.last_used_ip,
        })
    }
}

fn read_scopes(text: &str) -> Result<BTreeSet<Scope>, DatabaseError> {
    Ok(json::<BTreeSet<ScopeWord>>(text)?.into_iter().map(Into::into).collect())
}

fn write_scopes(scopes: &BTreeSet<Scope>) -> Result<String, DatabaseError> {
    to_json(&scopes.iter().copied().map(ScopeWord::from).collect::<BTreeSet<_>>())
}

/// The columns of a key that an update may change.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = dsl)]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
struct KeyChangeset<'a> {
    name: &'a str,
    scopes: String,
    expires_at: Option<i64>,
}

impl<'a> KeyChangeset<'a> {
    /// The columns for this state of a key.
    fn of(key: &'a StoredKey) -> Result<Self, DatabaseError> {
        Ok(Self {
            name: &key.name,
            scopes: write_scopes(&key.scopes)?,
            expires_at: key.expires_at.map(micros),
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewKeyRow<'a> {
    key_id: &'a str,
    project_id: &'a str,
    secret_hash: &'a [u8],
    pepper_id: i16,
    family: &'a str,
    created_by: &'a str,
    created_at: i64,
    created_rev: i64,
    #[diesel(embed)]
    changeset: KeyChangeset<'a>,
}

/// Adds a key with the hash of its secret.
pub fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    key: &StoredKey,
    secret_hash: &[u8],
    created_rev: i64,
) -> Result<(), DatabaseError> {
    let row = NewKeyRow {
        key_id: key.id.as_str(),
        project_id: project.as_str(),
        secret_hash,
        pepper_id: 0,
        family: &key.family,
        created_by: &key.created_by,
        created_at: micros(key.created_at),
        created_rev,
        changeset: KeyChangeset::of(key)?,
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// A page of a project's keys: at most `limit` keys after `after`, in order of their ids.
pub fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: &str,
    limit: usize,
) -> Result<Vec<StoredKey>, DatabaseError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::key_id.gt(after))
        .order(dsl::key_id)
        .limit(rows_at_most(limit))
        .select(KeyRow::as_select())
        .load(connection)?
        .into_iter()
        .map(StoredKey::try_from)
        .collect()
}

/// One key of a project.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &KeyId,
) -> Result<Option<StoredKey>, DatabaseError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::key_id.eq(id.as_str()))
        .select(KeyRow::as_select())
        .first(connection)
        .optional()?
        .map(StoredKey::try_from)
        .transpose()
}

/// The keys of one rotation: they share a `family`.
pub fn family(
    connection: &mut DbConnection,
    project: &ProjectId,
    family: &str,
) -> Result<Vec<StoredKey>, DatabaseError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::family.eq(family))
        .select(KeyRow::as_select())
        .load(connection)?
        .into_iter()
        .map(StoredKey::try_from)
        .collect()
}

/// The columns that a presented key is checked against.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct LockRow {
    key_id: String,
    project_id: String,
    secret_hash: Vec<u8>,
    scopes: String,
    not_before: Option<i64>,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl TryFrom<LockRow> for KeyLock {
    type Error = DatabaseError;

    fn try_from(row: LockRow) -> Result<Self, DatabaseError> {
        let holder = KeyHolder {
            project: ProjectId::parse(&row.project_id).map_err(DatabaseError::corrupt)?,
            id: KeyId::parse(&row.key_id).map_err(DatabaseError::corrupt)?,
            scopes: read_scopes(&row.scopes)?,
            expires_at: maybe_instant(row.expires_at)?,
        };
        let from = maybe_instant(row.not_before)?;
        Ok(Self::new(holder, row.secret_hash, from, row.revoked_at.is_some()))
    }
}

/// The locks of a project's keys: of all keys, or of those in `ids` that exist.
pub fn locks(
    connection: &mut DbConnection,
    project: &ProjectId,
    ids: Option<Vec<String>>,
) -> Result<Vec<KeyLock>, DatabaseError> {
    let mut query = dsl::table.filter(dsl::project_id.eq(project.to_string())).into_boxed();
    if let Some(ids) = ids {
        query = query.filter(dsl::key_id.eq_any(ids));
    }
    let rows = query.select(LockRow::as_select()).load(connection)?;
    rows.into_iter().map(KeyLock::try_from).collect()
}

/// The lock of one key of any project.
pub fn lock(connection: &mut DbConnection, id: &KeyId) -> Result<Option<KeyLock>, DatabaseError> {
    let there = dsl::table.find(id.as_str()).select(LockRow::as_select());
    there.first(connection).optional()?.map(KeyLock::try_from).transpose()
}

/// Updates the name, the scopes and the expiry of an existing key.
pub fn update(connection: &mut DbConnection, key: &StoredKey) -> Result<(), DatabaseError> {
    diesel::update(dsl::table.find(key.id.as_str()))
        .set(KeyChangeset::of(key)?)
        .execute(connection)?;
    Ok(())
}

/// Revokes a key at `now`. Nothing undoes that.
pub fn revoke(
    connection: &mut DbConnection,
    id: &KeyId,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    diesel::update(dsl::table.find(id.as_str()))
        .set(dsl::revoked_at.eq(micros(now)))
        .execute(connection)?;
    Ok(())
}

/// Records that a key was presented at `now` from `address`.
pub fn note_use(
    connection: &mut DbConnection,
    id: &KeyId,
    now: DateTime<Utc>,
    address: Option<String>,
) -> Result<(), DatabaseError> {
    diesel::update(dsl::table.find(id.as_str()))
        .set((dsl::last_used_at.eq(micros(now)), dsl::last_used_ip.eq(address)))
        .execute(connection)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use diesel::debug_query;
    use diesel::pg::Pg;
    use diesel::sqlite::Sqlite;

    use super::*;

    #[test]
    fn a_changeset_writes_that_a_key_has_no_end() {
        let changeset = KeyChangeset { name: "ci", scopes: "[]".to_owned(), expires_at: None };
        let update = diesel::update(dsl::table).set(changeset);
        let of_postgres = debug_query::<Pg, _>(&update).to_string();
        let of_sqlite = debug_query::<Sqlite, _>(&update).to_string();
        assert!(
            of_postgres.contains(r#""expires_at" = $3 -- binds: ["ci", "[]", None]"#),
            "{of_postgres}"
        );
        assert!(
            of_sqlite.contains("`expires_at` = ? -- binds: [\"ci\", \"[]\", None]"),
            "{of_sqlite}"
        );
    }
}
