//! A connection to change projects on.

use sail_cargo_database::DbConnection;

use crate::cache::ProjectCache;

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
