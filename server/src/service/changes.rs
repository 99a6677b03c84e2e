//! The feed of changes and the audit trail, as one query for all listeners of a project.

use sail_cargo_database::tables::changes::{self, LoggedChange};
use sail_cargo_database::{DatabaseError, DbConnection};

use super::api_keys::LiveKeys;
use super::error::ServiceError;
use super::handle::Service;
use crate::audit;
use crate::domain::{At, AuditEvent, AuditFilter, Context, ProjectId, Revision};

/// The result of one poll of a project.
#[derive(Debug)]
pub struct Look<T> {
    /// The new items, oldest first.
    pub news: Vec<T>,
    /// The revision that the poll was made at.
    pub revision: Revision,
    /// The project's current keys; `None` if they cannot have changed since the known revision.
    pub keys: Option<LiveKeys>,
}

impl Service {
    /// The changes after the revision `after`, oldest first: at most `limit`, of about `bytes`
    /// bytes together, but at least one.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] if the project has no such revision yet;
    /// [`ServiceError::Database`] if a newer version wrote the first of the changes.
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

    /// Polls for the changes after the revision `after`, with the limits of [`Service::changes`].
    /// Without `after`, reads only the revision.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project; [`ServiceError::Database`] if the
    /// database does not answer.
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

    /// Polls for the audit events of a project that match `filter`.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project; [`ServiceError::Database`] if the
    /// database does not answer.
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
            // Every change of a key makes a revision.
            let changed = known != Some(head);
            let keys = changed.then(|| LiveKeys::read(connection, &project)).transpose()?;
            Ok((news(connection, &project)?, keys))
        });
        let found = found.await?;
        let (news, keys) = found.value;
        Ok(Look { news, revision: found.revision, keys })
    }
}
