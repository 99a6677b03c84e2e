//! The keys of users, and those of the application for the gateway: made, changed, listed, revoked.

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::history::{When, overlay, read_at};
use sail_cargo_database::tables::access_keys;

use super::change::{self, Act};
use super::made::MadeAccessKey;
use crate::domain::{
    AccessKeyEdit, AccessKeyId, AccessKeyKind, At, Context, NewAccessKey, ProjectId,
    StoredAccessKey, SubjectId,
};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::listing::{Listed, paginate};
use crate::service::mutation::{Change, Mode, mutate, write};
use crate::service::replies::{Reply, make_once};
use crate::service::reply_records::MadeAccessKeyReply;

impl Service {
    /// Makes an access key. The answer is the only time that its secret can be seen.
    ///
    /// # Errors
    /// The user has too many already, or makes none in this project; the `Idempotency-Key` came with
    /// another request before.
    pub async fn create_access_key(
        &self,
        project: ProjectId,
        new: NewAccessKey,
        context: Context,
    ) -> Result<At<Reply<MadeAccessKey>>, ServiceError> {
        self.make_access_key(project, context, move |act| act.create(&new)).await
    }

    /// Makes an access key that takes the place of another, which goes on for `overlap` at most.
    ///
    /// # Errors
    /// There is no such key, it has ended, or two of its family are good already.
    pub async fn rotate_access_key(
        &self,
        project: ProjectId,
        id: AccessKeyId,
        overlap: TimeDelta,
        expires_at: DateTime<Utc>,
        context: Context,
    ) -> Result<At<Reply<MadeAccessKey>>, ServiceError> {
        let rotate = move |act: Act<'_>| act.rotate(&id, overlap, expires_at);
        self.make_access_key(project, context, rotate).await
    }

    /// Makes a key by `make`, once for each `Idempotency-Key`.
    async fn make_access_key(
        &self,
        project: ProjectId,
        context: Context,
        make: impl FnOnce(Act<'_>) -> Result<(MadeAccessKey, Change), ServiceError> + Send + 'static,
    ) -> Result<At<Reply<MadeAccessKey>>, ServiceError> {
        let master_key = self.database.master_key().clone();
        let unknown = self.unknown_access_keys.clone();
        let users = self.users;
        self.change(move |session| {
            let made = write(session, &project, &context, Mode::Commit, |writer| {
                let revision = writer.next();
                let (project, context, master_key) = (&project, &context, &master_key);
                let make = |connection: &mut DbConnection| {
                    make(Act { connection, master_key, project, context, revision, users })
                };
                make_once::<_, MadeAccessKeyReply>(writer, master_key, project, context, make)
            });
            unknown.forget_all();
            made
        })
        .await
    }

    /// Changes an access key: less is all that it can become.
    ///
    /// # Errors
    /// There is no such key of the caller's, or it would be good for more, or for longer.
    pub async fn patch_access_key(
        &self,
        project: ProjectId,
        id: AccessKeyId,
        edit: AccessKeyEdit,
        context: Context,
    ) -> Result<At<StoredAccessKey>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                change::patch(connection, &project, &id, &context.caller, edit)
            })
        })
        .await
    }

    /// One access key, without its secret.
    ///
    /// # Errors
    /// There is no such key of the caller's.
    pub async fn stored_access_key(
        &self,
        project: ProjectId,
        id: AccessKeyId,
        context: Context,
    ) -> Result<At<StoredAccessKey>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            change::owned(connection, &project, &id, &context.caller)
        })
        .await
    }

    /// The project's access keys by id, those of one user where one is named, of one kind where one is, behind
    /// `after`, at most `limit`; as they were `when`, but for when they were last used.
    ///
    /// # Errors
    /// That part of the history is gone.
    pub async fn access_keys(
        &self,
        project: ProjectId,
        (user, kind): (Option<SubjectId>, Option<AccessKeyKind>),
        when: When,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<StoredAccessKey>>, ServiceError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let is_meant = |key: &StoredAccessKey| {
                    (user.is_none() || key.owner.user() == user.as_ref())
                        && kind.is_none_or(|kind| key.kind == kind)
                };
                let diffs = overlay.access_keys.into_iter();
                let diffs = diffs.filter(|(id, diff)| {
                    let either = diff.before.as_ref().or(diff.now.as_ref());
                    id.as_str() > after.as_str() && either.is_some_and(is_meant)
                });
                let filter = (user.as_ref(), kind);
                let fetch = |limit| access_keys::list(connection, &project, filter, &after, limit);
                let id = |key: &StoredAccessKey| key.id.clone();
                let keys = read_at(diffs.collect(), limit + 1, id, fetch)?;
                Ok(At { value: paginate(keys, limit), revision })
            })
            .await?;
        Ok(listed.value)
    }

    /// Revokes an access key; whether there was one of the caller's to revoke.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn revoke_access_key(
        &self,
        project: ProjectId,
        id: AccessKeyId,
        context: Context,
    ) -> Result<At<bool>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                change::revoke(connection, &project, &id, &context.caller)
            })
        })
        .await
    }

    /// Revokes all access keys of a user; how many there were.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn revoke_access_keys_of(
        &self,
        project: ProjectId,
        user: SubjectId,
        context: Context,
    ) -> Result<At<usize>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                change::revoke_all(connection, &project, &user)
            })
        })
        .await
    }
}
