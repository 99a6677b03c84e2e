//! Buckets registered to a project.

use sail_cargo_protocol::{Bucket, Page, PageQuery, PutBucket};

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
}
