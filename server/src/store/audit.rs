//! `audit_event`: append-only; who, what, verdict, when.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::{AuditEvent, Outcome};

use super::Store;
use super::connection::{DbConnection, enter};
use super::error::StoreError;
use super::revision::{At, Revision};
use super::rows::{instant, micros};
use super::schema::audit_event as dsl;
use super::write::Context;
use crate::domain::ProjectId;

/// Untrusted text is cut to this many characters before it is stored.
const MAX_TEXT: usize = 1024;

/// A verdict to be recorded.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The project it was made in.
    pub project: ProjectId,
    /// Such as `s3:PutObject` or `grant.put`.
    pub action: String,
    /// The bucket, where there is one.
    pub bucket: Option<String>,
    /// The key, prefix or subject, where there is one.
    pub object: Option<String>,
    /// The verdict.
    pub outcome: Outcome,
    /// `ok`, or the code of the refusal.
    pub reason: String,
    /// The sentence that went with it.
    pub detail: String,
    /// The revision it was decided at.
    pub revision: Option<i64>,
    /// For signatures: what joins the event with the storage's own log.
    pub request: Option<SignedRequest>,
}

/// What the storage's access log shows of a signed request, too.
#[derive(Debug, Clone)]
pub struct SignedRequest {
    /// The method.
    pub method: String,
    /// The payload hash or kind.
    pub payload: Option<String>,
    /// The access key id it was signed with.
    pub access_key_id: Option<String>,
}

/// Which events to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// By this actor.
    pub actor: Option<String>,
    /// On this bucket.
    pub bucket: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// Of this request.
    pub request_id: Option<String>,
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// At or after this instant.
    pub since: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Where to begin, and in which direction.
    pub place: AuditPlace,
    /// How many at most.
    pub limit: usize,
}

/// Where a listing of events begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AuditPlace {
    /// With the newest; newest first.
    #[default]
    Newest,
    /// With the first that is older than this one; newest first.
    Before(String),
    /// With the first that is newer than this one; oldest first.
    After(String),
}

impl Store {
    /// Records verdicts, all or none. When this fails, nothing may be answered that depends on
    /// them.
    ///
    /// # Errors
    /// The database did not take them.
    pub async fn record(
        &self,
        context: Context,
        decisions: Vec<Decision>,
    ) -> Result<(), StoreError> {
        self.run(move |connection| {
            connection.transaction(|connection| {
                decisions.iter().try_for_each(|decision| {
                    enter(connection, &decision.project)?;
                    insert(connection, &context, decision)
                })
            })
        })
        .await
    }

    /// Lists events of one project.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn audit_events(
        &self,
        project: ProjectId,
        filter: AuditFilter,
        at_least: Option<Revision>,
    ) -> Result<At<Vec<AuditEvent>>, StoreError> {
        self.read(project.clone(), at_least, move |connection, _| {
            list(connection, &project, filter)
        })
        .await
    }
}

pub(super) fn insert(
    connection: &mut DbConnection,
    context: &Context,
    decision: &Decision,
) -> Result<(), StoreError> {
    let request = decision.request.as_ref();
    diesel::insert_into(dsl::table)
        .values((
            dsl::id.eq(uuid::Uuid::now_v7().to_string()),
            dsl::project_id.eq(decision.project.as_str()),
            dsl::at.eq(micros(context.now)),
            dsl::request_id.eq(&context.request_id),
            dsl::actor.eq(context.caller.to_string()),
            dsl::via_key.eq(context.caller.via_key().map(ToString::to_string)),
            dsl::action.eq(cut(&decision.action)),
            dsl::bucket.eq(decision.bucket.as_deref().map(cut)),
            dsl::object_key.eq(decision.object.as_deref().map(cut)),
            dsl::outcome.eq(outcome_word(decision.outcome)),
            dsl::reason.eq(&decision.reason),
            dsl::detail.eq(cut(&decision.detail)),
            dsl::revision.eq(decision.revision),
            dsl::method.eq(request.map(|request| cut(&request.method))),
            dsl::payload.eq(request.and_then(|request| request.payload.as_deref().map(cut))),
            dsl::access_key_id.eq(request.and_then(|request| request.access_key_id.clone())),
        ))
        .execute(connection)?;
    Ok(())
}

fn cut(text: &str) -> String {
    // PostgreSQL's text has no NUL, and an event that cannot be stored is an answer refused.
    text.chars().filter(|character| *character != '\0').take(MAX_TEXT).collect()
}

type Row = (
    String,
    i64,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
    String,
    String,
    String,
    Option<i64>,
);

fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    filter: AuditFilter,
) -> Result<Vec<AuditEvent>, StoreError> {
    let mut query = dsl::table.filter(dsl::project_id.eq(project.to_string())).into_boxed();
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
            dsl::id,
            dsl::at,
            dsl::request_id,
            dsl::actor,
            dsl::via_key,
            dsl::action,
            dsl::bucket,
            dsl::object_key,
            dsl::outcome,
            dsl::reason,
            dsl::detail,
            dsl::revision,
        ))
        .load(connection)?;
    rows.into_iter().map(event).collect()
}

fn event(row: Row) -> Result<AuditEvent, StoreError> {
    let (
        id,
        at,
        request_id,
        actor,
        via_key,
        action,
        bucket,
        key,
        outcome,
        reason,
        detail,
        revision,
    ) = row;
    Ok(AuditEvent {
        id,
        at: instant(at)?,
        request_id,
        actor,
        via_key,
        action,
        bucket,
        key,
        outcome: parse_outcome(&outcome)?,
        reason,
        detail,
        revision,
    })
}

const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "allow",
        Outcome::Deny => "deny",
        Outcome::Malformed => "malformed",
    }
}

fn parse_outcome(word: &str) -> Result<Outcome, StoreError> {
    match word {
        "allow" => Ok(Outcome::Allow),
        "deny" => Ok(Outcome::Deny),
        "malformed" => Ok(Outcome::Malformed),
        other => Err(StoreError::corrupt(format!("no outcome is called {other}"))),
    }
}
