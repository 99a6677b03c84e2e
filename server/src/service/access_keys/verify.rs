//! Whose access keys are, and how they are proved.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use sail_cargo_database::DatabaseError;
use sail_cargo_database::DbConnection;
use sail_cargo_database::tables::{access_keys, accounts};
use sail_cargo_database::tenancy::{set_presented_access_key, set_tenant};
use sail_cargo_database::transaction::transaction;

use crate::cache::State;
use crate::domain::access_key::BadAccessKey;
use crate::domain::{AccessKey, AccessKeyHolder, AccessKeyId, AccessKeyLookup, Origin};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

impl Service {
    /// The access key `id` with its holder and what it is proved by, if it is good at `now`; or why it is not.
    /// Told by what is remembered. What is not remembered is asked of the database, and ids that nobody
    /// has once a second at most. What is taken away ends within `max_staleness`.
    ///
    /// # Errors
    /// The database is not available, or the key's secret was sealed with another master key.
    pub async fn access_key(
        &self,
        id: &AccessKeyId,
        now: DateTime<Utc>,
    ) -> Result<AccessKeyLookup, ServiceError> {
        match self.cached_access_key(id, now) {
            Some(known) => Ok(known?),
            None => self.looked_up_access_key(id.clone(), now).await,
        }
    }

    /// The same from the cache alone; `None` if only the database can tell.
    pub fn cached_access_key(
        &self,
        id: &AccessKeyId,
        now: DateTime<Utc>,
    ) -> Option<Result<AccessKeyLookup, DatabaseError>> {
        let known =
            self.cache.get_access_keyed_if_fresh(id, |state: &State| state.access_key(id, now));
        known.or_else(|| {
            let is_nobodys = self.unknown_access_keys.has(id, Instant::now());
            is_nobodys.then(|| Ok(Err(BadAccessKey::unknown(id.clone()))))
        })
    }

    async fn looked_up_access_key(
        &self,
        id: AccessKeyId,
        now: DateTime<Utc>,
    ) -> Result<AccessKeyLookup, ServiceError> {
        let asked = self.unknown_access_keys.ask(Instant::now());
        let (master_key, wanted) = (self.database.master_key().clone(), id.clone());
        let found = self.run(move |connection| {
            transaction(connection, |connection| {
                set_presented_access_key(connection, &wanted)?;
                match access_keys::look_up(connection, &master_key, &wanted, now)? {
                    Some(Ok(key)) => unless_put_out(connection, key).map(Some),
                    other => Ok(other),
                }
            })
        });
        let Some(lookup) = found.await? else {
            self.unknown_access_keys.note(id.clone(), asked);
            return Ok(Err(BadAccessKey::unknown(id)));
        };
        let project = match &lookup {
            Ok(key) => Some(&key.holder.project),
            Err(bad) => bad.project.as_ref(),
        };
        // Whoever repeats it asks the database no more.
        if let Some(project) = project {
            self.cache.want(project);
        }
        Ok(lookup)
    }

    /// Notes that an access key is used at `now` from `origin`: once a minute at most, off the way of the
    /// request. What cannot be written is no reason to refuse anybody.
    pub fn note_access_key_use(
        &self,
        holder: &AccessKeyHolder,
        origin: &Origin,
        now: DateTime<Utc>,
    ) {
        if !self.access_key_uses.is_due(&holder.id, now) {
            return;
        }
        let (service, project, id) = (self.clone(), holder.project.clone(), holder.id.clone());
        let origin = origin.clone();
        tokio::spawn(async move {
            let noted = service.run(move |connection| {
                transaction(connection, |connection| {
                    set_tenant(connection, &project)?;
                    let (address, agent) = (origin.address, origin.agent.as_deref());
                    Ok(access_keys::note_use(connection, &project, &id, now, address, agent)?)
                })
            });
            if let Err(error) = noted.await {
                log::warn!("the use of an access key was not noted: {error}");
            }
        });
    }
}

/// A key of an account goes with the account.
fn unless_put_out(
    connection: &mut DbConnection,
    key: Arc<AccessKey>,
) -> Result<AccessKeyLookup, ServiceError> {
    let Some(user) = &key.holder.user else { return Ok(Ok(key)) };
    set_tenant(connection, &user.project)?;
    match accounts::standing(connection, &user.project, &user.id)? {
        Some(standing) if !standing.is_active() => Ok(Err(BadAccessKey::of(&key.holder))),
        _ => Ok(Ok(key)),
    }
}
