//! Sessions: temporary credentials for the S3 gateway.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `POST /v1/sessions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenSession {
    /// How many seconds the session lasts, 900 to 43,200; 3,600 when absent. It ends earlier with the
    /// API key in use, and after the project's `max_session`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 900, maximum = 43200))]
    pub expires_in: Option<u32>,
}

/// A session: what signs requests to the S3 gateway as the caller who opened it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenedSession {
    /// Its id, which is no secret: `CGAS` and 16 characters.
    pub access_key_id: String,
    /// The secret that signs, 40 letters and digits.
    pub secret_access_key: String,
    /// What stands in `X-Amz-Security-Token`.
    pub session_token: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Seconds from now until it ends, for clients whose clock is wrong.
    pub expires_in: u32,
}

/// Shows the id and the end, never a secret.
impl std::fmt::Debug for OpenedSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenedSession")
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
