//! Verifies presented API keys.

use std::time::Instant;

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::api_keys;
use sail_cargo_database::tenancy::{set_presented_key, set_tenant};
use sail_cargo_database::transaction::transaction;

use crate::cache::State;
use crate::domain::{BadKey, KeyFlaw, KeyHolder, KeyLock, PresentedKey, StoredKey};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

impl Service {
    /// The holder of a key that is known, not revoked and not expired; otherwise why the key is
    /// refused. An unknown key takes as long to compare as a known one.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn key_holder(
        &self,
        presented: PresentedKey,
        now: DateTime<Utc>,
    ) -> Result<Result<KeyHolder, BadKey>, ServiceError> {
        if let Some(holder) = self.cached_key(&presented, now) {
            return Ok(holder);
        }
        let asked = self.unknown_keys.ask(Instant::now());
        let holder = self.run(move |connection| {
            transaction(connection, |connection| {
                set_presented_key(connection, presented.id())?;
                let lock = api_keys::lock(connection, presented.id())?;
                Ok(match lock {
                    Some(lock) => lock.open(&presented, now),
                    None => Err(KeyLock::refuse_unknown(&presented)),
                })
            })
        });
        let holder = holder.await?;
        if let Err(BadKey { id, flaw: KeyFlaw::Unknown, .. }) = &holder {
            self.unknown_keys.note(id.clone(), asked);
        }
        Ok(holder)
    }

    /// Like [`Service::key_holder`], from the cache alone; `None` if only the database can tell.
    pub fn cached_key(
        &self,
        presented: &PresentedKey,
        now: DateTime<Utc>,
    ) -> Option<Result<KeyHolder, BadKey>> {
        let open = |state: &State| state.key(presented.id()).map(|lock| lock.open(presented, now));
        let unknown = || {
            let is_nobodys = self.unknown_keys.has(presented.id(), Instant::now());
            is_nobodys.then(|| Err(BadKey::unknown(presented.id().clone())))
        };
        self.cache.get_keyed_if_fresh(presented.id(), open).or_else(unknown)
    }

    /// Records that a key was presented at `now` from `address`. This makes no revision.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn key_was_used(
        &self,
        holder: KeyHolder,
        now: DateTime<Utc>,
        address: Option<String>,
    ) -> Result<(), ServiceError> {
        self.run(move |connection| {
            transaction(connection, |connection| {
                set_tenant(connection, &holder.project)?;
                Ok(api_keys::note_use(connection, &holder.id, now, address)?)
            })
        })
        .await
    }

    /// Whether a key is at `now` still as good as when it was presented: not revoked, not expired,
    /// with no fewer scopes.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn key_is_good(
        &self,
        holder: KeyHolder,
        now: DateTime<Utc>,
    ) -> Result<bool, ServiceError> {
        let scopes = holder.scopes.clone();
        let found = self.read(holder.project.clone(), None, move |connection, _| {
            Ok(api_keys::find(connection, &holder.project, &holder.id)?)
        });
        let is_good = |key: StoredKey| key.is_live(now) && scopes.is_subset(&key.scopes);
        Ok(found.await?.value.is_some_and(is_good))
    }
}
