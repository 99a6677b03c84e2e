//! The response to a signing request.

use sail_cargo_protocol::{BucketClaim, PresignResponse, SignResponse};

use super::approval::{Approval, Signed};
use super::request::SigningRequest;
use crate::s3::S3Request;
use crate::sigv4::{PresignedUrl, Signature};

/// The response to a [`SigningRequest`].
#[derive(Debug)]
pub enum SigningResponse {
    /// Headers for one request.
    Signed(SignResponse),
    /// A URL for one request.
    Presigned(PresignResponse),
}

impl SigningResponse {
    /// The response to `asked`, which was approved at `revision` and signed.
    pub fn new(
        asked: SigningRequest<'_>,
        approval: Approval<'_>,
        signed: Signed,
        revision: String,
    ) -> Self {
        match signed {
            Signed::Headers(signature) => Self::Signed(headers(approval, signature, revision)),
            Signed::Url(url) => {
                Self::Presigned(presigned(asked, approval.request(), url, revision))
            }
        }
    }

    /// The headers; `None` for a URL.
    pub fn signed(self) -> Option<SignResponse> {
        match self {
            Self::Signed(response) => Some(response),
            Self::Presigned(_) => None,
        }
    }

    /// The URL; `None` for headers.
    pub fn presigned(self) -> Option<PresignResponse> {
        match self {
            Self::Presigned(response) => Some(response),
            Self::Signed(_) => None,
        }
    }
}

fn headers(approval: Approval<'_>, signature: Signature, revision: String) -> SignResponse {
    let request = approval.request();
    SignResponse {
        headers: signature.headers,
        remove_headers: request.superseded_headers().to_vec(),
        url: request.url().to_owned(),
        operation: request.operation().name().to_owned(),
        expires_at: signature.expires_at,
        revision,
        claim: claim(approval),
    }
}

/// The claim with which the caller reports the outcome of a bucket's creation or deletion.
fn claim(approval: Approval<'_>) -> Option<BucketClaim> {
    let bucket = approval.request().target().bucket()?;
    let id = approval.into_reservation_id()?.to_string();
    Some(BucketClaim { bucket: bucket.to_string(), id })
}

fn presigned(
    asked: SigningRequest<'_>,
    request: &S3Request,
    signed: PresignedUrl,
    revision: String,
) -> PresignResponse {
    PresignResponse {
        method: request.method().as_str().to_owned(),
        dropped_headers: signed.leaves_out(asked.headers),
        url: signed.url,
        headers: signed.headers,
        operation: request.operation().name().to_owned(),
        expires_at: signed.expires_at,
        revision,
    }
}
