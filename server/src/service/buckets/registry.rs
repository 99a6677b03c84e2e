//! The registry of buckets: which bucket belongs to which project.

use sail_cargo_database::SnapshotReader;
use sail_cargo_database::history::{Overlay, When, overlay};
use sail_cargo_database::tables::buckets;

use super::edit::{edit_in, forget, put};
use super::shown::Shown;
use crate::domain::{
    At, Authority, Bucket, BucketEdit, BucketName, BucketState, Context, ProjectId, Resource,
};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::listing::{Listed, paginate};
use crate::service::mutation::mutate;

impl Service {
    /// Registers a bucket, or replaces the rules of a registered one. `shown` is how the storage's
    /// own list shows the name.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] if another project of the store has the name, if the caller is
    /// not an operator and the store is shared, or if the caller is not an operator and would raise
    /// a ceiling, including one kept for the name.
    pub async fn put_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        edit: BucketEdit,
        shown: Shown,
        context: Context,
    ) -> Result<At<Bucket>, ServiceError> {
        self.change(move |session| put(session, &project, &name, &edit, shown, &context)).await
    }

    /// Changes a registered bucket.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if the project has no such bucket; [`ServiceError::Conflict`] if
    /// the caller is not an operator and would raise a ceiling.
    pub async fn patch_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        edit: BucketEdit,
        context: Context,
    ) -> Result<At<Bucket>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, revision| {
                // A claimed bucket has no rules to change until its creation is confirmed. Grants
                // treat it the same way.
                let known = buckets::find(connection, &project, &name)?;
                if known.is_none_or(|bucket| bucket.state == BucketState::Claimed) {
                    return Err(ServiceError::NotFound(Resource::Bucket));
                }
                edit_in(connection, &project, &name, &edit, Shown::No, &context, revision)
            })
        })
        .await
    }

    /// One bucket of the project, and the caller's authority in it.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if the project has no such bucket.
    pub async fn bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<At<(Bucket, Authority)>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, revision| {
            let bucket = buckets::find(connection, &project, &name)?
                .ok_or(ServiceError::NotFound(Resource::Bucket))?;
            let overlay = Overlay::default();
            let reader =
                SnapshotReader { project: &project, overlay: &overlay, revision, now: context.now };
            let authority = reader.authority(connection, &context.caller, Some(&[name]))?;
            Ok((bucket, authority))
        })
        .await
    }

    /// A page of the project's buckets as they were `when`: at most `limit` buckets after `after`,
    /// by name.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if that part of the history is not kept.
    pub async fn buckets(
        &self,
        project: ProjectId,
        when: When,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<Bucket>>, ServiceError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let buckets = buckets::list(connection, &project, &overlay, &after, limit + 1)?;
                Ok(At { value: paginate(buckets, limit), revision })
            })
            .await?;
        Ok(listed.value)
    }

    /// All buckets of the project after `after`, by name, and the caller's authority in all of
    /// them, as they were `when`.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if that part of the history is not kept.
    pub async fn buckets_and_authority(
        &self,
        project: ProjectId,
        when: When,
        after: String,
        context: Context,
    ) -> Result<At<(Vec<Bucket>, Authority)>, ServiceError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let now = context.now;
                let reader = SnapshotReader { project: &project, overlay: &overlay, revision, now };
                let authority = reader.authority(connection, &context.caller, None)?;
                let buckets =
                    buckets::list(connection, &project, &overlay, &after, usize::MAX >> 1)?;
                Ok(At { value: (buckets, authority), revision })
            })
            .await?;
        Ok(listed.value)
    }

    /// Forgets a bucket and every grant on it, and keeps its ceiling for the name. Nothing changes
    /// in S3. Returns whether the bucket was registered.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] if the bucket is frozen and the caller is not an operator.
    pub async fn forget_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<At<bool>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                forget(connection, &project, &name, &context)
            })
        })
        .await
    }
}
