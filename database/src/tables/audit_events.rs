//! `audit_event`: append-only; who, what, verdict, when.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::shared_text::SharedText;
use crate::columns::{instant, maybe_instant, micros, rows_at_most};
use crate::connection::{Backend, DbConnection};
use crate::domain::{AuditEvent, AuditFilter, AuditPlace, Outcome, ProjectId};
use crate::error::DatabaseError;
use crate::schema::audit_event as dsl;
use crate::tenancy::{set_operators, set_tenant};

/// Text that is mostly one of ours, and then not copied.
pub type Text = Cow<'static, str>;

/// Rows of one statement: PostgreSQL takes 65,535 values in one, and a row has 22.
const ROWS: usize = 1024;

/// A verdict with everything that is stored of it. Its id is made when it is accepted, so that
/// the order of ids is the order in which verdicts were reached, whenever they are written.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = dsl, treat_none_as_default_value = false)]
pub struct NewEventRow {
    /// A UUID of version 7: ordered by the time when the event was made.
    pub id: String,
    /// Whose it is; none for what is no project's.
    pub project_id: Option<String>,
    /// When it happened last, in microseconds since the epoch.
    pub at: i64,
    /// The request.
    pub request_id: String,
    /// Who asked.
    pub actor: Text,
    /// The API key in use, where the actor is a user.
    pub via_key: Option<String>,
    /// What was asked.
    pub action: Text,
    /// The bucket, where there is one.
    pub bucket: Option<String>,
    /// The key, prefix, subject or store, where there is one.
    pub object_key: Option<String>,
    /// The word for how it ended.
    pub outcome: Text,
    /// `ok`, or the code of the refusal.
    pub reason: Text,
    /// The sentence that went with it.
    pub detail: Text,
    /// The revision it was decided at.
    pub revision: Option<i64>,
    /// The method of a signed request.
    pub method: Option<Text>,
    /// The payload hash or kind of a signed request.
    pub payload: Option<Text>,
    /// The access key id that a request was signed with.
    pub access_key_id: Option<String>,
    /// It is in the operators' own trail.
    pub for_operators: bool,
    /// From which address.
    pub address: Option<String>,
    /// What the client calls itself.
    pub agent: Option<SharedText>,
    /// The id that the client gave the request.
    pub caller_request_id: Option<SharedText>,
    /// How many it stands for, where that may be several.
    pub count: Option<i64>,
    /// When the first of them was.
    pub first_at: Option<i64>,
}

/// Writes one that is new.
pub fn insert(connection: &mut DbConnection, event: &NewEventRow) -> Result<(), DatabaseError> {
    diesel::insert_into(dsl::table).values(event).execute(connection)?;
    Ok(())
}

/// Removes one that the same transaction has written.
pub fn take_back(connection: &mut DbConnection, event: &NewEventRow) -> Result<(), DatabaseError> {
    diesel::delete(dsl::table.find(&event.id)).execute(connection)?;
    Ok(())
}

/// Writes those that are not there yet. One may be there: the commit before was heard of by
/// nobody, or a spool is read again.
pub fn insert_missing(
    connection: &mut DbConnection,
    events: &[&NewEventRow],
) -> Result<(), DatabaseError> {
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
#[derive(Debug, Clone)]
pub enum Trail {
    /// A project's.
    Project(ProjectId),
    /// The operators' own.
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
    type Error = DatabaseError;

    fn try_from(row: EventRow) -> Result<Self, DatabaseError> {
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
            count: row.count.map(u64::try_from).transpose().map_err(DatabaseError::corrupt)?,
            first_at: maybe_instant(row.first_at)?,
        })
    }
}

/// Those of one trail that `filter` lets through.
pub fn list(
    connection: &mut DbConnection,
    trail: &Trail,
    filter: AuditFilter,
) -> Result<Vec<AuditEvent>, DatabaseError> {
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
        .limit(rows_at_most(filter.limit))
        .select(EventRow::as_select())
        .load(connection)?
        .into_iter()
        .map(AuditEvent::try_from)
        .collect()
}

/// The word that an outcome is kept as.
pub const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "allow",
        Outcome::Deny => "deny",
        Outcome::Malformed => "malformed",
    }
}

/// The outcome that a word stands for.
pub fn parse_outcome(word: &str) -> Result<Outcome, DatabaseError> {
    match word {
        "allow" => Ok(Outcome::Allow),
        "deny" => Ok(Outcome::Deny),
        "malformed" => Ok(Outcome::Malformed),
        other => Err(DatabaseError::corrupt(format!("unknown outcome {other}"))),
    }
}

impl Trail {
    /// Opens it to the transaction that is running.
    pub fn open(&self, connection: &mut DbConnection) -> Result<(), DatabaseError> {
        match self {
            Self::Project(project) => set_tenant(connection, project),
            Self::Operators => set_operators(connection),
        }
    }
}

/// The ids of events behind `after` that are older than `before`, the oldest first, at most `limit`:
/// of a project, or of the operators what is no project's. An id begins with the time when its event
/// was made, which finds them; what counts is when it happened.
pub fn older(
    connection: &mut DbConnection,
    trail: &Trail,
    before: DateTime<Utc>,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, DatabaseError> {
    let millis = u64::try_from(before.timestamp_millis()).unwrap_or_default();
    let end = uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
    let mut query = dsl::table
        .filter(dsl::id.gt(after.to_owned()))
        .filter(dsl::id.lt(end.to_string()))
        .filter(dsl::at.lt(micros(before)))
        .into_boxed();
    query = match trail {
        Trail::Project(project) => query.filter(dsl::project_id.eq(project.to_string())),
        Trail::Operators => query.filter(dsl::project_id.is_null()).filter(dsl::for_operators),
    };
    Ok(query.order(dsl::id).limit(limit).select(dsl::id).load(connection)?)
}

/// Removes events by their ids, and says how many there were.
pub fn delete(connection: &mut DbConnection, ids: Vec<String>) -> Result<usize, DatabaseError> {
    Ok(diesel::delete(dsl::table.filter(dsl::id.eq_any(ids))).execute(connection)?)
}

/// Reads where the next event goes: damage there keeps everything from being written.
pub fn probe(connection: &mut DbConnection) -> Result<(), DatabaseError> {
    dsl::table.order(dsl::id.desc()).select(dsl::id).first::<String>(connection).optional()?;
    Ok(())
}
