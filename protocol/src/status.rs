//! The health and the version of the server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `GET /readyz`: 200 when every check is `ok` or `degraded`, 503 otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Readiness {
    /// Whether requests should be sent here.
    pub ready: bool,
    /// Each thing looked at, by name.
    pub checks: BTreeMap<String, Check>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Check {
    /// As it should be.
    Ok,
    /// Requests are served, but somebody should look.
    Degraded {
        /// What is wrong.
        detail: String,
    },
    /// Requests cannot be served.
    Failed {
        /// What is wrong.
        detail: String,
    },
}

/// `GET /version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version {
    /// `sail-cargo`.
    pub name: String,
    /// The release.
    pub version: String,
}
