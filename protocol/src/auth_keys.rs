//! The auth service's keys in one server.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Check;

/// `POST /v1/auth-keys/refresh`: how the auth service's keys stand on the server that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuthKeys {
    /// As in `/readyz`: `degraded` when they could not be fetched and those before are in use, or
    /// when the auth service publishes none; `failed` when there are none to verify tokens with.
    pub check: Check,
    /// How many are in use.
    pub keys: u64,
    /// When the auth service last confirmed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The members of its set that cannot be used, each with its name and why.
    #[serde(default)]
    pub skipped: Vec<String>,
}
