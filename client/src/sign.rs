//! Header signing.

use sail_cargo_protocol::{SignRequest, SignResponse};

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
        self.answer(self.post(&["v1", "sign"])?.json(request)).await
    }
}
