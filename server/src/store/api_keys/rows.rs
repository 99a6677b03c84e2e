//! The rows of `api_key`, and the queries that read them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use subtle::ConstantTimeEq as _;

use super::super::connection::{Backend, DbConnection};
use super::super::error::StoreError;
use super::super::rows::{instant, json, maybe_instant, micros, to_json};
use super::super::schema::api_key as dsl;
use super::{BadKey, KeyFlaw, PresentedKey, StoredKey};
use crate::domain::caller::KeyHolder;
use crate::domain::{KeyId, ProjectId};

/// A key as it is stored, but for what it is checked by.
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
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: KeyId::parse(&row.key_id).map_err(StoreError::corrupt)?,
            name: row.name,
            scopes: json(&row.scopes)?,
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

/// What of a key changes.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = dsl)]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct KeyChangeset<'a> {
    name: &'a str,
    scopes: String,
    expires_at: Option<i64>,
}

impl<'a> KeyChangeset<'a> {
    /// A key as it shall be.
    pub(super) fn of(key: &'a StoredKey) -> Result<Self, StoreError> {
        Ok(Self {
            name: &key.name,
            scopes: to_json(&key.scopes)?,
            expires_at: key.expires_at.map(micros),
        })
    }
}

/// A key to be stored.
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

/// Adds a key, which has a secret of this hash.
pub(super) fn add(
    connection: &mut DbConnection,
    project: &ProjectId,
    key: &StoredKey,
    secret_hash: &[u8],
    created_rev: i64,
) -> Result<(), StoreError> {
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
        .select(KeyRow::as_select())
        .load(connection)?
        .into_iter()
        .map(StoredKey::try_from)
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
        .select(KeyRow::as_select())
        .first(connection)
        .optional()?
        .map(StoredKey::try_from)
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
        .select(KeyRow::as_select())
        .load(connection)?
        .into_iter()
        .map(StoredKey::try_from)
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

/// What a key is checked by, as it is stored.
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
    type Error = StoreError;

    fn try_from(row: LockRow) -> Result<Self, StoreError> {
        Ok(Self {
            holder: KeyHolder {
                project: ProjectId::parse(&row.project_id).map_err(StoreError::corrupt)?,
                id: KeyId::parse(&row.key_id).map_err(StoreError::corrupt)?,
                scopes: json(&row.scopes)?,
                expires_at: maybe_instant(row.expires_at)?,
            },
            hash: row.secret_hash,
            from: maybe_instant(row.not_before)?,
            revoked: row.revoked_at.is_some(),
        })
    }
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
    let rows = query.select(LockRow::as_select()).load(connection)?;
    rows.into_iter().map(KeyLock::try_from).collect()
}

/// The holder of a key that is good. The comparison takes the same time for one that is unknown.
pub(super) fn check(
    connection: &mut DbConnection,
    presented: &PresentedKey,
    now: DateTime<Utc>,
) -> Result<Result<KeyHolder, BadKey>, StoreError> {
    let there = dsl::table.find(presented.id.as_str()).select(LockRow::as_select());
    let row = there.first(connection).optional()?;
    let Some(row) = row else {
        let nobodys = [0; 32];
        let _ = bool::from(nobodys.ct_eq(&presented.hash));
        return Ok(Err(BadKey::unknown(presented.id.clone())));
    };
    Ok(KeyLock::try_from(row)?.open(presented, now))
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
