//! A project in the change log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::permissions::PermissionWords;
use crate::domain::{GatewaySettings, Home, Project, ProjectId, ProjectSettings, ProjectStatus};
use crate::error::DatabaseError;

/// A project as the change log records it. The names and formats of the fields never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct ProjectRecord {
    /// The id of the project.
    pub id: String,
    /// The slug of the project.
    pub slug: String,
    /// The name of its store.
    pub store: String,
    /// The operations that root may have signed in addition to the usual ones.
    pub root_extra: Vec<String>,
    /// Whether the project is active.
    pub status: StatusWord,
    /// What every user may do in every bucket.
    pub default_permissions: PermissionWords,
    /// Whether tags are authority: only root may write them then.
    pub tags_are_authority: bool,
    /// The longest lifetime of a presigned URL, in seconds.
    pub max_presign_seconds: u32,
    /// The origins of web pages that may call the API (CORS).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cors_origins: Vec<String>,
    /// Users make access keys of their own; absent where they do.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub self_service_keys: bool,
    /// Where users have a place of their own; absent where they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<HomeRecord>,
    /// The longest life of a URL that is presigned with an access key, in seconds; absent where S3's own
    /// limit holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_presign_gateway: Option<u32>,
    /// The longest life of a session, in seconds; absent where that of STS holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session: Option<u32>,
    /// Downloads under way are cut when what they rest on is taken away; absent where they are not.
    #[serde(default, skip_serializing_if = "is_no")]
    pub cut_streams: bool,
    /// Browsers may run what they open on the public host; absent where they may not.
    #[serde(default, skip_serializing_if = "is_no")]
    pub public_host_active_content: bool,
    /// When the project was created.
    pub created_at: DateTime<Utc>,
}

impl ProjectRecord {
    /// The layout that introduced the newest field or word of this record.
    pub(super) const LAYOUT: u8 = 6;
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde wants")]
const fn is_yes(flag: &bool) -> bool {
    *flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde wants")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}

/// `value`, unless it is the one that holds without a record.
fn set(value: u32, default: u32) -> Option<u32> {
    (value != default).then_some(value)
}

/// Where users have a place of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeRecord {
    /// The bucket.
    pub bucket: String,
    /// The template of its prefix.
    pub prefix: String,
}

impl From<Home> for HomeRecord {
    fn from(home: Home) -> Self {
        Self { bucket: home.bucket.to_string(), prefix: home.prefix.as_str().to_owned() }
    }
}

/// Whether a project is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusWord {
    /// The project is in use.
    #[serde(rename = "active")]
    Active,
    /// Nothing is signed in the project.
    #[serde(rename = "suspended")]
    Suspended,
}

impl From<ProjectStatus> for StatusWord {
    fn from(status: ProjectStatus) -> Self {
        match status {
            ProjectStatus::Active => Self::Active,
            ProjectStatus::Suspended => Self::Suspended,
        }
    }
}

impl From<StatusWord> for ProjectStatus {
    fn from(word: StatusWord) -> Self {
        match word {
            StatusWord::Active => Self::Active,
            StatusWord::Suspended => Self::Suspended,
        }
    }
}

impl From<&Project> for ProjectRecord {
    fn from(project: &Project) -> Self {
        let settings = project.settings.clone();
        let (gateway, default) = (settings.gateway, GatewaySettings::default());
        Self {
            id: project.id.to_string(),
            slug: project.slug.clone(),
            store: project.store.clone(),
            root_extra: settings.root_extra,
            status: project.status.into(),
            default_permissions: project.default_permissions.into(),
            tags_are_authority: settings.tags_are_authority,
            max_presign_seconds: u32::try_from(settings.max_presign_seconds).unwrap_or(u32::MAX),
            cors_origins: settings.cors_origins,
            self_service_keys: settings.self_service_keys,
            home: settings.home.map(Into::into),
            max_presign_gateway: set(gateway.max_presign, default.max_presign),
            max_session: set(gateway.max_session, default.max_session),
            cut_streams: gateway.cut_streams,
            public_host_active_content: gateway.public_host_active_content,
            created_at: project.created_at,
        }
    }
}

impl TryFrom<ProjectRecord> for Project {
    type Error = DatabaseError;

    fn try_from(record: ProjectRecord) -> Result<Self, DatabaseError> {
        let default = GatewaySettings::default();
        let home = record.home.map(|home| Home::stored(&home.bucket, &home.prefix));
        Ok(Self {
            id: ProjectId::parse(&record.id).map_err(DatabaseError::corrupt)?,
            slug: record.slug,
            store: record.store,
            status: record.status.into(),
            default_permissions: (&record.default_permissions).into(),
            settings: ProjectSettings {
                root_extra: record.root_extra,
                tags_are_authority: record.tags_are_authority,
                max_presign_seconds: record.max_presign_seconds.into(),
                cors_origins: record.cors_origins,
                self_service_keys: record.self_service_keys,
                home: home.transpose().map_err(DatabaseError::corrupt)?,
                gateway: GatewaySettings {
                    max_presign: record.max_presign_gateway.unwrap_or(default.max_presign),
                    max_session: record.max_session.unwrap_or(default.max_session),
                    cut_streams: record.cut_streams,
                    public_host_active_content: record.public_host_active_content,
                },
            },
            created_at: record.created_at,
        })
    }
}

/// The project as layout 2 records it: the wire format of that time ([`super::layout_2`]). It is
/// frozen.
#[derive(Deserialize)]
pub(super) struct ProjectOfLayout2 {
    id: String,
    slug: String,
    store: String,
    root_extra: Vec<String>,
    status: StatusWord,
    default_permissions: PermissionWords,
    tags_are_authority: bool,
    max_presign_seconds: u32,
    #[serde(default)]
    cors_origins: Vec<String>,
    created_at: DateTime<Utc>,
}

impl From<ProjectOfLayout2> for ProjectRecord {
    fn from(project: ProjectOfLayout2) -> Self {
        Self {
            id: project.id,
            slug: project.slug,
            store: project.store,
            root_extra: project.root_extra,
            status: project.status,
            default_permissions: project.default_permissions,
            tags_are_authority: project.tags_are_authority,
            max_presign_seconds: project.max_presign_seconds,
            cors_origins: project.cors_origins,
            self_service_keys: true,
            home: None,
            max_presign_gateway: None,
            max_session: None,
            cut_streams: false,
            public_host_active_content: false,
            created_at: project.created_at,
        }
    }
}
