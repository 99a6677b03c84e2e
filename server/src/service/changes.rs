//! The feed of every mutation, and what there is to tell those who listen: one query for all listeners
//! of a project.

use sail_cargo_database::tables::changes::{self, LoggedChange};
use sail_cargo_database::{DatabaseError, DbConnection};

use super::api_keys::LiveKeys;
use super::error::ServiceError;
use super::handle::Service;
use crate::audit;
use crate::domain::{At, AuditEvent, AuditFilter, Context, ProjectId, Revision};

/// What one look at a project found.
#[derive(Debug)]
pub struct Look<T> {
    /// What is new, oldest first.
    pub news: Vec<T>,
    /// The revision it was found at.
    pub revision: Revision,
    /// The project's keys, where they may be others than at the revision that was known.
    pub keys: Option<LiveKeys>,
}

impl Service {
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
    ) -> Result<At<Vec<LoggedChange>>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, head| {
            head.demand(Some(head.with_number(after))).map_err(DatabaseError::from)?;
            Ok(changes::behind(connection, &project, after, limit, bytes)?)
        })
        .await
    }

    /// The changes behind the revision `after`, as [`Service::changes`] has them; none, but the
    /// revision, without one.
    ///
    /// # Errors
    /// The project or the database is not there.
    pub async fn look_at_changes(
        &self,
        project: ProjectId,
        after: Option<i64>,
        limit: i64,
        bytes: i64,
        known: Option<Revision>,
    ) -> Result<Look<LoggedChange>, ServiceError> {
        self.look(project, known, move |connection, project| {
            let Some(after) = after else { return Ok(Vec::new()) };
            changes::behind(connection, project, after, limit, bytes)
        })
        .await
    }

    /// The audit events of a project that `filter` lets through.
    ///
    /// # Errors
    /// The project or the database is not there.
    pub async fn look_at_trail(
        &self,
        project: ProjectId,
        filter: AuditFilter,
        known: Option<Revision>,
    ) -> Result<Look<AuditEvent>, ServiceError> {
        self.audit.flush().await?;
        self.patient()
            .look(project, known, |connection, project| {
                audit::events_of(connection, project.clone(), filter)
            })
            .await
    }

    async fn look<T: Send + 'static>(
        &self,
        project: ProjectId,
        known: Option<Revision>,
        news: impl FnOnce(&mut DbConnection, &ProjectId) -> Result<Vec<T>, DatabaseError>
        + Send
        + 'static,
    ) -> Result<Look<T>, ServiceError> {
        let found = self.read(project.clone(), None, move |connection, head| {
            head.demand(known).map_err(DatabaseError::from)?;
            // A key is changed by a revision.
            let changed = known != Some(head);
            let keys = changed.then(|| LiveKeys::read(connection, &project)).transpose()?;
            Ok((news(connection, &project)?, keys))
        });
        let found = found.await?;
        let (news, keys) = found.value;
        Ok(Look { news, revision: found.revision, keys })
    }
}
