//! An access key in the change log.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::permissions::PermissionWords;
use crate::domain::access_key::{AccessKeyOwner, Cidr};
use crate::domain::{
    AccessKeyId, AccessKeyKind, AccessKeyStatus, BucketName, KeyLimits, Prefix, StoredAccessKey,
    SubjectId,
};
use crate::error::DatabaseError;

/// An access key as it is written down, without its secret. The names and forms of the fields never
/// change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKeyRecord {
    /// Its id.
    pub id: String,
    /// How it is proved; absent where that is a signature.
    #[serde(default, skip_serializing_if = "AccessKeyKindWord::is_s3")]
    pub kind: AccessKeyKindWord,
    /// Whose it is; absent where it is the application's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What it is for.
    pub name: String,
    /// Whether it is in use.
    pub status: AccessKeyStatusWord,
    /// Who disabled it; absent where it is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_by: Option<String>,
    /// What it is good for at most.
    pub limits: Box<LimitsRecord>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it stops.
    pub expires_at: DateTime<Utc>,
    /// The id of the key it was first rotated from; its own otherwise.
    pub family: String,
    /// When it was last used before the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
    /// From which address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_ip: Option<IpAddr>,
    /// By which client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_agent: Option<String>,
}

impl AccessKeyRecord {
    /// The layout that brought its newest field, or word.
    pub(super) const LAYOUT: u8 = 7;
}

/// The limits of an access key; what is absent is not limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    buckets: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefixes: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<PermissionWords>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cidrs: Option<BTreeSet<String>>,
}

/// How an access key is proved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessKeyKindWord {
    /// By a signature.
    #[default]
    #[serde(rename = "s3")]
    S3,
    /// It is shown: a personal API key.
    #[serde(rename = "token")]
    Token,
}

impl AccessKeyKindWord {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde wants")]
    const fn is_s3(&self) -> bool {
        matches!(self, Self::S3)
    }
}

impl From<AccessKeyKind> for AccessKeyKindWord {
    fn from(kind: AccessKeyKind) -> Self {
        match kind {
            AccessKeyKind::S3 => Self::S3,
            AccessKeyKind::Token => Self::Token,
        }
    }
}

impl From<AccessKeyKindWord> for AccessKeyKind {
    fn from(word: AccessKeyKindWord) -> Self {
        match word {
            AccessKeyKindWord::S3 => Self::S3,
            AccessKeyKindWord::Token => Self::Token,
        }
    }
}

/// Whether an access key is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessKeyStatusWord {
    /// It is.
    #[serde(rename = "active")]
    Active,
    /// It is not.
    #[serde(rename = "disabled")]
    Disabled,
}

impl From<AccessKeyStatus> for AccessKeyStatusWord {
    fn from(status: AccessKeyStatus) -> Self {
        match status {
            AccessKeyStatus::Active => Self::Active,
            AccessKeyStatus::Disabled => Self::Disabled,
        }
    }
}

impl From<AccessKeyStatusWord> for AccessKeyStatus {
    fn from(word: AccessKeyStatusWord) -> Self {
        match word {
            AccessKeyStatusWord::Active => Self::Active,
            AccessKeyStatusWord::Disabled => Self::Disabled,
        }
    }
}

impl From<&KeyLimits> for LimitsRecord {
    fn from(limits: &KeyLimits) -> Self {
        Self {
            buckets: limits.buckets.as_ref().map(texts),
            prefixes: limits.prefixes.as_ref().map(texts),
            permissions: limits.permissions.map(Into::into),
            cidrs: limits.cidrs.as_ref().map(texts),
        }
    }
}

impl TryFrom<LimitsRecord> for KeyLimits {
    type Error = DatabaseError;

    fn try_from(record: LimitsRecord) -> Result<Self, DatabaseError> {
        Ok(Self {
            buckets: names(record.buckets, BucketName::stored)?,
            prefixes: names(record.prefixes, Prefix::parse)?,
            permissions: record.permissions.as_ref().map(Into::into),
            cidrs: names(record.cidrs, Cidr::parse)?,
            places: None,
        })
    }
}

fn texts<T: ToString>(names: &BTreeSet<T>) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

fn names<T: Ord, E: std::fmt::Display>(
    names: Option<BTreeSet<String>>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<BTreeSet<T>>, DatabaseError> {
    let names = names.map(|names| names.iter().map(|name| parse(name)).collect::<Result<_, E>>());
    names.transpose().map_err(DatabaseError::corrupt)
}

impl From<&StoredAccessKey> for AccessKeyRecord {
    fn from(key: &StoredAccessKey) -> Self {
        Self {
            id: key.id.to_string(),
            kind: key.kind.into(),
            user: key.owner.user().map(ToString::to_string),
            name: key.name.clone(),
            status: key.status.into(),
            disabled_by: key.disabled_by.clone(),
            limits: Box::new((&key.limits).into()),
            created_at: key.created_at,
            created_by: key.created_by.clone(),
            expires_at: key.expires_at,
            family: key.family.clone(),
            last_used_at: key.last_used_at,
            last_used_ip: key.last_used_ip,
            last_used_agent: key.last_used_agent.clone(),
        }
    }
}

impl TryFrom<AccessKeyRecord> for StoredAccessKey {
    type Error = DatabaseError;

    fn try_from(record: AccessKeyRecord) -> Result<Self, DatabaseError> {
        let user = record.user.as_deref().map(SubjectId::parse).transpose();
        Ok(Self {
            id: AccessKeyId::parse(&record.id).map_err(DatabaseError::corrupt)?,
            kind: record.kind.into(),
            owner: AccessKeyOwner::of(user.map_err(DatabaseError::corrupt)?),
            name: record.name,
            status: record.status.into(),
            disabled_by: record.disabled_by,
            limits: (*record.limits).try_into()?,
            created_at: record.created_at,
            created_by: record.created_by,
            expires_at: record.expires_at,
            family: record.family,
            last_used_at: record.last_used_at,
            last_used_ip: record.last_used_ip,
            last_used_agent: record.last_used_agent,
        })
    }
}
