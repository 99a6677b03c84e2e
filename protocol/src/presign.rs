//! Presigned URLs: they work until they expire, for everybody who has them.
//!
//! `T` is the type of texts: `String`, or [`Text`], which is borrowed from the JSON.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Batch;
use crate::text::{self, Text};

/// `POST /v1/presign`: the S3 request the URL shall stand for. GetObject, HeadObject, PutObject
/// and UploadPart can be presigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PresignRequest<T = String> {
    /// `GET`, `HEAD` or `PUT`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "GET"))]
    pub method: T,
    /// The absolute URL, without anything that belongs to a signature.
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, example = "https://s3.example.com/photos/2026/cat.png")
    )]
    pub url: T,
    /// Headers that whoever uses the URL must send, such as `content-type`, `content-length` or
    /// `if-none-match: *`. They are bound by the signature.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<String>>))]
    pub headers: Vec<(T, T)>,
    /// `UNSIGNED-PAYLOAD` when absent, or 64 lower-case hex digits of SHA-256 to bind the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub payload: Option<T>,
    /// Seconds until the URL ends; 300 when absent. More than the project allows is refused; the
    /// end of the grant, of the token or of the API key may come before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

impl From<PresignRequest> for PresignRequest<Text<'_>> {
    fn from(owned: PresignRequest) -> Self {
        Self {
            method: owned.method.into(),
            url: owned.url.into(),
            headers: text::pairs(owned.headers),
            payload: owned.payload.map(Text::from),
            expires_in: owned.expires_in,
        }
    }
}

impl From<Batch<PresignRequest>> for Batch<PresignRequest<Text<'_>>> {
    fn from(owned: Batch<PresignRequest>) -> Self {
        Self { items: owned.items.into_iter().map(Into::into).collect() }
    }
}

/// The answer to [`PresignRequest`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PresignResponse {
    /// The method the URL works with.
    pub method: String,
    /// The URL. Whoever holds it may do this one thing until it ends.
    pub url: String,
    /// Send exactly these headers with it, and no other `x-amz-*`.
    pub headers: BTreeMap<String, String>,
    /// Headers of the request that are not in the signature, by lower-case name: those that S3 takes
    /// from no URL (`x-amz-checksum-mode`, `x-amz-user-agent`), those that mean nothing to it, and
    /// those that belong to a signature in headers. Leave out every `x-amz-*` of them: S3 would
    /// refuse the URL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped_headers: Vec<String>,
    /// The S3 operation it stands for.
    pub operation: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// The revision of the project's grants the decision was made at. Opaque.
    pub revision: String,
}

/// Prints the method, header names and other properties, never the URL.
impl std::fmt::Debug for PresignResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PresignResponse")
            .field("method", &self.method)
            .field("headers", &self.headers.keys())
            .field("dropped_headers", &self.dropped_headers)
            .field("operation", &self.operation)
            .field("expires_at", &self.expires_at)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}
