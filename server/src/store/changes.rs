//! `change`: the feed of every mutation, in the order of the revisions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Database;
use super::change_log::{self, LoggedRow};
use super::connection::DbConnection;
use super::error::StoreError;
use super::rows::instant;
use super::schema::change as dsl;
use crate::domain::{At, Context, ProjectId};

type Row = (i64, i64, String, Option<String>, String, String, Vec<u8>, Vec<u8>);

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
    let rows: Vec<Row> = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::revision.gt(after))
        .filter(dsl::revision.le(until))
        .order(dsl::revision)
        .select((
            dsl::revision,
            dsl::at,
            dsl::actor,
            dsl::via_key,
            dsl::request_id,
            dsl::kind,
            dsl::body,
            dsl::hash,
        ))
        .load(connection)?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        match change(row) {
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

fn change(row: Row) -> Result<LoggedChange, StoreError> {
    let (revision, at, actor, via_key, request_id, kind, body, hash) = row;
    let rows = change_log::rows(&body)?.unwrap_or_default();
    let at = instant(at)?;
    Ok(LoggedChange { revision, at, actor, via_key, request_id, kind, rows, hash })
}
