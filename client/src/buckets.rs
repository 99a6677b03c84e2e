//! Buckets registered to a project.

use futures_util::Stream;
use sail_cargo_protocol::{
    AccessQuery, Bucket, Page, PageQuery, PatchBucket, PutBucket, SettleBucket, Settled,
    SubjectPermissions,
};

use crate::{Client, Error};

impl Client {
    /// The buckets the caller holds a grant on; for root, all of the project
    /// (`GET /v1/buckets`).
    pub async fn buckets(&self, page: &PageQuery) -> Result<Page<Bucket>, Error> {
        self.answer(self.get(&["v1", "buckets"])?.query(page)).await
    }

    /// One bucket's settings (`GET /v1/buckets/{bucket}`).
    pub async fn bucket(&self, bucket: &str) -> Result<Bucket, Error> {
        self.answer(self.get(&["v1", "buckets", bucket])?).await
    }

    /// Registers a bucket, or replaces the settings of one (`PUT /v1/buckets/{bucket}`).
    /// Nothing is created in S3.
    ///
    /// # Errors
    /// [`Error::is_conflict`] when the name belongs to another project.
    pub async fn put_bucket(&self, bucket: &str, settings: &PutBucket) -> Result<Bucket, Error> {
        self.answer(self.put(&["v1", "buckets", bucket])?.json(settings)).await
    }

    /// Forgets a bucket and its grants (`DELETE /v1/buckets/{bucket}`). Nothing is removed
    /// from S3, and signatures already given out last until they expire.
    pub async fn delete_bucket(&self, bucket: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "buckets", bucket])?).await
    }

    /// All buckets the caller may see, page after page.
    pub fn buckets_stream(&self) -> impl Stream<Item = Result<Bucket, Error>> + Send + use<> {
        self.items(&["v1", "buckets"], &PageQuery::default())
    }

    /// Changes a registered bucket (`PATCH /v1/buckets/{bucket}`): what is absent stays.
    pub async fn patch_bucket(&self, bucket: &str, patch: &PatchBucket) -> Result<Bucket, Error> {
        self.answer(self.patch(&["v1", "buckets", bucket])?.json(patch)).await
    }

    /// Who can do what in a bucket, now or at an earlier instant
    /// (`GET /v1/buckets/{bucket}/access`).
    pub async fn access(
        &self,
        bucket: &str,
        query: &AccessQuery,
    ) -> Result<Page<SubjectPermissions>, Error> {
        self.answer(self.get(&["v1", "buckets", bucket, "access"])?.query(query)).await
    }

    /// All of them, page after page.
    pub fn access_stream(
        &self,
        bucket: &str,
        query: &AccessQuery,
    ) -> impl Stream<Item = Result<SubjectPermissions, Error>> + Send + use<> {
        self.items(&["v1", "buckets", bucket, "access"], query)
    }

    /// Says how S3 answered a creation or deletion that was signed
    /// (`POST /v1/buckets/{bucket}/settle`). The root interceptor of `sail-cargo-middleware` does
    /// this by itself.
    pub async fn settle_bucket(
        &self,
        bucket: &str,
        settle: &SettleBucket,
    ) -> Result<Settled, Error> {
        self.answer(self.post(&["v1", "buckets", bucket, "settle"])?.json(settle)).await
    }

    /// Has Cargo look in S3 how a bucket stands that nobody settled
    /// (`POST /v1/buckets/{bucket}/reconcile`).
    pub async fn reconcile_bucket(&self, bucket: &str) -> Result<Settled, Error> {
        self.answer(self.post(&["v1", "buckets", bucket, "reconcile"])?).await
    }
}
