//! The write path: every mutation of a project takes its head row first.
//!
//! The lock on that row orders all writers of the project, so that revisions are dense and appear
//! in the order of the commits; what is read inside is what the change is decided on.

use diesel::prelude::*;
use sail_cargo_protocol::Outcome;
use sha2::{Digest, Sha256};

use super::audit::{self, Decision};
use super::cache::ProjectCache;
use super::change_log::{self, LoggedRow};
use super::changes::NewChangeRow;
use super::connection::{DbConnection, set_tenant};
use super::error::StoreError;
use super::revision::HeadRow;
use super::rows::micros;
use super::schema::{change, project_head};
use crate::domain::{At, Context, KeyId, ProjectId, Revision};

/// A connection to change a project on. What is changed on it is remembered no longer.
pub(super) struct Session<'a> {
    pub(super) connection: &'a mut DbConnection,
    pub(super) cache: &'a ProjectCache,
}

impl Session<'_> {
    /// Runs `change`, which may bear on any project.
    pub(super) fn everywhere<T>(&mut self, change: impl FnOnce(&mut DbConnection) -> T) -> T {
        let changed = change(self.connection);
        self.cache.invalidate_all();
        changed
    }
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
    /// Every row it touched, as it was and as it is.
    pub(super) rows: Vec<LoggedRow>,
}

/// What became of a mutation.
pub(super) enum MutationOutcome<T> {
    Changed(T, Change),
    /// It was so already: no revision, no record.
    Unchanged(T),
}

/// Whether a mutation is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It is.
    Commit,
    /// It is tried and undone: the answer is what it would have been.
    DryRun,
}

/// Runs `mutate` as the next revision of `project`.
///
/// # Errors
/// Whatever `mutate` says; nothing was written then. A project that is not there.
pub(super) fn mutate<T>(
    session: &mut Session<'_>,
    project: &ProjectId,
    context: &Context,
    mutate: impl FnOnce(&mut DbConnection, i64) -> Result<MutationOutcome<T>, StoreError>,
) -> Result<At<T>, StoreError> {
    write(session, project, context, Mode::Commit, |writer| {
        let revision = writer.next();
        match mutate(writer.connection, revision)? {
            MutationOutcome::Changed(value, change) => {
                writer.record(&change)?;
                Ok(value)
            }
            MutationOutcome::Unchanged(value) => Ok(value),
        }
    })
}

/// Runs `write` as the only writer of `project`, in one transaction with as many revisions as it
/// records.
///
/// # Errors
/// Whatever `write` says; nothing was written then. A project that is not there.
pub(super) fn write<T>(
    session: &mut Session<'_>,
    project: &ProjectId,
    context: &Context,
    mode: Mode,
    write: impl FnOnce(&mut Writer<'_>) -> Result<T, StoreError>,
) -> Result<At<T>, StoreError> {
    let (mut rehearsed, mut changed) = (None, false);
    let written = session.connection.transaction(|connection| {
        set_tenant(connection, project)?;
        let mut writer = Writer::lock(connection, project, context)?;
        let before = writer.revision;
        before.demand(context.at_least)?;
        let value = write(&mut writer)?;
        let revision = writer.revision;
        if mode == Mode::Commit {
            changed = revision != before;
            writer.finish(before)?;
            return Ok(At { value, revision });
        }
        rehearsed = Some(At { value, revision: before });
        Err(StoreError::corrupt("a rehearsal is rolled back"))
    });
    if changed {
        // Whatever is said of the commit: one whose answer was lost may have happened.
        session.cache.invalidate(project);
    }
    rehearsed.map_or(written, Ok)
}

/// The only writer of a project, for as long as its transaction lasts.
pub(super) struct Writer<'a> {
    pub(super) connection: &'a mut DbConnection,
    project: &'a ProjectId,
    context: &'a Context,
    revision: Revision,
    chain_hash: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn lock(
        connection: &'a mut DbConnection,
        project: &'a ProjectId,
        context: &'a Context,
    ) -> Result<Self, StoreError> {
        let head = project_head::table.find(project.as_str());
        let locked = diesel::update(head)
            .set(project_head::revision.eq(project_head::revision))
            .execute(connection)?;
        if locked == 0 {
            return Err(StoreError::NotFound("project"));
        }
        let row = head.select(HeadRow::as_select()).first(connection)?;
        let revision = row.revision(project);
        Ok(Self { connection, project, context, revision, chain_hash: row.chain_hash })
    }

    /// The number of the revision that the next record makes.
    pub(super) fn next(&self) -> i64 {
        self.revision.number() + 1
    }

    /// Writes the change row of the next revision, chained to the one before it, and the audit
    /// event.
    pub(super) fn record(&mut self, what: &Change) -> Result<(), StoreError> {
        let (project, context, revision) = (self.project, self.context, self.next());
        let (body, hash) = seal(&self.chain_hash, revision, context, what)?;
        let actor = context.caller.to_string();
        let row = NewChangeRow {
            project_id: project.as_str(),
            revision,
            at: micros(context.now),
            actor_kind: actor.split(':').next().unwrap_or_default(),
            actor: &actor,
            via_key: context.caller.via_key().map(KeyId::as_str),
            request_id: &context.request_id,
            kind: what.kind,
            body: &body,
            prev_hash: &self.chain_hash,
            hash: &hash,
        };
        diesel::insert_into(change::table).values(row).execute(self.connection)?;
        self.chain_hash = hash;
        self.revision = self.revision.with_number(revision);
        let decision = Decision {
            project: project.clone(),
            action: what.kind,
            bucket: what.bucket.clone(),
            object: what.object.clone(),
            outcome: Outcome::Allow,
            reason: "ok",
            detail: what.detail.clone().into(),
            revision: Some(revision),
            request: None,
        };
        audit::insert(self.connection, context, decision)
    }

    fn finish(self, before: Revision) -> Result<(), StoreError> {
        if self.revision == before {
            return Ok(());
        }
        diesel::update(project_head::table.find(self.project.as_str()))
            .set((
                project_head::revision.eq(self.revision.number()),
                project_head::chain_hash.eq(&self.chain_hash),
            ))
            .execute(self.connection)?;
        Ok(())
    }
}

/// The bytes that are stored, and their hash, which is chained to the one before.
fn seal(
    previous: &[u8],
    revision: i64,
    context: &Context,
    change: &Change,
) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
    let body = change_log::Body {
        v: change_log::LAYOUT,
        revision,
        at: micros(context.now),
        actor: context.caller.to_string(),
        via_key: context.caller.via_key().map(ToString::to_string),
        request_id: context.request_id.clone(),
        kind: change.kind.to_owned(),
        bucket: change.bucket.clone(),
        object: change.object.clone(),
        rows: change.rows.clone(),
    };
    let body = body.write()?;
    let hash = Sha256::new().chain_update(previous).chain_update(&body).finalize().to_vec();
    Ok((body, hash))
}
