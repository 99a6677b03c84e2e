//! `api_key`: hashes of the keys that applications prove themselves with.

mod bad;
mod change;
mod live;
mod rows;
mod text;
mod unknown;

use std::collections::BTreeSet;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::{ApiKey, CreatedApiKey, Scope};

use super::Database;
use super::cache::State;
use super::connection::{DbConnection, set_presented_key, set_tenant};
use super::error::StoreError;
use super::grants::{Listed, paginate};
use super::history::{When, overlay, read_at};
use super::idempotency::{Reply, once};
use super::rows::micros;
use super::schema::api_key as dsl;
use super::write::{Change, Mode, mutate, write};
use crate::domain::caller::KeyHolder;
use crate::domain::{At, Context, KeyId, ProjectId};
pub use bad::{BadKey, KeyFlaw};
pub use live::LiveKeys;
pub(super) use rows::{KeyLock, locks};
pub use text::PresentedKey;
pub(super) use unknown::UnknownKeys;

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it stops.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The part that is no secret.
    pub id: KeyId,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it stops.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The id of the key it was first rotated from; its own otherwise.
    pub family: String,
    /// When it was last presented.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From which address.
    pub last_used_ip: Option<String>,
}

/// What a key shall be: what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyEdit {
    /// What it is for.
    pub name: Option<String>,
    /// What it may be used for: no more than now.
    pub scopes: Option<BTreeSet<Scope>>,
    /// When it stops: no later than now.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Database {
    /// Makes a key. The answer is the only time it can be seen.
    ///
    /// # Errors
    /// The `Idempotency-Key` came with another request before.
    pub async fn create_key(
        &self,
        project: ProjectId,
        new: NewKey,
        context: Context,
    ) -> Result<At<Reply<CreatedApiKey>>, StoreError> {
        self.make_key(project, context, move |connection, project, context, revision| {
            change::insert(connection, project, context, revision, None, &new)
        })
        .await
    }

    /// Makes a key that takes the place of another, which goes on for `overlap` at most.
    ///
    /// # Errors
    /// There is no such key, it is not good any more, or two of its family are good already.
    pub async fn rotate_key(
        &self,
        project: ProjectId,
        id: KeyId,
        overlap: TimeDelta,
        expires_at: DateTime<Utc>,
        context: Context,
    ) -> Result<At<Reply<CreatedApiKey>>, StoreError> {
        self.make_key(project, context, move |connection, project, context, revision| {
            change::rotate(connection, project, context, revision, &id, overlap, expires_at)
        })
        .await
    }

    /// Makes a key by `make`, once for each `Idempotency-Key`.
    async fn make_key(
        &self,
        project: ProjectId,
        context: Context,
        make: impl FnOnce(
            &mut DbConnection,
            &ProjectId,
            &Context,
            i64,
        ) -> Result<(CreatedApiKey, Change), StoreError>
        + Send
        + 'static,
    ) -> Result<At<Reply<CreatedApiKey>>, StoreError> {
        let (master_key, unknown) = (self.master_key.clone(), self.unknown_keys.clone());
        self.change(move |session| {
            let made = write(session, &project, &context, Mode::Commit, |writer| {
                let revision = writer.next();
                let mut made = None;
                let act = |connection: &mut DbConnection| {
                    let (created, change) = make(connection, &project, &context, revision)?;
                    made = Some(change);
                    Ok(created)
                };
                let reply = once(writer.connection, &master_key, project.as_str(), &context, act)?;
                made.iter().try_for_each(|change| writer.record(change))?;
                Ok(reply)
            });
            unknown.forget_all();
            made
        })
        .await
    }

    /// Changes a key that is good: less is all that it can become.
    ///
    /// # Errors
    /// There is no such key, or it would be good for more, or for longer.
    pub async fn patch_key(
        &self,
        project: ProjectId,
        id: KeyId,
        edit: KeyEdit,
        context: Context,
    ) -> Result<At<StoredKey>, StoreError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                change::patch(connection, &project, &id, &edit)
            })
        })
        .await
    }

    /// The key's holder, if it is good: known, not revoked, not expired; or why it is not. The
    /// comparison takes the same time for a key that is unknown.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn key_holder(
        &self,
        presented: PresentedKey,
        now: DateTime<Utc>,
    ) -> Result<Result<KeyHolder, BadKey>, StoreError> {
        if let Some(holder) = self.cached_key(&presented, now) {
            return Ok(holder);
        }
        let asked = self.unknown_keys.ask(Instant::now());
        let holder = self.run(move |connection| {
            connection.transaction(|connection| {
                set_presented_key(connection, &presented.id)?;
                rows::check(connection, &presented, now)
            })
        });
        let holder = holder.await?;
        if let Err(BadKey { id, flaw: KeyFlaw::Unknown, .. }) = &holder {
            self.unknown_keys.note(id.clone(), asked);
        }
        Ok(holder)
    }

    /// The same, if it can be told without the database.
    pub fn cached_key(
        &self,
        presented: &PresentedKey,
        now: DateTime<Utc>,
    ) -> Option<Result<KeyHolder, BadKey>> {
        let open = |state: &State| state.key(&presented.id).map(|lock| lock.open(presented, now));
        let unknown = || {
            let is_nobodys = self.unknown_keys.has(&presented.id, Instant::now());
            is_nobodys.then(|| Err(BadKey::unknown(presented.id.clone())))
        };
        self.cache.get_keyed_if_fresh(&presented.id, open).or_else(unknown)
    }

    /// Notes that a key was presented at `now` from `address`. No part of the history.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn key_was_used(
        &self,
        holder: KeyHolder,
        now: DateTime<Utc>,
        address: Option<String>,
    ) -> Result<(), StoreError> {
        self.run(move |connection| {
            connection.transaction(|connection| {
                set_tenant(connection, &holder.project)?;
                diesel::update(dsl::table.find(holder.id.as_str()))
                    .set((dsl::last_used_at.eq(micros(now)), dsl::last_used_ip.eq(address)))
                    .execute(connection)?;
                Ok(())
            })
        })
        .await
    }

    /// Whether a key is still as good as it was: not revoked, not ended, not made less.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn key_is_good(
        &self,
        holder: KeyHolder,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let scopes = holder.scopes.clone();
        let found = self.read(holder.project.clone(), None, move |connection, _| {
            rows::find(connection, &holder.project, &holder.id)
        });
        let is_good = |key: StoredKey| key.is_live(now) && scopes.is_subset(&key.scopes);
        Ok(found.await?.value.is_some_and(is_good))
    }

    /// One key of the project.
    ///
    /// # Errors
    /// There is none.
    pub async fn key(
        &self,
        project: ProjectId,
        id: KeyId,
        context: Context,
    ) -> Result<At<StoredKey>, StoreError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            rows::find(connection, &project, &id)?.ok_or(StoreError::NotFound("API key"))
        })
        .await
    }

    /// The project's keys by id, behind `after`, at most `limit`, revoked ones included; as they
    /// were `when`, but for when they were last used.
    ///
    /// # Errors
    /// That part of the history is gone.
    pub async fn keys(
        &self,
        project: ProjectId,
        when: When,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<StoredKey>>, StoreError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let diffs = overlay
                    .keys
                    .into_iter()
                    .filter(|(id, _)| id.as_str() > after.as_str())
                    .collect();
                let fetch = |limit| rows::list(connection, &project, &after, limit);
                let keys = read_at(diffs, limit + 1, |key: &StoredKey| key.id.clone(), fetch)?;
                Ok(At { value: paginate(keys, limit), revision })
            })
            .await?;
        Ok(listed.value)
    }

    /// Revokes a key; whether there was one to revoke.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn revoke_key(
        &self,
        project: ProjectId,
        id: KeyId,
        context: Context,
    ) -> Result<At<bool>, StoreError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                change::revoke(connection, &project, &id, &context)
            })
        })
        .await
    }
}

impl StoredKey {
    /// As answers have it.
    pub fn to_wire(&self) -> ApiKey {
        ApiKey {
            id: self.id.to_string(),
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            created_at: self.created_at,
            created_by: self.created_by.clone(),
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            family: self.family.clone(),
            last_used_at: self.last_used_at,
            last_used_ip: self.last_used_ip.clone(),
        }
    }

    fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
