//! A connection for changes of projects.

use sail_cargo_database::DbConnection;
use sail_cargo_database::transaction::snapshot;

use super::error::ServiceError;
use crate::cache::ProjectCache;
use crate::domain::ProjectId;

/// A connection for changes of projects. A change invalidates the cache.
pub(super) struct Session<'a> {
    pub(super) connection: &'a mut DbConnection,
    pub(super) cache: &'a ProjectCache,
}

impl Session<'_> {
    /// Reads the project's rows before a change, which may find them changed.
    pub(super) fn read<T>(
        &mut self,
        project: &ProjectId,
        read: impl FnOnce(&mut DbConnection) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        snapshot(self.connection, project, read)
    }

    /// Runs `change`, which may concern any project, and invalidates the whole cache.
    pub(super) fn everywhere<T>(&mut self, change: impl FnOnce(&mut DbConnection) -> T) -> T {
        let changed = change(self.connection);
        self.cache.invalidate_all();
        changed
    }
}
