//! Migrates the database.

use chrono::{DateTime, Utc};
use sail_cargo_database::MigrationError;

use super::group_split::split_all;
use super::handle::Service;
use super::session::Session;

impl Service {
    /// Applies the missing migrations and returns their names. Changes that they make in projects
    /// are dated `now`.
    ///
    /// # Errors
    /// [`MigrationError`] if the database cannot be reached, is newer than this program, or a
    /// migration fails.
    pub async fn migrate(&self, now: DateTime<Utc>) -> Result<Vec<String>, MigrationError> {
        let cache = self.cache.clone();
        let finish =
            move |connection: &mut _| split_all(&mut Session { connection, cache: &cache }, now);
        self.database.migrate(finish).await
    }
}
