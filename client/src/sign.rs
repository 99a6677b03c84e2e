//! Signing: headers for a request, or a URL that stands for one.

use sail_cargo_protocol::{
    Batch, BatchAnswer, PresignRequest, PresignResponse, SignRequest, SignResponse,
};

use crate::{Client, Error};

impl Client {
    /// Has one S3 request signed (`POST /v1/sign`). The answer's headers and URL authorise
    /// exactly that request until [`expires_at`](SignResponse::expires_at); keep them as secret
    /// as what they open.
    ///
    /// # Errors
    /// [`Error::is_denied`] when the caller's grants do not allow it; the problem names the
    /// permission that was missing.
    pub async fn sign(&self, request: &SignRequest) -> Result<SignResponse, Error> {
        self.post_once(&["v1", "sign"], request).await
    }

    /// Has 1 to 1000 S3 requests signed (`POST /v1/sign/batch`), each judged on its own. The
    /// answers are in the order of the requests.
    ///
    /// # Errors
    /// Only what concerns all of them; what concerns one is in its item.
    pub async fn sign_batch(
        &self,
        requests: &Batch<SignRequest>,
    ) -> Result<BatchAnswer<SignResponse>, Error> {
        self.post_once(&["v1", "sign", "batch"], requests).await
    }

    /// Has a URL made that works for whoever holds it (`POST /v1/presign`): GetObject,
    /// HeadObject, PutObject or UploadPart.
    ///
    /// # Errors
    /// [`Error::is_denied`] when the caller's grants do not allow it.
    pub async fn presign(&self, request: &PresignRequest) -> Result<PresignResponse, Error> {
        self.post_once(&["v1", "presign"], request).await
    }

    /// Has 1 to 1000 URLs made (`POST /v1/presign/batch`), each judged on its own. The answers
    /// are in the order of the requests.
    ///
    /// # Errors
    /// Only what concerns all of them; what concerns one is in its item.
    pub async fn presign_batch(
        &self,
        requests: &Batch<PresignRequest>,
    ) -> Result<BatchAnswer<PresignResponse>, Error> {
        self.post_once(&["v1", "presign", "batch"], requests).await
    }
}
