//! A project: a tenant and its settings.

use chrono::{DateTime, Utc};
pub use sail_cargo_protocol::ProjectStatus;

use super::home::Home;
use super::limits;
use super::names::ProjectId;
use super::permissions::Permissions;

/// A stored project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The id.
    pub id: ProjectId,
    /// The name.
    pub slug: String,
    /// The name of its store.
    pub store: String,
    /// Whether the project is active.
    pub status: ProjectStatus,
    /// The permissions that every user has in every bucket.
    pub default_permissions: Permissions,
    /// The settings.
    pub settings: ProjectSettings,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// The settings of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectSettings {
    /// Names of the operations that root may have signed in addition to the usual ones.
    pub root_extra: Vec<String>,
    /// Whether only root may write tags.
    pub tags_are_authority: bool,
    /// The maximum lifetime of a presigned URL, in seconds.
    pub max_presign_seconds: i64,
    /// The CORS origins of web pages that may call Cargo, in the form in which browsers send them.
    pub cors_origins: Vec<String>,
    /// Users make access keys of their own.
    pub self_service_keys: bool,
    /// Where users have a place of their own.
    pub home: Option<Home>,
    /// What holds at the S3 gateway.
    pub gateway: GatewaySettings,
}

/// What a project says of the S3 gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewaySettings {
    /// The longest that a URL may live which is presigned with an access key or a session, in seconds.
    pub max_presign: u32,
    /// The longest that a session may live, in seconds.
    pub max_session: u32,
    /// Downloads under way are broken off when what they rest on is taken away.
    pub cut_streams: bool,
    /// Browsers may run what they open on the project's public host.
    pub public_host_active_content: bool,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self {
            root_extra: Vec::new(),
            tags_are_authority: false,
            max_presign_seconds: limits::DEFAULT_MAX_PRESIGN.num_seconds(),
            cors_origins: Vec::new(),
            self_service_keys: true,
            home: None,
            gateway: GatewaySettings::default(),
        }
    }
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            max_presign: limits::MAX_PRESIGN_SECONDS,
            max_session: limits::MAX_SESSION_SECONDS,
            cut_streams: false,
            public_host_active_content: false,
        }
    }
}
