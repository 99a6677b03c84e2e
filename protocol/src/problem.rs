//! The format of errors (RFC 9457, `application/problem+json`).

use serde::{Deserialize, Serialize};

use crate::Permission;

/// Why a request was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `/problems/{code}`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened to this request, in a sentence.
    pub detail: String,
    /// Stable: what a program matches on.
    pub code: String,
    /// Find the request in the server's log and audit trail by this.
    pub request_id: String,
    /// The fields that were wrong, where the request was malformed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The permission that was missing, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<Permission>,
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) into the body, or the name of a path or query parameter.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}
