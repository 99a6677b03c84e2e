//! Signatures: headers for a request, or a presigned URL.

use sail_cargo_protocol::{
    Batch, BatchAnswer, PresignRequest, PresignResponse, SignRequest, SignResponse,
};

use crate::{Client, Error};

impl Client {
    /// Has one S3 request signed (`POST /v1/sign`). The headers and the URL of the response
    /// authorise this request only, until [`expires_at`](SignResponse::expires_at). Treat them as
    /// secrets.
    ///
    /// # Errors
    /// [`Error::is_denied`] if the caller's grants do not allow the request; the problem names the
    /// missing permission.
    pub async fn sign(&self, request: &SignRequest) -> Result<SignResponse, Error> {
        self.post_once(&["v1", "sign"], request).await
    }

    /// Has 1 to 1000 S3 requests signed (`POST /v1/sign/batch`), each with its own decision. The
    /// responses are in the order of the requests.
    ///
    /// # Errors
    /// Only errors of the whole batch. The error of one request is in its item.
    pub async fn sign_batch(
        &self,
        requests: &Batch<SignRequest>,
    ) -> Result<BatchAnswer<SignResponse>, Error> {
        self.post_once(&["v1", "sign", "batch"], requests).await
    }

    /// Creates a presigned URL, which works for everybody who has it (`POST /v1/presign`), for
    /// GetObject, HeadObject, PutObject or UploadPart.
    ///
    /// # Errors
    /// [`Error::is_denied`] if the caller's grants do not allow the request.
    pub async fn presign(&self, request: &PresignRequest) -> Result<PresignResponse, Error> {
        self.post_once(&["v1", "presign"], request).await
    }

    /// Creates 1 to 1000 presigned URLs (`POST /v1/presign/batch`), each with its own decision. The
    /// responses are in the order of the requests.
    ///
    /// # Errors
    /// Only errors of the whole batch. The error of one URL is in its item.
    pub async fn presign_batch(
        &self,
        requests: &Batch<PresignRequest>,
    ) -> Result<BatchAnswer<PresignResponse>, Error> {
        self.post_once(&["v1", "presign", "batch"], requests).await
    }
}
