//! Header signing: from one S3 request to the headers that authorise it.
//!
//! `T` is the type of texts: `String`, or [`Text`], which is borrowed from the JSON.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Batch;
use crate::text::{self, Text};

/// `POST /v1/sign`: the S3 request that shall be signed, exactly as it will go on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignRequest<T = String> {
    /// `GET`, `HEAD`, `PUT`, `POST` or `DELETE`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "PUT"))]
    pub method: T,
    /// The absolute URL. Its host must be an endpoint of the project's store.
    #[cfg_attr(
        feature = "openapi",
        schema(
            value_type = String,
            example = "https://s3.example.com/photos/2026/cat.png?x-id=PutObject"
        )
    )]
    pub url: T,
    /// Every header that will be sent, as name and value. Repeated names are refused.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<String>>))]
    pub headers: Vec<(T, T)>,
    /// The payload hash: 64 lower-case hex digits of SHA-256, `UNSIGNED-PAYLOAD`, or
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`. May be left out when `body` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub payload: Option<T>,
    /// The body in base64, at most 1 MiB decoded. Cargo hashes it, and reads it where it says what
    /// an operation touches (the keys of DeleteObjects, the output of RestoreObject).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub body: Option<T>,
}

impl From<SignRequest> for SignRequest<Text<'_>> {
    fn from(owned: SignRequest) -> Self {
        Self {
            method: owned.method.into(),
            url: owned.url.into(),
            headers: text::pairs(owned.headers),
            payload: owned.payload.map(Text::from),
            body: owned.body.map(Text::from),
        }
    }
}

impl From<Batch<SignRequest>> for Batch<SignRequest<Text<'_>>> {
    fn from(owned: Batch<SignRequest>) -> Self {
        Self { items: owned.items.into_iter().map(Into::into).collect() }
    }
}

/// The answer to [`SignRequest`]: what to put on the request before it is sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignResponse {
    /// Set these, replacing what is there: `authorization`, `x-amz-date`,
    /// `x-amz-content-sha256`, and `x-amz-security-token` where the store needs it.
    pub headers: BTreeMap<String, String>,
    /// Remove these before sending.
    pub remove_headers: Vec<String>,
    /// The URL that was signed. Send the request to exactly this.
    pub url: String,
    /// The S3 operation the request resolved to, such as `PutObject`.
    pub operation: String,
    /// Until when S3 accepts the signature (15 minutes after its date).
    pub expires_at: DateTime<Utc>,
    /// The revision of the project's grants the decision was made at. Opaque.
    pub revision: String,
    /// For CreateBucket and DeleteBucket: what to settle when S3 has answered
    /// (`POST /v1/buckets/{bucket}/settle`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<BucketClaim>,
}

/// A bucket whose creation or deletion was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BucketClaim {
    /// The bucket's name.
    pub bucket: String,
    /// What it is settled with.
    pub id: String,
}

/// Prints everything but the values of the headers.
impl std::fmt::Debug for SignResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignResponse")
            .field("headers", &self.headers.keys())
            .field("remove_headers", &self.remove_headers)
            .field("operation", &self.operation)
            .field("expires_at", &self.expires_at)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}
