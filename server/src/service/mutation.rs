//! Changes a project in one transaction, with a change and an audit event for each revision.

use sail_cargo_database::change_log::LoggedRow;
use sail_cargo_database::project_writer::{self, NewChange, ProjectWriter};
use sail_cargo_database::{DatabaseError, DbConnection};

use super::error::ServiceError;
use super::session::Session;
use crate::audit::{self, Decision};
use crate::domain::{At, Context, Outcome, ProjectId};

/// What a mutation did, for the change feed and the audit trail.
pub(super) struct Change {
    /// The kind of the change, such as `grant.put`.
    pub(super) kind: &'static str,
    pub(super) bucket: Option<String>,
    /// The object of the change: a key, a prefix or a subject.
    pub(super) object: Option<String>,
    /// A sentence for the audit trail.
    pub(super) detail: String,
    /// Every row that the mutation touched, before and after.
    pub(super) rows: Vec<LoggedRow>,
}

/// The result of a mutation.
pub(super) enum MutationOutcome<T> {
    Changed(T, Change),
    /// Nothing changed, so there is neither a revision nor a record.
    Unchanged(T),
}

/// Whether to commit a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The mutation is committed.
    Commit,
    /// The mutation is rolled back. Its result shows what it would do.
    DryRun,
}

/// Runs `mutate` as the next revision of `project`.
///
/// # Errors
/// The error of `mutate`, after which nothing is written; [`ServiceError::NotFound`] if there is no
/// such project.
pub(super) fn mutate<T>(
    session: &mut Session<'_>,
    project: &ProjectId,
    context: &Context,
    mutate: impl FnOnce(&mut DbConnection, i64) -> Result<MutationOutcome<T>, ServiceError>,
) -> Result<At<T>, ServiceError> {
    write(session, project, context, Mode::Commit, |writer| {
        let revision = writer.next();
        match mutate(writer.connection(), revision)? {
            MutationOutcome::Changed(value, change) => {
                writer.record(&change)?;
                Ok(value)
            }
            MutationOutcome::Unchanged(value) => Ok(value),
        }
    })
}

/// Runs `write` as the only writer of `project`, in one transaction. It makes one revision for each
/// change that `write` records.
///
/// # Errors
/// The error of `write`, after which nothing is written; [`ServiceError::NotFound`] if there is no
/// such project.
pub(super) fn write<T>(
    session: &mut Session<'_>,
    project: &ProjectId,
    context: &Context,
    mode: Mode,
    write: impl FnOnce(&mut Writer<'_, '_>) -> Result<T, ServiceError>,
) -> Result<At<T>, ServiceError> {
    let (mut tried, mut changed) = (None, false);
    let written = project_writer::write(session.connection, project, |log| {
        let before = log.revision();
        before.demand(context.at_least).map_err(DatabaseError::from)?;
        let mut writer = Writer { log, project, context };
        let value = write(&mut writer)?;
        let revision = writer.log.revision();
        if mode == Mode::Commit {
            changed = revision != before;
            return Ok(At { value, revision });
        }
        tried = Some(At { value, revision: before });
        Err(DatabaseError::corrupt("a dry run is rolled back").into())
    });
    if changed {
        // Invalidate even after a failed commit: if its answer was lost, the commit may have
        // happened.
        session.cache.invalidate(project);
    }
    tried.map_or(written, Ok)
}

/// The only writer of a project while its transaction lasts.
pub(super) struct Writer<'a, 'w> {
    log: &'a mut ProjectWriter<'w>,
    project: &'a ProjectId,
    context: &'a Context,
}

impl Writer<'_, '_> {
    /// The connection of the transaction, for the project's rows.
    pub(super) fn connection(&mut self) -> &mut DbConnection {
        self.log.connection()
    }

    /// The number of the revision that the next record makes.
    pub(super) fn next(&self) -> i64 {
        self.log.next()
    }

    /// Writes the change of the next revision, chained to the previous one, and its audit event.
    pub(super) fn record(&mut self, what: &Change) -> Result<(), ServiceError> {
        let revision = self.next();
        let (bucket, object) = (what.bucket.as_deref(), what.object.as_deref());
        let change = NewChange { kind: what.kind, bucket, object, rows: &what.rows };
        self.log.append(self.context, &change)?;
        let decision = Decision {
            project: self.project.clone(),
            action: what.kind,
            bucket: what.bucket.clone(),
            object: what.object.clone(),
            outcome: Outcome::Allow,
            reason: "ok",
            detail: what.detail.clone().into(),
            revision: Some(revision),
            request: None,
        };
        Ok(audit::insert(self.log.connection(), self.context, decision)?)
    }
}
