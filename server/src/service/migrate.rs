//! Bringing the database up to date.

use chrono::{DateTime, Utc};
use sail_cargo_database::MigrationError;

use super::group_split::split_all;
use super::handle::Service;
use super::session::Session;

impl Service {
    /// Applies the migrations that are missing and returns their names. What they change in a
    /// project is changed at `now`.
    ///
    /// # Errors
    /// The database is not there, or a migration failed.
    pub async fn migrate(&self, now: DateTime<Utc>) -> Result<Vec<String>, MigrationError> {
        let cache = self.cache.clone();
        let finish =
            move |connection: &mut _| split_all(&mut Session { connection, cache: &cache }, now);
        self.database.migrate(finish).await
    }
}
