//! `audit_event`: append-only; who, what, verdict, when.

use diesel::prelude::*;
use sail_cargo_protocol::AuditEvent;

use super::event::Event;
use super::outcome::{outcome_word, parse_outcome};
use super::{AuditFilter, AuditPlace};
use crate::domain::ProjectId;
use crate::store::connection::{Backend, DbConnection};
use crate::store::error::StoreError;
use crate::store::rows::{instant, maybe_instant, micros};
use crate::store::schema::audit_event as dsl;

/// Rows of one statement: PostgreSQL takes 65,535 values in one, and a row has 22.
const ROWS: usize = 1024;

/// Writes one that is new.
pub(super) fn insert(connection: &mut DbConnection, event: &Event) -> Result<(), StoreError> {
    diesel::insert_into(dsl::table).values(event).execute(connection)?;
    Ok(())
}

/// Removes one that the same transaction has written.
pub(super) fn take_back(connection: &mut DbConnection, event: &Event) -> Result<(), StoreError> {
    diesel::delete(dsl::table.find(event.id())).execute(connection)?;
    Ok(())
}

/// Writes those that are not there yet. One may be there: the commit before was heard of by
/// nobody, or a spool is read again.
pub(super) fn insert_missing(
    connection: &mut DbConnection,
    events: &[&Event],
) -> Result<(), StoreError> {
    match connection {
        DbConnection::Postgres(postgres) => {
            for rows in events.chunks(ROWS) {
                diesel::insert_into(dsl::table)
                    .values(rows.to_vec())
                    .on_conflict(dsl::id)
                    .do_nothing()
                    .execute(postgres)?;
            }
        }
        DbConnection::Sqlite(sqlite) => {
            for &row in events {
                diesel::insert_into(dsl::table)
                    .values(row)
                    .on_conflict(dsl::id)
                    .do_nothing()
                    .execute(sqlite)?;
            }
        }
    }
    Ok(())
}

/// Whose events to list.
pub(super) enum Trail {
    Project(ProjectId),
    Operators,
}

/// An event as it is stored, as far as it is listed.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct EventRow {
    id: String,
    project_id: Option<String>,
    at: i64,
    request_id: String,
    caller_request_id: Option<String>,
    address: Option<String>,
    agent: Option<String>,
    actor: String,
    via_key: Option<String>,
    action: String,
    bucket: Option<String>,
    object_key: Option<String>,
    outcome: String,
    reason: String,
    detail: String,
    revision: Option<i64>,
    count: Option<i64>,
    first_at: Option<i64>,
}

impl TryFrom<EventRow> for AuditEvent {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            project: row.project_id,
            at: instant(row.at)?,
            request_id: row.request_id,
            caller_request_id: row.caller_request_id,
            address: row.address,
            agent: row.agent,
            actor: row.actor,
            via_key: row.via_key,
            action: row.action,
            bucket: row.bucket,
            key: row.object_key,
            outcome: parse_outcome(&row.outcome)?,
            reason: row.reason,
            detail: row.detail,
            revision: row.revision,
            count: row.count.map(u64::try_from).transpose().map_err(StoreError::corrupt)?,
            first_at: maybe_instant(row.first_at)?,
        })
    }
}

/// Those of one trail that `filter` lets through.
pub(super) fn list(
    connection: &mut DbConnection,
    trail: &Trail,
    filter: AuditFilter,
) -> Result<Vec<AuditEvent>, StoreError> {
    let mut query = match trail {
        Trail::Project(project) => {
            dsl::table.filter(dsl::project_id.eq(project.to_string())).into_boxed()
        }
        Trail::Operators => dsl::table.filter(dsl::for_operators).into_boxed(),
    };
    if let Some(actor) = filter.actor {
        query = query.filter(dsl::actor.eq(actor));
    }
    if let Some(bucket) = filter.bucket {
        query = query.filter(dsl::bucket.eq(bucket));
    }
    if let Some(action) = filter.action {
        query = query.filter(dsl::action.eq(action));
    }
    if let Some(request) = filter.request_id {
        query = query.filter(dsl::request_id.eq(request));
    }
    if let Some(theirs) = filter.caller_request_id {
        query = query.filter(dsl::caller_request_id.eq(theirs));
    }
    if let Some(outcome) = filter.outcome {
        query = query.filter(dsl::outcome.eq(outcome_word(outcome)));
    }
    if let Some(since) = filter.since {
        query = query.filter(dsl::at.ge(micros(since)));
    }
    if let Some(until) = filter.until {
        query = query.filter(dsl::at.lt(micros(until)));
    }
    query = match filter.place {
        AuditPlace::Newest => query.order(dsl::id.desc()),
        AuditPlace::Before(id) => query.filter(dsl::id.lt(id)).order(dsl::id.desc()),
        AuditPlace::After(id) => query.filter(dsl::id.gt(id)).order(dsl::id.asc()),
    };
    query
        .limit(i64::try_from(filter.limit).unwrap_or(i64::MAX))
        .select(EventRow::as_select())
        .load(connection)?
        .into_iter()
        .map(AuditEvent::try_from)
        .collect()
}
