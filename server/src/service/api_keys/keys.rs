//! The keys that applications prove themselves with: made, changed, listed, revoked.

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::history::{When, overlay, read_at};
use sail_cargo_database::tables::api_keys;

use super::change;
use super::made_key::MadeKey;
use crate::domain::{At, Context, KeyEdit, KeyId, NewKey, ProjectId, Resource, StoredKey};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::listing::{Listed, paginate};
use crate::service::mutation::{Change, Mode, mutate, write};
use crate::service::replies::{Reply, once};
use crate::service::reply_records::MadeKeyReply;

impl Service {
    /// Makes a key. The answer is the only time it can be seen.
    ///
    /// # Errors
    /// The `Idempotency-Key` came with another request before.
    pub async fn create_key(
        &self,
        project: ProjectId,
        new: NewKey,
        context: Context,
    ) -> Result<At<Reply<MadeKey>>, ServiceError> {
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
    ) -> Result<At<Reply<MadeKey>>, ServiceError> {
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
        ) -> Result<(MadeKey, Change), ServiceError>
        + Send
        + 'static,
    ) -> Result<At<Reply<MadeKey>>, ServiceError> {
        let master_key = self.database.master_key().clone();
        let unknown = self.unknown_keys.clone();
        self.change(move |session| {
            let made = write(session, &project, &context, Mode::Commit, |writer| {
                let revision = writer.next();
                let mut made = None;
                let act = |connection: &mut DbConnection| {
                    let (created, change) = make(connection, &project, &context, revision)?;
                    made = Some(change);
                    Ok(created)
                };
                let reply = once::<_, MadeKeyReply>(
                    writer.connection(),
                    &master_key,
                    project.as_str(),
                    &context,
                    act,
                )?;
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
    ) -> Result<At<StoredKey>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                change::patch(connection, &project, &id, edit)
            })
        })
        .await
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
    ) -> Result<At<StoredKey>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            api_keys::find(connection, &project, &id)?
                .ok_or(ServiceError::NotFound(Resource::ApiKey))
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
    ) -> Result<At<Listed<StoredKey>>, ServiceError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let diffs = overlay
                    .keys
                    .into_iter()
                    .filter(|(id, _)| id.as_str() > after.as_str())
                    .collect();
                let fetch = |limit| api_keys::list(connection, &project, &after, limit);
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
    ) -> Result<At<bool>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                change::revoke(connection, &project, &id, &context)
            })
        })
        .await
    }
}
