//! What there is to tell those who listen: one query for all listeners of a project.

use sail_cargo_protocol::AuditEvent;

use super::audit::{self, AuditFilter};
use super::connection::DbConnection;
use super::error::StoreError;
use super::{Database, LiveKeys, LoggedChange, changes};
use crate::domain::{ProjectId, Revision};

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

impl Database {
    /// The changes behind the revision `after`, as [`Database::changes`] has them; none, but the
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
    ) -> Result<Look<LoggedChange>, StoreError> {
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
    ) -> Result<Look<AuditEvent>, StoreError> {
        self.flush_audit().await?;
        self.patient()
            .look(project, known, |connection, project| {
                audit::of_project(connection, project.clone(), filter)
            })
            .await
    }

    async fn look<T: Send + 'static>(
        &self,
        project: ProjectId,
        known: Option<Revision>,
        news: impl FnOnce(&mut DbConnection, &ProjectId) -> Result<Vec<T>, StoreError> + Send + 'static,
    ) -> Result<Look<T>, StoreError> {
        let found = self.read(project.clone(), None, move |connection, head| {
            head.demand(known)?;
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
