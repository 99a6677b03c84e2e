//! API keys by their ids alone: for what one of them opened.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::api_keys::locks;

use crate::cache::State;
use crate::domain::{KeyHolder, KeyId, KeyLock, ProjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

impl Service {
    /// The holder of a project's API key, if the key is valid at `now`. What is taken away ends within
    /// `max_staleness`.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the cache does not know and the database is not available.
    pub(in crate::service) async fn live_api_key(
        &self,
        project: &ProjectId,
        id: &KeyId,
        now: DateTime<Utc>,
    ) -> Result<Option<KeyHolder>, ServiceError> {
        let live = |lock: &KeyLock| lock.live(now).cloned();
        let known = |state: &State| Some(state.key(id).and_then(live));
        if let Some(known) = self.cache.get_if_fresh(project, None, known) {
            return Ok(known);
        }
        let (project, id) = (project.clone(), id.to_string());
        let found = self.read(project.clone(), None, move |connection, _| {
            Ok(locks(connection, &project, Some(vec![id]))?)
        });
        Ok(found.await?.value.iter().find_map(live))
    }
}
