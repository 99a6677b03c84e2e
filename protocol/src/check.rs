//! Access checks without a request to S3.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Permission;

/// `POST /v1/check`: one question. Nothing is signed, and a "no" is an answer, not an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// A permission (`read`, `write`, `delete`, `admin`, `list`), or an S3 operation such as
    /// `s3:GetObject` that takes one permission on one bucket.
    #[cfg_attr(feature = "openapi", schema(example = "read"))]
    pub action: String,
    /// The bucket.
    pub bucket: String,
    /// The object key. Without it the question is about everything below `prefix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The prefix, where no key is given; empty for the whole bucket.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Ask for this user instead of for the caller. For the application only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The groups that user's token would name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// The answer to [`CheckRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckResponse {
    /// Whether it is allowed.
    pub decision: bool,
    /// `ok`, or the code a refusal to sign would have.
    pub code: String,
    /// The permission it takes, where it takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<Permission>,
    /// Until when it stays allowed if nobody changes anything; absent when for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The revision it was decided at. Opaque.
    pub revision: String,
}
