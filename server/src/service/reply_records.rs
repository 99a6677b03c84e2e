//! The stored form of replies, for requests that are repeated with the same `Idempotency-Key`.
//!
//! The names and formats of the fields never change. A field that a later release adds has a
//! default, and an earlier release ignores it: a reply is kept for a day, during which the server
//! may be upgraded or downgraded.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sail_cargo_database::DatabaseError;
use sail_cargo_database::change_log::{
    AccessKeyRecord, AccountStatusWord, PermissionWords, ScopeWord, StatusWord,
};
use serde::{Deserialize, Serialize};

use super::access_keys::MadeAccessKey;
use super::accounts::{MadeAccount, MadeInvitation};
use super::api_keys::MadeKey;
use crate::domain::access_key::NewKeySecret;
use crate::domain::account::{AccountId, DisplayName, Email, StoredAccount, TokenEpoch, Username};
use crate::domain::{
    GatewaySettings, KeyId, Permissions, Project, ProjectId, ProjectSettings, Secret,
    StoredAccessKey, StoredKey,
};

/// The reply to the creation of a project.
#[derive(Serialize, Deserialize)]
pub(super) struct ProjectReply {
    id: String,
    slug: String,
    store: String,
    root_extra: Vec<String>,
    status: StatusWord,
    default_permissions: PermissionWords,
    tags_are_authority: bool,
    max_presign_seconds: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cors_origins: Vec<String>,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    self_service_keys: bool,
    created_at: DateTime<Utc>,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde wants")]
const fn is_yes(flag: &bool) -> bool {
    *flag
}

impl From<&Project> for ProjectReply {
    fn from(project: &Project) -> Self {
        let settings = project.settings.clone();
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
            created_at: project.created_at,
        }
    }
}

impl TryFrom<ProjectReply> for Project {
    type Error = DatabaseError;

    fn try_from(reply: ProjectReply) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: ProjectId::parse(&reply.id).map_err(DatabaseError::corrupt)?,
            slug: reply.slug,
            store: reply.store,
            status: reply.status.into(),
            default_permissions: Permissions::from(&reply.default_permissions),
            settings: ProjectSettings {
                root_extra: reply.root_extra,
                tags_are_authority: reply.tags_are_authority,
                max_presign_seconds: reply.max_presign_seconds.into(),
                cors_origins: reply.cors_origins,
                self_service_keys: reply.self_service_keys,
                // A project is created with these.
                home: None,
                gateway: GatewaySettings::default(),
            },
            created_at: reply.created_at,
        })
    }
}

/// The reply to the creation of a key, with its secret. It is stored sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct MadeKeyReply {
    key: String,
    id: String,
    name: String,
    scopes: BTreeSet<ScopeWord>,
    created_at: DateTime<Utc>,
    created_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
    family: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_used_ip: Option<String>,
}

impl From<&MadeKey> for MadeKeyReply {
    fn from(made: &MadeKey) -> Self {
        let stored = made.stored.clone();
        Self {
            key: made.key.expose().to_owned(),
            id: stored.id.to_string(),
            name: stored.name,
            scopes: stored.scopes.into_iter().map(Into::into).collect(),
            created_at: stored.created_at,
            created_by: stored.created_by,
            expires_at: stored.expires_at,
            revoked_at: stored.revoked_at,
            family: stored.family,
            last_used_at: stored.last_used_at,
            last_used_ip: stored.last_used_ip,
        }
    }
}

impl TryFrom<MadeKeyReply> for MadeKey {
    type Error = DatabaseError;

    fn try_from(reply: MadeKeyReply) -> Result<Self, DatabaseError> {
        let stored = StoredKey {
            id: KeyId::parse(&reply.id).map_err(DatabaseError::corrupt)?,
            name: reply.name,
            scopes: reply.scopes.into_iter().map(Into::into).collect(),
            created_at: reply.created_at,
            created_by: reply.created_by,
            expires_at: reply.expires_at,
            revoked_at: reply.revoked_at,
            family: reply.family,
            last_used_at: reply.last_used_at,
            last_used_ip: reply.last_used_ip,
        };
        Ok(Self { key: Secret::new(reply.key), stored })
    }
}

/// An access key that was made, secret included: it is sealed where it is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct MadeAccessKeyReply {
    secret: String,
    stored: AccessKeyRecord,
}

impl From<&MadeAccessKey> for MadeAccessKeyReply {
    fn from(made: &MadeAccessKey) -> Self {
        Self { secret: made.secret.expose().to_owned(), stored: (&made.stored).into() }
    }
}

