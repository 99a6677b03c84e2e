//! `audit_event`: the audit trail. It is append-only: who asked for what, when, and the verdict.

mod insert;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use self::insert::{InsertAll, InsertOne};
use super::shared_text::SharedText;
use crate::columns::{instant, maybe_instant, micros, rows_at_most};
use crate::connection::{Backend, DbConnection};
use crate::domain::{AuditEvent, AuditFilter, AuditPlace, Outcome, ProjectId};
use crate::error::DatabaseError;
use crate::schema::audit_event as dsl;
use crate::tenancy::{set_operators, set_tenant};

/// Text that is usually a constant, and is not copied then.
pub type Text = Cow<'static, str>;

/// An event with every stored column. Its id is made when the event is accepted, so that ids follow
/// the order of the verdicts, however late the rows are written.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = dsl, treat_none_as_default_value = false)]
pub struct NewEventRow {
    /// A UUID of version 7, which starts with the time at which the event was made.
    pub id: String,
    /// The project of the event; `None` if it belongs to no project.
    pub project_id: Option<String>,
    /// When the event last happened, in microseconds since the epoch.
    pub at: i64,
    /// The id of the request.
    pub request_id: String,
    /// The caller.
    pub actor: Text,
    /// The API key in use, if the actor is a user for whom an application acts.
    pub via_key: Option<String>,
    /// The action that was asked for.
    pub action: Text,
    /// The bucket, if any.
    pub bucket: Option<String>,
    /// The object key, prefix, subject or store, if any.
    pub object_key: Option<String>,
    /// The word for the outcome ([`outcome_word`]).
    pub outcome: Text,
    /// `ok`, or the code of the refusal.
    pub reason: Text,
    /// The sentence that explains the refusal.
    pub detail: Text,
    /// The revision that the decision is based on.
    pub revision: Option<i64>,
    /// The method of a signed request.
    pub method: Option<Text>,
    /// The payload hash or payload mode of a signed request.
    pub payload: Option<Text>,
    /// The access key id of the store that the request was signed with.
    pub access_key_id: Option<String>,
    /// Whether the event is in the operators' trail.
    pub for_operators: bool,
    /// The client's address.
    pub address: Option<String>,
    /// The client's `User-Agent`.
    pub agent: Option<SharedText>,
    /// The request id that the client chose.
    pub caller_request_id: Option<SharedText>,
    /// How many equal events this row stands for, if it may be several.
    pub count: Option<i64>,
    /// When the first of these events happened.
    pub first_at: Option<i64>,
}

/// Writes one new event.
pub fn insert(connection: &mut DbConnection, event: &NewEventRow) -> Result<(), DatabaseError> {
    diesel::insert_into(dsl::table).values(event).execute(connection)?;
    Ok(())
}

/// Deletes an event that the same transaction wrote.
pub fn take_back(connection: &mut DbConnection, event: &NewEventRow) -> Result<(), DatabaseError> {
    diesel::delete(dsl::table.find(&event.id)).execute(connection)?;
    Ok(())
}

/// Writes the events that the table lacks. It may have some already: after a commit whose answer
/// was lost, or when a spool is read again.
pub fn insert_missing(
    connection: &mut DbConnection,
    events: &[&NewEventRow],
) -> Result<(), DatabaseError> {
    match connection {
        DbConnection::Postgres(postgres) => {
            InsertAll::of(events).execute(postgres)?;
        }
        DbConnection::Sqlite(sqlite) => {
            for event in events {
                InsertOne::of(event).execute(sqlite)?;
            }
        }
    }
    Ok(())
}

/// Whose events to list.
#[derive(Debug, Clone)]
pub enum Trail {
    /// The trail of one project.
    Project(ProjectId),
    /// The operators' trail.
    Operators,
}

/// An event as it is listed.
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

/// A page of the events of one trail that match `filter`.
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

/// The stored word for an outcome.
pub const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "allow",
        Outcome::Deny => "deny",
        Outcome::Malformed => "malformed",
    }
}

/// The outcome that a stored word names.
pub fn parse_outcome(word: &str) -> Result<Outcome, DatabaseError> {
    match word {
        "allow" => Ok(Outcome::Allow),
        "deny" => Ok(Outcome::Deny),
        "malformed" => Ok(Outcome::Malformed),
        other => Err(DatabaseError::corrupt(format!("unknown outcome {other}"))),
    }
}

impl Trail {
    /// Gives the running transaction access to the trail's rows.
    pub fn open(&self, connection: &mut DbConnection) -> Result<(), DatabaseError> {
        match self {
            Self::Project(project) => set_tenant(connection, project),
            Self::Operators => set_operators(connection),
        }
    }
}

/// The ids of at most `limit` events after the id `after` that happened before `before`, oldest
/// first. The operators' trail counts only events of no project. The time in the id narrows the
/// search; the time of the event decides.
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

/// Deletes events by their ids. Returns how many there were.
pub fn delete(connection: &mut DbConnection, ids: Vec<String>) -> Result<usize, DatabaseError> {
    Ok(diesel::delete(dsl::table.filter(dsl::id.eq_any(ids))).execute(connection)?)
}

/// Reads the newest row, near which the next one is written: damage there would make every write
/// fail.
pub fn probe(connection: &mut DbConnection) -> Result<(), DatabaseError> {
    dsl::table.order(dsl::id.desc()).select(dsl::id).first::<String>(connection).optional()?;
    Ok(())
}
