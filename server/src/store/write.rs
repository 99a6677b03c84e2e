//! The write path: every mutation of a project takes its head row first.
//!
//! The lock on that row orders all writers of the project, so that revisions are dense and appear
//! in the order of the commits; what is read inside is what the change is decided on.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::audit::{self, Decision};
use super::connection::DbConnection;
use super::error::StoreError;
use super::rows::micros;
use super::schema::{change, project_head};
use crate::domain::{Caller, ProjectId};
use sail_cargo_protocol::Outcome;

/// Who does something, when, and in which request.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who.
    pub caller: Caller,
    /// When.
    pub now: DateTime<Utc>,
    /// In which request.
    pub request_id: String,
}

/// What a mutation did, for the change feed and the audit trail.
pub(super) struct Change {
    /// Such as `grant.put`.
    pub(super) kind: &'static str,
    pub(super) bucket: Option<String>,
    /// A key, prefix or subject.
    pub(super) object: Option<String>,
    /// A sentence.
    pub(super) detail: String,
    /// Before and after, as JSON.
    pub(super) body: serde_json::Value,
}

/// What became of a mutation.
pub(super) enum Effect<T> {
    Changed(T, Change),
    /// It was so already: no revision, no record.
    Unchanged(T),
}

/// Runs `mutate` as the next revision of `project`.
///
/// # Errors
/// Whatever `mutate` says; nothing was written then. A project that is not there.
pub(super) fn mutate<T>(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    mutate: impl FnOnce(&mut DbConnection, i64) -> Result<Effect<T>, StoreError>,
) -> Result<T, StoreError> {
    connection.transaction(|connection| {
        let head = project_head::table.find(project.as_str());
        let moved = diesel::update(head)
            .set(project_head::revision.eq(project_head::revision + 1))
            .execute(connection)?;
        if moved == 0 {
            return Err(StoreError::NotFound("project"));
        }
        let (revision, previous): (i64, Vec<u8>) =
            head.select((project_head::revision, project_head::chain_hash)).first(connection)?;
        match mutate(connection, revision)? {
            Effect::Changed(value, change) => {
                record(connection, project, context, revision, &previous, &change)?;
                Ok(value)
            }
            Effect::Unchanged(value) => {
                diesel::update(head)
                    .set(project_head::revision.eq(revision - 1))
                    .execute(connection)?;
                Ok(value)
            }
        }
    })
}

/// Writes the change row, chained to the one before it, and the audit event.
fn record(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    revision: i64,
    previous: &[u8],
    change: &Change,
) -> Result<(), StoreError> {
    let (body, hash) = seal_change(previous, revision, context, change)?;
    let actor = context.caller.to_string();
    diesel::insert_into(change::table)
        .values((
            change::project_id.eq(project.as_str()),
            change::revision.eq(revision),
            change::at.eq(micros(context.now)),
            change::actor_kind.eq(actor.split(':').next().unwrap_or_default()),
            change::actor.eq(&actor),
            change::via_key.eq(context.caller.via_key().map(ToString::to_string)),
            change::request_id.eq(&context.request_id),
            change::kind.eq(change.kind),
            change::body.eq(body),
            change::prev_hash.eq(previous),
            change::hash.eq(&hash),
        ))
        .execute(connection)?;
    diesel::update(project_head::table.find(project.as_str()))
        .set(project_head::chain_hash.eq(&hash))
        .execute(connection)?;
    let decision = Decision {
        project: project.clone(),
        action: change.kind.to_owned(),
        bucket: change.bucket.clone(),
        object: change.object.clone(),
        outcome: Outcome::Allow,
        reason: "ok".to_owned(),
        detail: change.detail.clone(),
        revision: Some(revision),
        request: None,
    };
    audit::insert(connection, context, &decision)
}

/// The bytes that are stored and hashed: everything that must not change unnoticed.
fn seal_change(
    previous: &[u8],
    revision: i64,
    context: &Context,
    change: &Change,
) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
    #[derive(Serialize)]
    struct Sealed<'a> {
        v: u8,
        revision: i64,
        at: i64,
        actor: String,
        via_key: Option<&'a str>,
        request_id: &'a str,
        kind: &'a str,
        bucket: Option<&'a str>,
        object: Option<&'a str>,
        change: &'a serde_json::Value,
    }
    let sealed = Sealed {
        v: 1,
        revision,
        at: micros(context.now),
        actor: context.caller.to_string(),
        via_key: context.caller.via_key().map(crate::domain::KeyId::as_str),
        request_id: &context.request_id,
        kind: change.kind,
        bucket: change.bucket.as_deref(),
        object: change.object.as_deref(),
        change: &change.body,
    };
    let body = serde_json::to_vec(&sealed).map_err(StoreError::corrupt)?;
    let hash = Sha256::new().chain_update(previous).chain_update(&body).finalize().to_vec();
    Ok((body, hash))
}
