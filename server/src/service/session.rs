//! A connection for changes of projects.

use sail_cargo_database::DbConnection;

use crate::cache::ProjectCache;

/// A connection for changes of projects. A change invalidates the cache.
pub(super) struct Session<'a> {
    pub(super) connection: &'a mut DbConnection,
    pub(super) cache: &'a ProjectCache,
}

impl Session<'_> {
    /// Runs `change`, which may concern any project, and invalidates the whole cache.
    pub(super) fn everywhere<T>(&mut self, change: impl FnOnce(&mut DbConnection) -> T) -> T {
        let changed = change(self.connection);
        self.cache.invalidate_all();
        changed
    }
}
