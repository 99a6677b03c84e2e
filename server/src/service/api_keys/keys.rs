//! The API keys of applications: create, rotate, edit, list and revoke.

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::history::read_at;
use sail_cargo_database::tables::api_keys;

use super::change;
use super::made_key::MadeKey;
use crate::domain::{At, Context, KeyEdit, KeyId, NewKey, ProjectId, Resource, StoredKey};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::listing::{Listed, Listing};
use crate::service::mutation::{Change, Mode, mutate, write};
use crate::service::replies::{Reply, make_once};
use crate::service::reply_records::MadeKeyReply;

impl Service {
    /// Creates a key. Only this answer contains its secret.
    ///
    /// # Errors
    /// [`ServiceError::KeyReused`] if the `Idempotency-Key` belongs to another request;
    /// [`ServiceError::Database`] if the database does not answer.
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

    /// Creates a key that replaces the key `id`, which stays valid for at most `overlap`.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such key; [`ServiceError::Conflict`] if the key is
    /// no longer live, or its family has two live keys already.
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

    /// Runs `make` in a mutation, once for each `Idempotency-Key`.
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
                let make =
                    |connection: &mut DbConnection| make(connection, &project, &context, revision);
                make_once::<_, MadeKeyReply>(writer, &master_key, &project, &context, make)
            });
            unknown.forget_all();
            made
        })
        .await
    }

    /// Reduces what a live key may do or how long it lives.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such key; [`ServiceError::Conflict`] if the edit
    /// would give it more scopes or a longer life.
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
    /// [`ServiceError::NotFound`] if there is no such key.
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

    /// A page of the project's keys, by id. Revoked keys are included. The time of last use is
    /// always the current one.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if that part of the history is not kept.
    pub async fn keys(
        &self,
        listing: Listing,
        context: Context,
    ) -> Result<At<Listed<StoredKey>>, ServiceError> {
        self.list(listing, context, |connection, page, overlay| {
            let diffs = overlay
                .keys
                .into_iter()
                .filter(|(id, _)| id.as_str() > page.after.as_str())
                .collect();
            let fetch = |limit| api_keys::list(connection, &page.project, &page.after, limit);
            Ok(read_at(diffs, page.limit + 1, |key: &StoredKey| key.id.clone(), fetch)?)
        })
        .await
    }

    /// Revokes a key. Returns `false` if no such key exists or it is revoked already.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
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
