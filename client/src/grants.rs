//! Who may do what in a bucket.

use sail_cargo_protocol::{Grant, GrantQuery, Page, PageQuery, PutGrant};

use crate::{Client, Error};

impl Client {
    /// The grants on a bucket (`GET /v1/buckets/{bucket}/grants`).
    pub async fn grants(&self, bucket: &str, page: &PageQuery) -> Result<Page<Grant>, Error> {
        self.answer(self.get(&["v1", "buckets", bucket, "grants"])?.query(page)).await
    }

    /// One grant (`GET /v1/buckets/{bucket}/grants/{subject}`); `which` names its prefix and
    /// the kind of its subject.
    pub async fn grant(
        &self,
        bucket: &str,
        subject: &str,
        which: &GrantQuery,
    ) -> Result<Grant, Error> {
        self.answer(self.get(&["v1", "buckets", bucket, "grants", subject])?.query(which)).await
    }

    /// Gives a grant, or replaces it (`PUT /v1/buckets/{bucket}/grants/{subject}`).
    pub async fn put_grant(
        &self,
        bucket: &str,
        subject: &str,
        which: &GrantQuery,
        grant: &PutGrant,
    ) -> Result<Grant, Error> {
        let put = self.put(&["v1", "buckets", bucket, "grants", subject])?;
        self.answer(put.query(which).json(grant)).await
    }

    /// Takes a grant back (`DELETE /v1/buckets/{bucket}/grants/{subject}`). Signatures already
    /// given out last until they expire, at most 15 minutes.
    pub async fn delete_grant(
        &self,
        bucket: &str,
        subject: &str,
        which: &GrantQuery,
    ) -> Result<(), Error> {
        self.done(self.delete(&["v1", "buckets", bucket, "grants", subject])?.query(which)).await
    }
}
