//! The write path of a project: every mutation locks the project's head row first.
//!
//! The lock orders all writers of the project. So revisions have no gaps and follow the order of
//! commits, and what a mutation reads stays true until it commits.

use crate::chain::chained;
use crate::change_log::{Body, LAYOUT, LoggedRow, actor_kind};
use crate::columns::micros;
use crate::connection::DbConnection;
use crate::domain::{Context, ProjectId, Revision};
use crate::error::{DatabaseError, QueryError};
use crate::tables::changes::{self, NewChangeRow};
use crate::tables::project_heads;
use crate::tenancy::set_tenant;
use crate::transaction::transaction;

/// A mutation, for the change log.
#[derive(Debug)]
pub struct NewChange<'a> {
    /// The kind of the change, such as `grant.put`.
    pub kind: &'a str,
    /// The bucket that the change is about, if any.
    pub bucket: Option<&'a str>,
    /// The object of the change, if any: a key, a prefix or a subject.
    pub object: Option<&'a str>,
    /// Every row that the mutation touched, before and after.
    pub rows: &'a [LoggedRow],
}

/// The only writer of a project while its transaction lasts.
pub struct ProjectWriter<'a> {
    connection: &'a mut DbConnection,
    project: &'a ProjectId,
    first: Revision,
    revision: Revision,
    chain_hash: Vec<u8>,
}

impl<'a> ProjectWriter<'a> {
    /// Gives the running transaction access to the rows of `project`, and waits for the project's
    /// other writers.
    fn lock(
        connection: &'a mut DbConnection,
        project: &'a ProjectId,
    ) -> Result<Self, DatabaseError> {
        set_tenant(connection, project)?;
        let (revision, chain_hash) = project_heads::lock(connection, project)?;
        Ok(Self { connection, project, first: revision, revision, chain_hash })
    }

    /// The connection of the transaction, for the project's rows.
    pub fn connection(&mut self) -> &mut DbConnection {
        self.connection
    }

    /// The revision after the last appended change.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The number of the revision that the next change makes.
    pub fn next(&self) -> i64 {
        self.revision.number() + 1
    }

    /// Appends the change of the next revision, chained to the previous one.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the database does not answer.
    pub fn append(
        &mut self,
        context: &Context,
        change: &NewChange<'_>,
    ) -> Result<(), DatabaseError> {
        let revision = self.next();
        let actor = context.caller.to_string();
        let via_key = context.caller.via_key().map(ToString::to_string);
        let body = Body {
            v: LAYOUT,
            revision,
            at: micros(context.now),
            actor: actor.clone(),
            via_key: via_key.clone(),
            request_id: context.request_id.clone(),
            kind: change.kind.to_owned(),
            bucket: change.bucket.map(ToOwned::to_owned),
            object: change.object.map(ToOwned::to_owned),
            rows: change.rows.to_vec(),
        };
        let body = body.write()?;
        let hash = chained(&self.chain_hash, &body).to_vec();
        let row = NewChangeRow {
            project_id: self.project.as_str(),
            revision,
            at: micros(context.now),
            actor_kind: actor_kind(&actor),
            actor: &actor,
            via_key: via_key.as_deref(),
            request_id: &context.request_id,
            kind: change.kind,
            body: &body,
            prev_hash: &self.chain_hash,
            hash: &hash,
        };
        changes::insert(self.connection, &row)?;
        self.chain_hash = hash;
        self.revision = self.revision.with_number(revision);
        Ok(())
    }

    /// Moves the head to the revision of the last change, if any was appended.
    fn finish(self) -> Result<(), DatabaseError> {
        if self.revision == self.first {
            return Ok(());
        }
        project_heads::advance(self.connection, self.project, self.revision, &self.chain_hash)
    }
}

/// Runs `write` as the only writer of `project`, in one transaction. It makes one revision for each
/// change that `write` appends.
///
/// # Errors
/// The error of `write`; [`DatabaseError::NotFound`] if there is no such project;
/// [`DatabaseError::Unavailable`] if the database does not answer. The transaction is rolled back
/// then.
pub fn write<T, E: QueryError>(
    connection: &mut DbConnection,
    project: &ProjectId,
    write: impl FnOnce(&mut ProjectWriter<'_>) -> Result<T, E>,
) -> Result<T, E> {
    transaction(connection, |connection| {
        let mut writer = ProjectWriter::lock(connection, project)?;
        let written = write(&mut writer)?;
        writer.finish()?;
        Ok(written)
    })
}
