//! Which bucket belongs to which project.

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
    /// Registers a bucket, or replaces the rules of one that is registered. `shown`: what the storage
    /// was found to say of its name.
    ///
    /// # Errors
    /// The name belongs to another project of the same store; only operators register buckets of
    /// a shared store, and raise a ceiling, be it one that is kept for the name.
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

    /// Changes a bucket that is registered.
    ///
    /// # Errors
    /// It is not registered to the project; only operators raise a ceiling.
    pub async fn patch_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        edit: BucketEdit,
        context: Context,
    ) -> Result<At<Bucket>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, revision| {
                // As with grants: one whose creation nobody confirmed has no rules to change yet.
                let known = buckets::find(connection, &project, &name)?;
                if known.is_none_or(|bucket| bucket.state == BucketState::Claimed) {
                    return Err(ServiceError::NotFound(Resource::Bucket));
                }
                edit_in(connection, &project, &name, &edit, Shown::No, &context, revision)
            })
        })
        .await
    }

    /// One bucket of the project, and what bears on what the caller may do in it.
    ///
    /// # Errors
    /// It is not registered to the project.
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

    /// The project's buckets by name, behind `after`, at most `limit`; as they were `when`.
    ///
    /// # Errors
    /// That part of the history is gone.
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

    /// All buckets of the project by name, behind `after`, and what bears on what the caller may
    /// do in any; as they were `when`.
    ///
    /// # Errors
    /// That part of the history is gone.
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

    /// Forgets a bucket and every grant on it; whether it was there. Its ceiling is kept for the
    /// name. In S3 nothing changes.
    ///
    /// # Errors
    /// It is frozen, which only operators undo.
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
