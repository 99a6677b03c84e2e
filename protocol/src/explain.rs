//! Explanations of decisions.

use serde::{Deserialize, Serialize};

use crate::{Permission, SignRequest};

/// `POST /v1/explain`: a request that is judged and not signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExplainRequest {
    /// The S3 request.
    pub request: SignRequest,
    /// Judge it for this user instead of for the caller. For the application only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The groups that user's token would name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// The trace of a decision, in the order in which it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// Whether it would be signed.
    pub allowed: bool,
    /// `ok`, or the code of the refusal.
    pub code: String,
    /// The refusal's sentence.
    pub detail: String,
    /// What the request was understood as, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parsed: Option<ParsedRequest>,
    /// What it takes.
    pub needs: Vec<Need>,
    /// What would have to be granted for it to be signed.
    pub missing: Vec<Need>,
    /// The revision it was judged at. Opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// What a request was understood as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParsedRequest {
    /// The S3 operation.
    pub operation: String,
    /// The URL that would be signed.
    pub url: String,
    /// The bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The key, decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The headers that would be signed.
    pub signed_headers: Vec<String>,
    /// How the body is bound.
    pub payload: String,
}

/// A permission that a request takes, and the grants that were looked at for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Need {
    /// Absent where any permission will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
    /// The bucket.
    pub bucket: String,
    /// The key, or the prefix of a listing; empty for the whole bucket.
    pub scope: String,
    /// Whether it is held.
    pub held: bool,
    /// What was looked at.
    pub looked_at: Vec<LookedAt>,
}

/// A source of permissions that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LookedAt {
    /// In words: whom it names, where, what it gives.
    pub source: String,
    /// Whether it gave what was needed.
    pub counts: bool,
    /// Why it did, or did not.
    pub because: String,
}
