//! A project: a tenant, and what holds in all of it.

use chrono::{DateTime, Utc};
pub use sail_cargo_protocol::ProjectStatus;

use super::limits;
use super::names::ProjectId;
use super::permissions::Permissions;

/// A stored project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub slug: String,
    /// The name of its store.
    pub store: String,
    /// Whether it is in use.
    pub status: ProjectStatus,
    /// What every user may do in every bucket.
    pub default_permissions: Permissions,
    /// Its settings.
    pub settings: ProjectSettings,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// What is set for a project as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectSettings {
    /// Operations root may have signed beyond the usual ones.
    pub root_extra: Vec<String>,
    /// Only root may write tags.
    pub tags_are_authority: bool,
    /// How long a presigned URL may live at most.
    pub max_presign_seconds: i64,
    /// Origins of web pages that may ask, in the form in which browsers send them.
    pub cors_origins: Vec<String>,
    /// Users make access keys of their own.
    pub self_service_keys: bool,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self {
            root_extra: Vec::new(),
            tags_are_authority: false,
            max_presign_seconds: limits::DEFAULT_MAX_PRESIGN.num_seconds(),
            cors_origins: Vec::new(),
            self_service_keys: true,
        }
    }
}
