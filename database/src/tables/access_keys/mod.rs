//! `access_key`: access keys with their secrets sealed, and personal API keys with their hashes.

mod rows;
mod sealed;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::columns::{micros, rows_at_most};
use crate::connection::DbConnection;
use crate::domain::access_key::{AccessKeyLookup, NewKeySecret};
use crate::domain::{
    AccessKeyId, AccessKeyKind, ProjectId, ProjectStatus, StoredAccessKey, SubjectId,
};
use crate::error::DatabaseError;
use crate::schema::{access_key as dsl, project};
use crate::tables::projects::status_word;
use crate::vault::MasterKey;
use rows::{AccessKeyChangeset, AccessKeyRow, NewAccessKeyRow, StoredProof, kind_word};
pub use sealed::KeptAccessKey;
use sealed::{SealedKeyRow, place};

/// Adds a key, which has this secret.
pub fn insert(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &ProjectId,
    key: &StoredAccessKey,
    secret: &NewKeySecret,
    created_rev: i64,
) -> Result<(), DatabaseError> {
    let proof = match secret {
        NewKeySecret::S3(secret) => StoredProof {
            secret_sealed: master_key.seal(secret.secret(), &place(project, key))?,
            sealed_with: master_key.id(),
            token_hash: None,
        },
        NewKeySecret::Token(_) => StoredProof {
            secret_sealed: Vec::new(),
            sealed_with: "",
            token_hash: secret.hash().map(|hash| hash.as_bytes().to_vec()),
        },
    };
    let row = NewAccessKeyRow::new(project, key, proof, created_rev)?;
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// The keys of a project by id, of all or of one user, of any or of one kind, behind `after`, at most `limit`.
pub fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    (user, kind): (Option<&SubjectId>, Option<AccessKeyKind>),
    after: &str,
    limit: usize,
) -> Result<Vec<StoredAccessKey>, DatabaseError> {
    let mut query = dsl::table
        .filter(dsl::project_id.eq(project.to_string()))
        .filter(dsl::key_id.gt(after.to_owned()))
        .order(dsl::key_id)
        .limit(rows_at_most(limit))
        .into_boxed();
    if let Some(user) = user {
        query = query.filter(dsl::user_.eq(user.to_string()));
    }
    if let Some(kind) = kind {
        query = query.filter(dsl::kind.eq(kind_word(kind)));
    }
    let rows = query.select(AccessKeyRow::as_select()).load(connection)?;
    rows.into_iter().map(StoredAccessKey::try_from).collect()
}

/// One key of a project.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccessKeyId,
) -> Result<Option<StoredAccessKey>, DatabaseError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::key_id.eq(id.as_str()))
        .select(AccessKeyRow::as_select())
        .first(connection)
        .optional()?
        .map(StoredAccessKey::try_from)
        .transpose()
}

/// The keys that were rotated into one another.
pub fn family(
    connection: &mut DbConnection,
    project: &ProjectId,
    family: &str,
) -> Result<Vec<StoredAccessKey>, DatabaseError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::family.eq(family))
        .order(dsl::key_id)
        .select(AccessKeyRow::as_select())
        .load(connection)?
        .into_iter()
        .map(StoredAccessKey::try_from)
        .collect()
}

/// How many keys of a kind a user has, whether they are good or not.
pub fn count_of_user(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
    kind: AccessKeyKind,
) -> Result<i64, DatabaseError> {
    let of_user = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::user_.eq(user.as_str()))
        .filter(dsl::kind.eq(kind_word(kind)));
    Ok(of_user.count().get_result(connection)?)
}

/// Changes a key that is there: its name, its status, its limits, its end.
pub fn update(
    connection: &mut DbConnection,
    project: &ProjectId,
    key: &StoredAccessKey,
) -> Result<(), DatabaseError> {
    let row = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::key_id.eq(key.id.as_str()));
    diesel::update(row).set(AccessKeyChangeset::of(key)?).execute(connection)?;
    Ok(())
}

/// Takes a key away for ever.
pub fn delete(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccessKeyId,
) -> Result<(), DatabaseError> {
    let row =
        dsl::table.filter(dsl::project_id.eq(project.as_str())).filter(dsl::key_id.eq(id.as_str()));
    diesel::delete(row).execute(connection)?;
    Ok(())
}

/// Notes that a key was used at `now`.
pub fn note_use(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccessKeyId,
    now: DateTime<Utc>,
    address: Option<IpAddr>,
    agent: Option<&str>,
) -> Result<(), DatabaseError> {
    let row =
        dsl::table.filter(dsl::project_id.eq(project.as_str())).filter(dsl::key_id.eq(id.as_str()));
    diesel::update(row)
        .set((
            dsl::last_used_at.eq(micros(now)),
            dsl::last_used_ip.eq(address.map(|address| address.to_string())),
            dsl::last_used_agent.eq(agent),
        ))
        .execute(connection)?;
    Ok(())
}

/// The keys of a project with their secrets: all of them, or those of `ids` that are there.
pub fn kept(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &ProjectId,
    ids: Option<Vec<String>>,
) -> Result<Vec<KeptAccessKey>, DatabaseError> {
    let mut query = dsl::table.filter(dsl::project_id.eq(project.to_string())).into_boxed();
    if let Some(ids) = ids {
        query = query.filter(dsl::key_id.eq_any(ids));
    }
    let rows = query.select(SealedKeyRow::as_select()).load(connection)?;
    rows.into_iter().map(|row| row.open(master_key)).collect()
}

/// One key with its secret, of whichever project, if it is good at `now`.
pub fn look_up(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    id: &AccessKeyId,
    now: DateTime<Utc>,
) -> Result<Option<AccessKeyLookup>, DatabaseError> {
    let row = dsl::table
        .inner_join(project::table.on(project::id.eq(dsl::project_id)))
        .filter(dsl::key_id.eq(id.as_str()))
        .select((SealedKeyRow::as_select(), project::status));
    let Some((row, status)) = row.first::<(SealedKeyRow, String)>(connection).optional()? else {
        return Ok(None);
    };
    let active = status == status_word(ProjectStatus::Active);
    row.open(master_key)?.open(active, now).map(Some)
}
