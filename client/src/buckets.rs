//! Buckets registered to a project.

use futures_util::Stream;
use sail_cargo_protocol::{
    AccessQuery, Bucket, Page, PageQuery, PatchBucket, PutBucket, SettleBucket, Settled,
    SubjectPermissions,
};

use crate::{Client, Error};

impl Client {
    /// Lists one page of the buckets on which the caller has a grant; for root, all buckets of the
    /// project (`GET /v1/buckets`).
    pub async fn buckets(&self, page: &PageQuery) -> Result<Page<Bucket>, Error> {
        self.answer(self.get(&["v1", "buckets"])?.query(page)).await
    }

    /// Reads the settings of one bucket (`GET /v1/buckets/{bucket}`).
    pub async fn bucket(&self, bucket: &str) -> Result<Bucket, Error> {
        self.answer(self.get(&["v1", "buckets", bucket])?).await
    }

    /// Registers a bucket, or replaces the settings of a registered one (`PUT
    /// /v1/buckets/{bucket}`). Creates nothing in S3.
    ///
    /// # Errors
    /// [`Error::is_conflict`] if the name belongs to another project.
    pub async fn put_bucket(&self, bucket: &str, settings: &PutBucket) -> Result<Bucket, Error> {
        self.answer(self.put(&["v1", "buckets", bucket])?.json(settings)).await
    }

    /// Removes a bucket's registration and its grants (`DELETE /v1/buckets/{bucket}`). Deletes
    /// nothing in S3. Signatures made before stay valid until they expire.
    pub async fn delete_bucket(&self, bucket: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "buckets", bucket])?).await
    }

    /// Lists all buckets that the caller may see, page after page.
    pub fn buckets_stream(&self) -> impl Stream<Item = Result<Bucket, Error>> + Send + use<> {
        self.items(&["v1", "buckets"], &PageQuery::default())
    }

    /// Changes the settings of a registered bucket (`PATCH /v1/buckets/{bucket}`). Absent settings
    /// stay.
    pub async fn patch_bucket(&self, bucket: &str, patch: &PatchBucket) -> Result<Bucket, Error> {
        self.answer(self.patch(&["v1", "buckets", bucket])?.json(patch)).await
    }

    /// Lists one page of the subjects with permissions in a bucket, now or at an earlier instant
    /// (`GET /v1/buckets/{bucket}/access`).
    pub async fn access(
        &self,
        bucket: &str,
        query: &AccessQuery,
    ) -> Result<Page<SubjectPermissions>, Error> {
        self.answer(self.get(&["v1", "buckets", bucket, "access"])?.query(query)).await
    }

    /// Lists all subjects with permissions in a bucket, page after page.
    pub fn access_stream(
        &self,
        bucket: &str,
        query: &AccessQuery,
    ) -> impl Stream<Item = Result<SubjectPermissions, Error>> + Send + use<> {
        self.items(&["v1", "buckets", bucket, "access"], query)
    }

    /// Reports how S3 responded to a signed creation or deletion (`POST
    /// /v1/buckets/{bucket}/settle`). The root interceptor of `sail-cargo-middleware` does this
    /// automatically.
    pub async fn settle_bucket(
        &self,
        bucket: &str,
        settle: &SettleBucket,
    ) -> Result<Settled, Error> {
        self.answer(self.post(&["v1", "buckets", bucket, "settle"])?.json(settle)).await
    }

    /// Makes Cargo check in S3 whether a bucket exists whose creation or deletion is pending (`POST
    /// /v1/buckets/{bucket}/reconcile`).
    pub async fn reconcile_bucket(&self, bucket: &str) -> Result<Settled, Error> {
        self.answer(self.post(&["v1", "buckets", bucket, "reconcile"])?).await
    }
}
