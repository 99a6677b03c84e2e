//! Grants on buckets.

use futures_util::Stream;
use reqwest::RequestBuilder;
use reqwest::header::{IF_MATCH, IF_NONE_MATCH};
use sail_cargo_protocol::{
    BulkQuery, ChangeGrantQuery, Grant, GrantQuery, GrantsChanged, GrantsQuery, Page, PageQuery,
    PatchGrants, PutGrant,
};

use crate::{Client, Error};

/// The state that a grant must have before it is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precondition {
    /// Any state.
    #[default]
    None,
    /// The grant must not exist.
    Absent,
    /// The grant must exist.
    Present,
    /// The grant must have this `updated_revision`.
    Revision(i64),
}

impl Precondition {
    fn put_on(self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Absent => request.header(IF_NONE_MATCH, "*"),
            Self::Present => request.header(IF_MATCH, "*"),
            Self::Revision(revision) => request.header(IF_MATCH, format!("\"r{revision}\"")),
        }
    }
}

impl Client {
    /// Lists one page of the grants on a bucket (`GET /v1/buckets/{bucket}/grants`).
    pub async fn grants(&self, bucket: &str, page: &PageQuery) -> Result<Page<Grant>, Error> {
        self.answer(self.get(&["v1", "buckets", bucket, "grants"])?.query(page)).await
    }

    /// Reads one grant (`GET /v1/buckets/{bucket}/grants/{subject}`). `which` names its prefix and
    /// the kind of its subject.
    pub async fn grant(
        &self,
        bucket: &str,
        subject: &str,
        which: &GrantQuery,
    ) -> Result<Grant, Error> {
        self.answer(self.get(&["v1", "buckets", bucket, "grants", subject])?.query(which)).await
    }

    /// Creates or replaces a grant (`PUT /v1/buckets/{bucket}/grants/{subject}`).
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

    /// Revokes a grant (`DELETE /v1/buckets/{bucket}/grants/{subject}`). Signatures made before
    /// stay valid until they expire, at most 15 minutes.
    pub async fn delete_grant(
        &self,
        bucket: &str,
        subject: &str,
        which: &GrantQuery,
    ) -> Result<(), Error> {
        self.done(self.delete(&["v1", "buckets", bucket, "grants", subject])?.query(which)).await
    }

    /// Lists all grants on a bucket that `query` selects, page after page.
    pub fn grants_stream(
        &self,
        bucket: &str,
        query: &GrantsQuery,
    ) -> impl Stream<Item = Result<Grant, Error>> + Send + use<> {
        self.items(&["v1", "buckets", bucket, "grants"], query)
    }

    /// Lists one page of the grants of the whole project (`GET /v1/grants`).
    pub async fn all_grants(&self, query: &GrantsQuery) -> Result<Page<Grant>, Error> {
        self.answer(self.get(&["v1", "grants"])?.query(query)).await
    }

    /// Lists all grants of the project that `query` selects, page after page.
    pub fn all_grants_stream(
        &self,
        query: &GrantsQuery,
    ) -> impl Stream<Item = Result<Grant, Error>> + Send + use<> {
        self.items(&["v1", "grants"], query)
    }

    /// Creates or replaces a grant, if `precondition` holds.
    ///
    /// # Errors
    /// [`Error::is_conflict`] if it does not (412), or the bucket would lose its last admin (409).
    pub async fn put_grant_if(
        &self,
        bucket: &str,
        subject: &str,
        which: &ChangeGrantQuery,
        precondition: Precondition,
        grant: &PutGrant,
    ) -> Result<Grant, Error> {
        let put = self.put(&["v1", "buckets", bucket, "grants", subject])?.query(which);
        self.answer(precondition.put_on(put).json(grant)).await
    }

    /// Revokes a grant, if `precondition` holds.
    ///
    /// # Errors
    /// [`Error::is_conflict`] if it does not (412), or the bucket would lose its last admin (409).
    pub async fn delete_grant_if(
        &self,
        bucket: &str,
        subject: &str,
        which: &ChangeGrantQuery,
        precondition: Precondition,
    ) -> Result<(), Error> {
        let delete = self.delete(&["v1", "buckets", bucket, "grants", subject])?.query(which);
        self.done(precondition.put_on(delete)).await
    }

    /// Changes up to 1000 grants of a bucket, all or none (`PATCH /v1/buckets/{bucket}/grants`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] if a grant does not have the state that its change expects, or the
    /// bucket would lose its last admin.
    pub async fn patch_grants(
        &self,
        bucket: &str,
        how: &BulkQuery,
        changes: &PatchGrants,
    ) -> Result<GrantsChanged, Error> {
        let patch = self.patch(&["v1", "buckets", bucket, "grants"])?;
        self.answer(patch.query(how).json(changes)).await
    }
}