impl TryFrom<MadeAccessKeyReply> for MadeAccessKey {
    type Error = DatabaseError;

    fn try_from(reply: MadeAccessKeyReply) -> Result<Self, DatabaseError> {
        let stored: StoredAccessKey = reply.stored.try_into()?;
        let secret = NewKeySecret::of(stored.kind, Secret::new(reply.secret));
        Ok(Self { secret: secret.map_err(DatabaseError::corrupt)?, stored })
    }
}

/// An account that was made, with the token of its invitation: it is sealed where it is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct MadeAccountReply {
    id: String,
    username: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    status: AccountStatusWord,
    service_account: bool,
    must_change_password: bool,
    created_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invitation: Option<InvitationReply>,
}

#[derive(Serialize, Deserialize)]
struct InvitationReply {
    token: String,
    expires_at: DateTime<Utc>,
}

impl From<&MadeAccount> for MadeAccountReply {
    fn from(made: &MadeAccount) -> Self {
        let account = &made.account;
        Self {
            id: account.id.to_string(),
            username: account.username.to_string(),
            email: account.email.as_ref().map(ToString::to_string),
            display_name: account.display_name.as_ref().map(ToString::to_string),
            status: account.status.into(),
            service_account: account.service_account,
            must_change_password: account.must_change_password,
            created_at: account.created_at,
            invitation: made.invitation.as_ref().map(|made| InvitationReply {
                token: made.token.expose().to_owned(),
                expires_at: made.expires_at,
            }),
        }
    }
}

impl TryFrom<MadeAccountReply> for MadeAccount {
    type Error = DatabaseError;

    fn try_from(reply: MadeAccountReply) -> Result<Self, DatabaseError> {
        let email = reply.email.as_deref().map(Email::parse).transpose();
        let display_name = reply.display_name.as_deref().map(DisplayName::parse).transpose();
        let account = StoredAccount {
            id: AccountId::parse(&reply.id).map_err(DatabaseError::corrupt)?,
            username: Username::parse(&reply.username).map_err(DatabaseError::corrupt)?,
            email: email.map_err(DatabaseError::corrupt)?,
            display_name: display_name.map_err(DatabaseError::corrupt)?,
            status: reply.status.into(),
            service_account: reply.service_account,
            must_change_password: reply.must_change_password,
            // An account is made with these.
            epoch: TokenEpoch::default(),
            created_at: reply.created_at,
            last_login_at: None,
            reset_at: None,
            reset_by: None,
        };
        let invitation = reply.invitation.map(|made| MadeInvitation {
            token: Secret::new(made.token),
            expires_at: made.expires_at,
        });
        Ok(Self { account, invitation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The format from when replies were stored as wire types.
    const KEY: &str = r#"{"key":"cgok_live_x","id":"m4vtDPRx5xs1","name":"ci","scopes":["check","audit:read"],"created_at":"2026-11-28T16:00:10.954673769Z","created_by":"key:RGHwAIA4A0Cj","expires_at":"2027-11-28T16:00:10.954673Z","family":"m4vtDPRx5xs1"}"#;
    const PROJECT: &str = r#"{"id":"f391c17b-8070-40ec-ac48-6df6412998bf","slug":"sail","store":"main","root_extra":["PutBucketPolicy"],"status":"active","default_permissions":["read"],"tags_are_authority":false,"max_presign_seconds":3600,"cors_origins":["https://app.example.com"],"created_at":"2026-11-28T16:00:10.805266Z"}"#;

    fn key(text: &str) -> MadeKey {
        serde_json::from_str::<MadeKeyReply>(text).unwrap().try_into().unwrap()
    }

    fn project(text: &str) -> Project {
        serde_json::from_str::<ProjectReply>(text).unwrap().try_into().unwrap()
    }

    #[test]
    fn replies_are_kept_as_they_always_were() {
        let kept = serde_json::to_string(&MadeKeyReply::from(&key(KEY))).unwrap();
        assert_eq!(kept, KEY);
        let kept = serde_json::to_string(&ProjectReply::from(&project(PROJECT))).unwrap();
        assert_eq!(kept, PROJECT);
    }

    #[test]
    fn what_a_newer_release_kept_beside_it_is_passed_over() {
        let newer = |text: &str| text.replacen('{', "{\"new\":[1],", 1);
        assert_eq!(key(&newer(KEY)).stored, key(KEY).stored);
        assert_eq!(project(&newer(PROJECT)), project(PROJECT));
    }
}
