//! Access keys, with which S3 clients prove themselves at the gateway, and personal API keys.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Permissions;

/// What an access key is good for at most, whatever its holder may do. What is absent is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyLimits {
    /// In these buckets only; 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buckets: Option<BTreeSet<String>>,
    /// Below these prefixes only, in every bucket: literal bytes ending in `/`; 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefixes: Option<BTreeSet<String>>,
    /// With these permissions at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// From these networks or addresses only, such as `10.0.0.0/8`; 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidrs: Option<BTreeSet<String>>,
}

/// How whoever has a key proves it.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccessKeyKind {
    /// An access key: its secret signs requests to the gateway and never travels.
    #[default]
    S3,
    /// A personal API key: `Authorization: Bearer cgpk_…`, at the API and for plain HTTP at the gateway.
    Token,
}

impl AccessKeyKind {
    /// Whether it is the kind that is meant where none is named.
    #[must_use]
    pub fn is_s3(&self) -> bool {
        *self == Self::S3
    }
}

/// Whether an access key is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccessKeyStatus {
    /// It is.
    Active,
    /// It is not, until it is made active again.
    Disabled,
}

/// As whom an access key acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccessKeyScope {
    /// As the user whose key it is.
    User,
    /// As the application.
    Root,
}

/// `POST /v1/access-keys`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateAccessKey {
    /// `token` for a personal API key, which is always a user's; `s3` when absent.
    #[serde(default, skip_serializing_if = "AccessKeyKind::is_s3")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub kind: AccessKeyKind,
    /// The user whose key it is. When absent: who asks, where that is a user; else the key is the
    /// application's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What it is for, for whoever reads the list; 1 to 100 characters.
    pub name: String,
    /// When it stops; 365 days from now when absent, or with the API key in use if that is earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// In these buckets only; 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buckets: Option<BTreeSet<String>>,
    /// Below these prefixes only, in every bucket: literal bytes ending in `/`; 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefixes: Option<BTreeSet<String>>,
    /// With these permissions at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// From these networks or addresses only, such as `10.0.0.0/8`; 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidrs: Option<BTreeSet<String>>,
    /// The project, by slug or id. Operators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

impl CreateAccessKey {
    /// The limits that are asked for.
    #[must_use]
    pub fn limits(&self) -> KeyLimits {
        KeyLimits {
            buckets: self.buckets.clone(),
            prefixes: self.prefixes.clone(),
            permissions: self.permissions.clone(),
            cidrs: self.cidrs.clone(),
        }
    }
}

/// A stored access key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessKey {
    /// Its id, which is no secret: `CGAK` and 16 characters.
    pub access_key_id: String,
    /// How it is proved.
    #[serde(default)]
    pub kind: AccessKeyKind,
    /// As whom it acts.
    pub scope: AccessKeyScope,
    /// The user whose key it is; absent where it is the application's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What it is for.
    pub name: String,
    /// Whether it is in use.
    pub status: AccessKeyStatus,
    /// Who disabled it; absent while it is in use. What the application or an operator disabled, its user
    /// does not put in use again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_by: Option<String>,
    /// What it is good for at most.
    #[serde(flatten)]
    pub limits: KeyLimits,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it stops.
    pub expires_at: DateTime<Utc>,
    /// Shared by a key and those it was rotated into: the id of the first.
    pub family: String,
    /// When it was last used, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
    /// From which address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_ip: Option<String>,
    /// By which client, as it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_agent: Option<String>,
}

/// `GET /v1/access-keys`: which keys to list. Users see their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct AccessKeysQuery {
    /// Only those of this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Only those of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AccessKeyKind>,
    /// How many items at most, 1 to 1000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// Where to begin: the `next_page_token` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_token: Option<String>,
}

/// `DELETE /v1/access-keys`: whose keys are revoked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct RevokeAccessKeysQuery {
    /// The user whose keys are all revoked.
    pub user: String,
}

/// `PATCH /v1/access-keys/{id}`: what is absent stays as it is. A key is never made good for more, or
/// for longer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchAccessKey {
    /// What it is for; 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AccessKeyStatus>,
    /// When it stops: never later than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// In these buckets only: of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buckets: Option<BTreeSet<String>>,
    /// Below these prefixes only: within those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefixes: Option<BTreeSet<String>>,
    /// With these permissions at most: of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// From these networks or addresses only: within those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidrs: Option<BTreeSet<String>>,
}

impl PatchAccessKey {
    /// The limits that are asked for.
    #[must_use]
    pub fn limits(&self) -> KeyLimits {
        KeyLimits {
            buckets: self.buckets.clone(),
            prefixes: self.prefixes.clone(),
            permissions: self.permissions.clone(),
            cidrs: self.cidrs.clone(),
        }
    }
}

/// `POST /v1/access-keys/{id}/rotate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateAccessKey {
    /// For how many seconds the old key goes on working, 0 to 30 days; a day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_seconds: Option<u32>,
    /// When the new key stops; when absent, it lives as long as the old one was made for, 365 days
    /// at most, and not longer than the API key in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// The one answer that holds the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedAccessKey {
    /// Shown once; keep it where secrets are kept.
    #[serde(flatten)]
    pub secret: AccessKeySecret,
    /// What is stored of the key.
    #[serde(flatten)]
    pub stored: AccessKey,
}

/// The secret of a key, by its kind.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccessKeySecret {
    /// Of an access key: 40 letters and digits.
    SecretAccessKey(String),
    /// A personal API key, as `Authorization: Bearer` takes it.
    Token(String),
}

impl AccessKeySecret {
    /// The text, of either kind. Nobody writes it anywhere but where it is used.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::SecretAccessKey(text) | Self::Token(text) => text,
        }
    }
}

/// Shows the kind, never the secret.
impl std::fmt::Debug for AccessKeySecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SecretAccessKey(_) => "SecretAccessKey(…)",
            Self::Token(_) => "Token(…)",
        })
    }
}
