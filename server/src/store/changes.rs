//! `change`: the feed of every mutation, in the order of the revisions.
#![expect(clippy::ref_option_ref, reason = "derives lend what is borrowed already")]

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Database;
use super::change_log::{self, LoggedRow};
use super::connection::{Backend, DbConnection};
use super::error::StoreError;
use super::rows::instant;
use super::schema::change as dsl;
use crate::domain::{At, Context, ProjectId};

/// One mutation, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedChange {
    /// Its place in the order of all mutations of the project, from 1.
    pub revision: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// The API key in use, where the actor is a user an application asked for.
    pub via_key: Option<String>,
    /// The request that made it.
    pub request_id: String,
    /// Such as `grant.put`.
    pub kind: String,
    /// Every row it touched; none where its layout does not say.
    pub rows: Vec<LoggedRow>,
    /// SHA-256 of the change before and this one.
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
    type Error = StoreError;

    fn try_from(row: ChangeRow) -> Result<Self, StoreError> {
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

/// A change as it is written, once and for ever.
#[derive(Insertable)]
#[diesel(table_name = dsl, treat_none_as_default_value = false)]
pub(super) struct NewChangeRow<'a> {
    pub(super) project_id: &'a str,
    pub(super) revision: i64,
    pub(super) at: i64,
    pub(super) actor_kind: &'a str,
    pub(super) actor: &'a str,
    pub(super) via_key: Option<&'a str>,
    pub(super) request_id: &'a str,
    pub(super) kind: &'a str,
    pub(super) body: &'a [u8],
    pub(super) prev_hash: &'a [u8],
    pub(super) hash: &'a [u8],
}

impl Database {
    /// The changes behind the revision `after`, oldest first, at most `limit` and of about so many
    /// `bytes`, but at least one.
    ///
    /// # Errors
    /// The project has no such revision yet; a newer version wrote the first of them.
    pub async fn changes(
        &self,
        project: ProjectId,
        after: i64,
        limit: i64,
        bytes: i64,
        context: Context,
    ) -> Result<At<Vec<LoggedChange>>, StoreError> {
        self.read(project.clone(), context.at_least, move |connection, head| {
            head.demand(Some(head.with_number(after)))?;
            behind(connection, &project, after, limit, bytes)
        })
        .await
    }
}

/// See [`Database::changes`].
pub(super) fn behind(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: i64,
    limit: i64,
    bytes: i64,
) -> Result<Vec<LoggedChange>, StoreError> {
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
            // What can be read is told. Whoever goes on from there hears why they cannot.
            Err(StoreError::NewerHistory(_)) if !changes.is_empty() => break,
            change => changes.push(change?),
        }
    }
    Ok(changes)
}

/// The last revision behind `after` that `limit` and `bytes` have room for: one change may be large.
fn end(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: i64,
    limit: i64,
    bytes: i64,
) -> Result<i64, StoreError> {
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
