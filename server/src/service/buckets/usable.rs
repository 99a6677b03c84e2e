//! The buckets that a caller can use, as S3's ListBuckets shows them.

use chrono::{DateTime, Utc};
use sail_cargo_database::SnapshotReader;
use sail_cargo_database::history::{When, overlay};
use sail_cargo_database::tables::{buckets, changes};

use crate::domain::holdings::by_bucket;
use crate::domain::{At, Bucket, BucketName, BucketState, Caller, Context, ProjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

/// A bucket that a caller can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsableBucket {
    /// Its name.
    pub name: BucketName,
    /// When it was registered. `None` if that part of the history has been pruned.
    pub registered_at: Option<DateTime<Utc>>,
}

impl Service {
    /// The buckets of `project` that the caller can use, by name. An application key sees all of them, a
    /// user those in which they hold a permission. A bucket whose creation is not settled is left out.
    ///
    /// # Errors
    /// [`ServiceError::Database`].
    pub async fn usable_buckets(
        &self,
        project: ProjectId,
        context: Context,
    ) -> Result<At<Vec<UsableBucket>>, ServiceError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, When::Now)?;
                let now = context.now;
                let reader = SnapshotReader { project: &project, overlay: &overlay, revision, now };
                let authority = reader.authority(connection, &context.caller, None)?;
                let all = buckets::list(connection, &project, &overlay, "", usize::MAX >> 1)?;
                let names: Vec<_> = all.iter().map(|bucket| bucket.name.clone()).collect();
                let held = by_bucket(authority, &context.caller, &names, now);
                let usable: Vec<Bucket> = all
                    .into_iter()
                    .zip(held)
                    .filter(|(bucket, held)| {
                        let is_seen = !held.is_empty() || owns(&context.caller, &bucket.name);
                        bucket.state != BucketState::Claimed && is_seen
                    })
                    .map(|(bucket, _)| bucket)
                    .collect();
                let revisions: Vec<_> =
                    usable.iter().map(|bucket| bucket.created_revision).collect();
                let made = changes::made_at_each(connection, &project, &revisions)?;
                let usable = usable.into_iter().map(|bucket| UsableBucket {
                    registered_at: made.get(&bucket.created_revision).copied(),
                    name: bucket.name,
                });
                Ok(At { value: usable.collect(), revision })
            })
            .await?;
        Ok(listed.value)
    }
}

/// Whether the bucket is the caller's as the application, be it frozen.
fn owns(caller: &Caller, bucket: &BucketName) -> bool {
    caller.user().is_none() && caller.key_limits().is_none_or(|limits| limits.allow_bucket(bucket))
}
