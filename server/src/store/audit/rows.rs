//! `audit_event`: append-only; who, what, verdict, when.

use diesel::prelude::*;
use sail_cargo_protocol::AuditEvent;

use super::event::Event;
use super::outcome::{outcome_word, parse_outcome};
use super::{AuditFilter, AuditPlace};
use crate::domain::ProjectId;
use crate::store::connection::DbConnection;
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

type Row = (Requester, Said, Counted);
/// Who asked, from where.
type Requester = (
    String,
    Option<String>,
    i64,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
    Option<String>,
);
/// For what, and how it ended.
type Said = (String, Option<String>, Option<String>, String, String, String, Option<i64>);
/// How often, and since when.
type Counted = (Option<i64>, Option<i64>);

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
    let rows: Vec<Row> = query
        .limit(i64::try_from(filter.limit).unwrap_or(i64::MAX))
        .select((
            (
                dsl::id,
                dsl::project_id,
                dsl::at,
                dsl::request_id,
                dsl::caller_request_id,
                dsl::address,
                dsl::agent,
                dsl::actor,
                dsl::via_key,
            ),
            (
                dsl::action,
                dsl::bucket,
                dsl::object_key,
                dsl::outcome,
                dsl::reason,
                dsl::detail,
                dsl::revision,
            ),
            (dsl::count, dsl::first_at),
        ))
        .load(connection)?;
    rows.into_iter().map(event).collect()
}

fn event((asked, said, (count, first_at)): Row) -> Result<AuditEvent, StoreError> {
    let (id, project, at, request_id, caller_request_id, address, agent, actor, via_key) = asked;
    let (action, bucket, key, outcome, reason, detail, revision) = said;
    Ok(AuditEvent {
        id,
        project,
        at: instant(at)?,
        request_id,
        caller_request_id,
        address,
        agent,
        actor,
        via_key,
        action,
        bucket,
        key,
        outcome: parse_outcome(&outcome)?,
        reason,
        detail,
        revision,
        count: count.map(u64::try_from).transpose().map_err(StoreError::corrupt)?,
        first_at: maybe_instant(first_at)?,
    })
}
