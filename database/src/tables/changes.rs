//! `change`: every mutation of a project, in the order of the revisions.
#![expect(clippy::ref_option_ref, reason = "derives lend what is borrowed already")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::change_log::{self, LoggedRow};
use crate::columns::{instant, micros};
use crate::connection::{Backend, DbConnection};
use crate::domain::ProjectId;
use crate::error::DatabaseError;
use crate::schema::change as dsl;

/// How many revisions one query names.
const CHUNK: usize = 1000;

/// One mutation, as the change log records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedChange {
    /// Its position in the project's order of mutations, from 1.
    pub revision: i64,
    /// When the mutation was made.
    pub at: DateTime<Utc>,
    /// Who made the mutation.
    pub actor: String,
    /// The API key in use, if the actor is a user for whom an application acts.
    pub via_key: Option<String>,
    /// The id of the request that made the mutation.
    pub request_id: String,
    /// The kind of the mutation, such as `grant.put`.
    pub kind: String,
    /// Every row that the mutation touched; empty if its layout does not record them.
    pub rows: Vec<LoggedRow>,
    /// SHA-256 of the previous mutation's hash and this mutation's body.
    pub hash: Vec<u8>,
}

/// A change as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct ChangeRow {
    revision: i64,
    at: i64,
    actor: String,
    via_key: Option<String>,
    request_id: String,
    kind: String,
    body: Vec<u8>,
    hash: Vec<u8>,
}

impl TryFrom<ChangeRow> for LoggedChange {
    type Error = DatabaseError;

    fn try_from(row: ChangeRow) -> Result<Self, DatabaseError> {
        Ok(Self {
            revision: row.revision,
            at: instant(row.at)?,
            actor: row.actor,
            via_key: row.via_key,
            request_id: row.request_id,
            kind: row.kind,
            rows: change_log::rows(&row.body)?.unwrap_or_default(),
            hash: row.hash,
        })
    }
}

/// A change as a link of the hash chain: every column but the project's.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub(crate) struct LinkRow {
    pub(crate) revision: i64,
    pub(crate) at: i64,
    pub(crate) actor_kind: String,
    pub(crate) actor: String,
    pub(crate) via_key: Option<String>,
    pub(crate) request_id: String,
    pub(crate) kind: String,
    pub(crate) body: Vec<u8>,
    pub(crate) prev_hash: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

/// A new row. It is never updated.
#[derive(Insertable)]
#[diesel(table_name = dsl, treat_none_as_default_value = false)]
pub(crate) struct NewChangeRow<'a> {
    pub(crate) project_id: &'a str,
    pub(crate) revision: i64,
    pub(crate) at: i64,
    pub(crate) actor_kind: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) via_key: Option<&'a str>,
    pub(crate) request_id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) prev_hash: &'a [u8],
    pub(crate) hash: &'a [u8],
}

/// The changes after the revision `after`, oldest first: at most `limit`, of about `bytes` bytes
/// together, but at least one.
pub fn behind(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: i64,
    limit: i64,
    bytes: i64,
) -> Result<Vec<LoggedChange>, DatabaseError> {
    let until = end(connection, project, after, limit, bytes)?;
    let rows = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::revision.gt(after))
        .filter(dsl::revision.le(until))
        .order(dsl::revision)
        .select(ChangeRow::as_select())
        .load(connection)?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        match LoggedChange::try_from(row) {
            // The readable changes are returned. A reader that continues after them gets the error.
            Err(DatabaseError::NewerHistory(_)) if !changes.is_empty() => break,
            change => changes.push(change?),
        }
    }
    Ok(changes)
}

/// The links after the revision `after`, with the limits of [`behind`].
pub(crate) fn links_behind(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: i64,
    limit: i64,
    bytes: i64,
) -> Result<Vec<LinkRow>, DatabaseError> {
    let until = end(connection, project, after, limit, bytes)?;
    Ok(dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::revision.gt(after))
        .filter(dsl::revision.le(until))
        .order(dsl::revision)
        .select(LinkRow::as_select())
        .load(connection)?)
}

/// The first revision after `after`, if there is any.
pub(crate) fn first_behind(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: i64,
) -> Result<Option<i64>, DatabaseError> {
    Ok(dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::revision.gt(after))
        .select(diesel::dsl::min(dsl::revision))
        .first(connection)?)
}

/// The last revision after `after` that fits `limit` and `bytes`. The last change may exceed
/// `bytes`.
fn end(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: i64,
    limit: i64,
    bytes: i64,
) -> Result<i64, DatabaseError> {
    let sizes: Vec<(i64, i64)> = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::revision.gt(after))
        .order(dsl::revision)
        .limit(limit)
        .select((dsl::revision, diesel::dsl::sql::<BigInt>("CAST(length(body) AS BIGINT)")))
        .load(connection)?;
    let (mut until, mut total) = (after, 0);
    for (revision, size) in sizes {
        if total >= bytes {
            break;
        }
        (until, total) = (revision, total + size);
    }
    Ok(until)
}

/// Writes a change.
pub(crate) fn insert(
    connection: &mut DbConnection,
    change: &NewChangeRow<'_>,
) -> Result<(), DatabaseError> {
    diesel::insert_into(dsl::table).values(change).execute(connection)?;
    Ok(())
}

/// The number of the last revision that was made at or before `at`.
pub(crate) fn last_before(
    connection: &mut DbConnection,
    project: &ProjectId,
    at: DateTime<Utc>,
) -> Result<i64, DatabaseError> {
    let last: Option<i64> = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::at.le(micros(at)))
        .select(diesel::dsl::max(dsl::revision))
        .first(connection)?;
    Ok(last.unwrap_or(0))
}

/// The bodies of the changes after the revision `after`, oldest first.
pub(crate) fn bodies_behind(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: i64,
) -> Result<Vec<Vec<u8>>, DatabaseError> {
    Ok(dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::revision.gt(after))
        .order(dsl::revision)
        .select(dsl::body)
        .load(connection)?)
}

/// When a revision was made; `None` if it does not exist yet.
pub fn made_at(
    connection: &mut DbConnection,
    project: &ProjectId,
    revision: i64,
) -> Result<Option<DateTime<Utc>>, DatabaseError> {
    let change = dsl::table.find((project.as_str(), revision)).select(dsl::at);
    change.first(connection).optional()?.map(instant).transpose()
}

/// When each of these changes was made. A change that is not in the table is left out.
pub fn made_at_each(
    connection: &mut DbConnection,
    project: &ProjectId,
    revisions: &[i64],
) -> Result<BTreeMap<i64, DateTime<Utc>>, DatabaseError> {
    let mut made = BTreeMap::new();
    for chunk in revisions.chunks(CHUNK) {
        let rows: Vec<(i64, i64)> = dsl::table
            .filter(dsl::project_id.eq(project.as_str()))
            .filter(dsl::revision.eq_any(chunk))
            .select((dsl::revision, dsl::at))
            .load(connection)?;
        for (revision, at) in rows {
            made.insert(revision, instant(at)?);
        }
    }
    Ok(made)
}

/// The hash of a revision's change; `None` if there is no such change.
pub fn hash_of(
    connection: &mut DbConnection,
    project: &ProjectId,
    revision: i64,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    let change = dsl::table.find((project.as_str(), revision)).select(dsl::hash);
    Ok(change.first(connection).optional()?)
}
